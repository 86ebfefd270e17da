/* SPDX-License-Identifier: Apache-2.0 */
/* Papers: what the center hands over on A4, as pages that a browser prints.
 *
 *   staff    /paper/{number}[/{kind}]          -> GET  /v1/applications/{number}/paper
 *   citizen  /track/{number}/paper[/{kind}]    -> POST /v1/track with the number and code that this browser keeps
 *            -> the list of papers, or the paper itself (paper-<kind>.html)
 *
 * "languages" of the query, else the center's paper_languages, else the reader's language: one, or both side by side. */
#include <stdio.h>
#include <string.h>

#include "front/pages_language.h"
#include "front/pages_paper.h"
#include "front/pages_rows.h"
#include "front/qr.h"

#define HOST_MAX 255

static const struct {
    const char *kind, *template;
} papers[] = {
    {"acceptance", "paper-acceptance"}, {"notice", "paper-notice"},           {"not-accepted", "paper-not-accepted"},
    {"decision", "paper-decision"},     {"certificate", "paper-certificate"}, {"evaluation", "paper-evaluation"},
};

/* -- In which languages -- */

static void languages_take(struct front_visit *visit, const struct base_json *paper)
{
    const struct base_json *list = base_json_member(base_json_member(paper, "center"), "paper_languages");
    const char *wanted = front_visit_query(visit, "languages");

    if (front_page_language_set(visit, wanted))
        return;
    visit->is_bilingual = wanted != NULL && strcmp(wanted, "both") == 0;
    if (visit->is_bilingual || front_visit_query(visit, "lang") != NULL)
        return;
    (void)front_page_language_set(visit, base_json_text(base_json_first(list)));
    visit->is_bilingual = base_json_count(list) > 1;
}

/* -- Where the QR code leads -- */

static bool is_host(const char *host)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]";
    size_t size = strlen(host);

    return size > 0 && size <= HOST_MAX && strspn(host, allowed) == size;
}

/* The site that the catalogue names; else as this reader came here. "" when neither is known. */
static void put_site(struct base_buffer *out, struct front_visit *visit, const struct base_json *paper)
{
    const char *site = base_json_member_text(base_json_member(paper, "center"), "site");
    const char *host = front_header(visit->request, "Host"), *scheme = front_header(visit->request, "X-Forwarded-Proto");

    if (site != NULL)
        base_buffer_put_text(out, site);
    else if (host != NULL && is_host(host))
        base_buffer_put_format(out, "%s://%s", scheme != NULL && strcmp(scheme, "https") == 0 ? "https" : "http", host);
}

static void put_address(struct base_buffer *out, const char *site, const char *before, const struct base_json *paper)
{
    base_buffer_clear(out);
    base_buffer_put_text(out, site);
    base_buffer_put_text(out, before);
    front_visit_put_encoded(out, base_json_member_text(paper, "number"));
}

/* The tracking page in words; the code leads there, too, but from the slip to the page that is rated on. */
static void put_addresses(struct front_visit *visit, const struct base_json *paper, const char *kind)
{
    struct base_buffer site = {0}, url = {0};

    put_site(&site, visit, paper);
    if (site.size > 0) {
        put_address(&url, base_buffer_text(&site), "/track/", paper);
        base_json_put_text(&visit->view, "tracking", base_buffer_text(&url));
        if (strcmp(kind, "evaluation") == 0)
            put_address(&url, base_buffer_text(&site), "/evaluate/", paper);
        base_json_put_text(&visit->view, "scanned", base_buffer_text(&url));
        (void)!front_qr_put(&visit->view, "qr", base_buffer_text(&url)); /* without it the address stands there in words */
    }
    base_buffer_fini(&site);
    base_buffer_fini(&url);
}

/* -- The pages -- */

/* Whose papers: paths around the number, which the API knows so that it needs no encoding. */
struct place {
    const char *before, *behind; /* of the papers themselves */
    const char *up;              /* before the number: where one came from */
};

static const struct place staff = {"/paper/", "", "/applications/"}, citizen = {"/track/", "/paper", "/track/"};

static void put_path(struct front_visit *visit, const char *key, const char *before, const char *behind)
{
    char path[FRONT_PARAM_MAX + 32];

    snprintf(path, sizeof(path), "%s%.128s%s", before, visit->params[0], behind);
    base_json_put_text(&visit->view, key, path);
}

static void put_view(struct front_visit *visit, const struct base_json *paper, const struct place *place, const char *kind)
{
    base_json_open(&visit->view, NULL, '{');
    put_path(visit, "up", place->up, "");
    put_path(visit, "base", place->before, place->behind);
    base_json_put_text(&visit->view, "kind", kind);
    put_addresses(visit, paper, kind);
    front_paper_put_rating(&visit->view, "rating", paper);
    front_paper_put_asked(&visit->view, "asked", paper);
    front_paper_put_matters(&visit->view, "matters", paper);
    base_json_close(&visit->view, '}');
}

static void paper_show(struct front_visit *visit, const struct base_json *paper, const struct place *place, const char *kind)
{
    const char *template = *kind == '\0' ? "papers" : NULL;

    visit->is_private = true;
    for (size_t i = 0; i < sizeof(papers) / sizeof(papers[0]); i++)
        if (strcmp(papers[i].kind, kind) == 0)
            template = papers[i].template;
    if (template == NULL) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    if (*kind != '\0' && !front_paper_has(paper, kind)) {
        front_visit_refuse(visit, 409, "no_paper");
        return;
    }
    if (*kind != '\0')
        languages_take(visit, paper);
    put_view(visit, paper, place, kind);
    front_visit_render(visit, 200, template);
}

static void staff_step(struct front_visit *visit)
{
    const struct front_visit_ask *paper = front_visit_find(visit, "paper");

    if (front_visit_is_fine(paper))
        paper_show(visit, paper->json, &staff, visit->params[1]);
    else
        front_visit_problem(visit, paper);
}

void front_page_paper(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_APPLICATION_PAPER, .name = "paper", .param = visit->params[0]});
    front_visit_go(visit, staff_step);
}

static void citizen_step(struct front_visit *visit)
{
    const struct front_visit_ask *paper = front_visit_find(visit, "paper");

    if (front_visit_is_fine(paper))
        paper_show(visit, paper->json, &citizen, visit->params[1]);
    else
        front_visit_problem(visit, paper);
}

/* To the page that asks for the code. */
static void ask_code(struct front_visit *visit)
{
    struct base_buffer path = {0};

    base_buffer_put_text(&path, "/track/");
    front_visit_put_encoded(&path, visit->params[0]);
    front_visit_redirect(visit, base_buffer_text(&path));
    base_buffer_fini(&path);
}

void front_page_track_paper(struct front_visit *visit)
{
    const char *number = visit->params[0], *code = front_page_track_code(visit, number);
    struct base_buffer body = {0};

    if (code == NULL) {
        ask_code(visit);
        return;
    }
    base_json_open(&body, NULL, '{');
    base_json_put_text(&body, "number", number);
    base_json_put_text(&body, "code", code);
    base_json_put_bool(&body, "paper", true);
    base_json_close(&body, '}');
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_TRACK,
                                                      .name = "paper",
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, citizen_step);
}
