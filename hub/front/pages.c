/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages.h"

void front_page(struct front_request *request, const char *path)
{
    static const char page[] =
        "<!doctype html>\n<html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>404</title>\n"
        "<h1>没有这个页面</h1><p><a href=\"/guide\">查看办事指南</a></p>\n"
        "<h1 lang=\"en\">There is no such page</h1><p lang=\"en\"><a href=\"/guide\">Read the "
        "service guide</a></p>\n"
        "</html>\n";
    struct base_buffer body = {0};

    (void)path;
    base_buffer_put(&body, page, sizeof(page) - 1);
    front_answer(request, 404, "text/html; charset=utf-8", NULL, &body);
}
