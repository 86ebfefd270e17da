/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of an application: every version, and each of them to be read. */
#include "front/pages_rows.h"

static void list_step(struct front_visit *visit)
{
    const struct front_visit_ask *materials = front_visit_find(visit, "materials");

    visit->is_private = true;
    if (front_visit_is_fine(materials))
        front_visit_render(visit, 200, "documents");
    else
        front_visit_problem(visit, materials);
}

void front_page_documents(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_MATERIALS, .name = "materials", .param = visit->params[0]});
    front_visit_go(visit, list_step);
}

void front_page_document(struct front_visit *visit)
{
    if (front_visit_is_staff(visit))
        front_visit_pass(visit, FRONT_APPLICATION_MATERIAL_CONTENT);
    else
        front_page_documents(visit); /* which asks to sign in */
}
