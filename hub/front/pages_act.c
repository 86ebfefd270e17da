/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pages_act.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

/* -- Members of a body -- */

void front_act_put_text(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);

    if (*text != '\0')
        base_json_put_text(body, key, text);
}

void front_act_put_number(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);
    struct base_json_error error;
    bool is_number = (*text == '-' || (*text >= '0' && *text <= '9')) && base_json_check(text, strlen(text), &error) == OD_OK;

    if (is_number)
        base_json_put_raw(body, key, text, strlen(text));
    else if (*text != '\0')
        base_json_put_text(body, key, text);
}

void front_act_put_ticked(struct base_buffer *body, const char *key, const struct front_visit *visit, const char *prefix)
{
    size_t size = strlen(prefix);
    bool is_open = false;

    for (const struct base_json *item = base_json_first(visit->form); item != NULL; item = base_json_next(item)) {
        const char *name = base_json_key(item), *text = base_json_text(item);

        if (strncmp(name, prefix, size) != 0 || text == NULL || *text == '\0')
            continue;
        if (!is_open)
            base_json_open(body, key, '[');
        is_open = true;
        base_json_put_text(body, NULL, name + size);
    }
    if (is_open)
        base_json_close(body, ']');
}

void front_act_put_extension(struct base_buffer *body, struct front_visit *visit, const struct base_json *service)
{
    (void)service;
    front_act_put_text(body, "clock", visit, "clock");
    front_act_put_number(body, "length", visit, "length");
    front_act_put_text(body, "reason", visit, "reason");
}

void front_act_put_local_time(struct base_buffer *body, const char *key, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);
    char date[BASE_DATE_SIZE], moment[BASE_TIME_SIZE];
    int hour = -1, minute = -1, used = 0;
    int32_t day;

    if (*text == '\0')
        return;
    snprintf(date, sizeof(date), "%.10s", text);
    bool is_local = strlen(text) >= 16 && text[10] == 'T' && base_day_parse(date, &day) == OD_OK &&
                    sscanf(text + 11, "%2d:%2d%n", &hour, &minute, &used) == 2 && text[11 + used] == '\0' && hour >= 0 && hour < 24 &&
                    minute >= 0 && minute < 60;
    if (is_local)
        base_zone_format(base_zone_utc(day, hour * 60 + minute), moment);
    base_json_put_text(body, key, is_local ? moment : text);
}

/* -- Acting -- */

/* The page's path, encoded, in the request's arena; done: a word, or NULL. */
static const char *path_of(struct front_visit *visit, const struct front_acts *acts, const char *done)
{
    struct base_buffer path = {0};

    base_buffer_put_text(&path, acts->base);
    front_visit_put_encoded(&path, visit->params[0]);
    if (done != NULL)
        base_buffer_put_format(&path, "?done=%s", done);
    const char *copy = path.is_broken ? NULL : base_arena_text(&visit->request->arena, base_buffer_text(&path), path.size);
    base_buffer_fini(&path);
    return copy == NULL ? "/" : copy;
}

const char *front_act_path(struct front_visit *visit, const struct front_acts *acts)
{
    return path_of(visit, acts, NULL);
}

const struct front_act *front_act_find(struct front_visit *visit, const struct front_acts *acts)
{
    const struct front_act *act = NULL;

    for (size_t i = 0; i < acts->count && act == NULL; i++)
        if (strcmp(acts->rows[i].verb, visit->params[1]) == 0)
            act = &acts->rows[i];
    visit->link = path_of(visit, acts, NULL);
    if (act == NULL) {
        front_visit_refuse(visit, 404, "not_found");
    } else if (act->must_confirm && *front_visit_field(visit, "confirmed") == '\0') {
        front_visit_refuse(visit, 422, "unconfirmed");
        act = NULL;
    }
    return act;
}

static void act_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");

    if (front_visit_is_fine(act))
        front_visit_redirect(visit, path_of(visit, visit->acts, visit->params[1]));
    else if (act->status == 409 || act->status == 422)
        visit->acts->show(visit);
    else
        front_visit_problem(visit, act);
}

void front_act_go(struct front_visit *visit, const struct front_acts *acts, const struct front_act *act,
                  const struct base_json *service)
{
    struct base_buffer body = {0};

    base_json_open(&body, NULL, '{');
    if (act->put != NULL)
        act->put(&body, visit, service);
    base_json_close(&body, '}');
    visit->acts = acts;
    front_visit_ask(visit, &(struct front_visit_wish){.route = act->route,
                                                      .name = "act",
                                                      .param = visit->params[0],
                                                      .second = *front_visit_field(visit, "second") != '\0' ? front_visit_field(visit, "second") : NULL,
                                                      .body = base_buffer_text(&body),
                                                      .body_size = body.size});
    base_buffer_fini(&body);
    front_visit_go(visit, act_step);
}

void front_act_sent(struct front_visit *visit, const struct front_acts *acts)
{
    const struct front_act *act = front_act_find(visit, acts);

    if (act != NULL)
        front_act_go(visit, acts, act, NULL);
}
