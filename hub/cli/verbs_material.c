/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of documents and of the preview. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_material_add_options[] = {
    {"--name", "NAME", false,
     {{"文件名（默认取自 FILE）",
       "what the document is called (default: from FILE)"}}},
    {"--type", "TYPE", false,
     {{"内容类型，如 application/pdf（默认由中枢判断）",
       "its media type, e.g. application/pdf (default: the hub finds out)"}}},
    {.name = NULL},
};

const struct cli_option cli_material_get_options[] = {
    CLI_OPTION_OUTPUT,
    {.name = NULL},
};

const struct cli_example cli_material_add_examples[] = {
    {"onedoor material add plan.pdf",
     {{"提交之前；得到的 sha256 写入申请", "before submitting; the application then names its sha256"}}},
    {"onedoor material add plan.pdf 20261129-000123-2 floor-plan",
     {{"为已提交的申请；被要求补正的即为补正", "for an application; where it was asked for it is the supplement"}}},
    {.line = NULL},
};

const struct cli_example cli_material_list_examples[] = {
    {"onedoor material list 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_material_get_examples[] = {
    {"onedoor material get 20261129-000123-2 floor-plan.2 --output plan.pdf",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_preview_examples[] = {
    {"onedoor preview application.json",
     {{"不保存任何内容", "nothing is kept"}}},
    {.line = NULL},
};
