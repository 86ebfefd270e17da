/* SPDX-License-Identifier: Apache-2.0 */
/* Before a connector is changed: what would be done step by step, what is under way, what differs, the same as a
 * command line, and why. Nothing is replaced by one press.
 *
 *   sent, not confirmed -> typed objects (422) -> dry run -> the plan
 *   sent, confirmed     -> act -> fine: 303 to the connector -> 409, 422: the plan again, with what is wrong */
#include <stdio.h>
#include <string.h>

#include "front/pages_connectors.h"

#define BAKE_S_DEFAULT "60"
#define BAKE_DIGITS_MAX 9 /* more is out of any range */

struct verb {
    const char *word; /* of the path, and of what was done */
    enum front_route route;
    bool has_version; /* names a module or a remote connector */
    bool is_danger;
};

static const struct verb verbs[] = {
    {"load", FRONT_CONNECTOR_LOAD, true, false},          {"upgrade", FRONT_CONNECTOR_UPGRADE, true, false},
    {"rollback", FRONT_CONNECTOR_ROLLBACK, false, true},  {"drain", FRONT_CONNECTOR_DRAIN, false, false},
    {"enable", FRONT_CONNECTOR_ENABLE, false, false},     {"disable", FRONT_CONNECTOR_DISABLE, false, true},
    {"unload", FRONT_CONNECTOR_UNLOAD, false, true},
};

static const struct verb *verb_find(const char *word)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].word, word) == 0)
            return &verbs[i];
    return NULL;
}

static bool is_load(const struct verb *verb)
{
    return verb->route == FRONT_CONNECTOR_LOAD;
}

static const struct verb *verb_of(struct front_visit *visit)
{
    return verb_find(*visit->params[1] != '\0' ? visit->params[1] : "load");
}

static const char *id_of(struct front_visit *visit)
{
    return *visit->params[0] != '\0' ? visit->params[0] : front_visit_field(visit, "id");
}

/* -- Asking -- */

static void put_object(struct base_buffer *body, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);

    if (*text != '\0')
        base_json_put_raw(body, field, text, strlen(text));
}

static void put_text(struct base_buffer *body, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);

    if (*text != '\0')
        base_json_put_text(body, field, text);
}

/* Seconds as typed; what is no number goes to the API as it is, which says so. */
static void put_bake(struct base_buffer *body, struct front_visit *visit)
{
    const char *text = front_visit_field(visit, "bake");
    int64_t seconds = 0;

    if (*text == '\0')
        return;
    if (strspn(text, "0123456789") != strlen(text) || strlen(text) > BAKE_DIGITS_MAX) {
        base_json_put_text(body, "bake_ms", text);
        return;
    }
    for (; *text != '\0'; text++)
        seconds = 10 * seconds + (*text - '0');
    base_json_put_i64(body, "bake_ms", 1000 * seconds);
}

static void put_body(struct base_buffer *body, struct front_visit *visit, const struct verb *verb)
{
    base_json_open(body, NULL, '{');
    if (verb->has_version) {
        put_text(body, visit, "module");
        put_object(body, visit, "remote");
        put_object(body, visit, "config");
        put_bake(body, visit);
        if (*front_visit_field(visit, "approve") != '\0')
            base_json_put_bool(body, "approve", true);
    }
    if (is_load(verb))
        put_text(body, visit, "department");
    put_text(body, visit, "reason");
    base_json_close(body, '}');
}

static void ask_verb(struct front_visit *visit, const char *name, bool is_dry)
{
    const struct verb *verb = verb_of(visit);
    bool has_body = verb->route != FRONT_CONNECTOR_UNLOAD;
    struct base_buffer body = {0}, query = {0};

    put_body(&body, visit, verb);
    if (is_dry)
        front_page_put_pair(&query, "dry_run", "true");
    if (!has_body && *front_visit_field(visit, "reason") != '\0')
        front_page_put_pair(&query, "reason", front_visit_field(visit, "reason"));
    front_visit_ask(visit, &(struct front_visit_wish){.route = verb->route,
                                                      .name = name,
                                                      .param = id_of(visit),
                                                      .query = query.size > 0 ? base_buffer_text(&query) : NULL,
                                                      .body = has_body ? base_buffer_text(&body) : NULL,
                                                      .body_size = has_body ? body.size : 0});
    base_buffer_fini(&body);
    base_buffer_fini(&query);
}

/* -- The same as a command line -- */

/* In single quotes where the shell would see more in it than one word. */
static void put_word(struct base_buffer *line, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:@%+=,";

    base_buffer_put_text(line, " ");
    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        base_buffer_put_text(line, word);
        return;
    }
    base_buffer_put_text(line, "'");
    for (; *word != '\0'; word++)
        base_buffer_put(line, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    base_buffer_put_text(line, "'");
}

static void put_option(struct base_buffer *line, struct front_visit *visit, const char *field)
{
    const char *text = front_visit_field(visit, field);

    if (*text == '\0')
        return;
    base_buffer_put_format(line, " --%s", field);
    put_word(line, text);
}

/* approve stands in it when the plan asks for it: the line does what the button does. To a remote connector leads
 * "load" alone, which is an upgrade where there is one. */
static void put_command(struct front_visit *visit, const struct verb *verb, bool has_growth)
{
    bool is_remote = verb->has_version && *front_visit_field(visit, "remote") != '\0';
    struct base_buffer line = {0};

    base_buffer_put_format(&line, "onedoor plugin %s", is_remote ? "load" : verb->word);
    put_word(&line, id_of(visit));
    if (verb->has_version && *front_visit_field(visit, "module") != '\0')
        put_word(&line, front_visit_field(visit, "module"));
    if (verb->has_version) {
        put_option(&line, visit, "remote");
        put_option(&line, visit, "config");
        put_option(&line, visit, "bake");
    }
    if (is_load(verb))
        put_option(&line, visit, "department");
    if (has_growth)
        base_buffer_put_text(&line, " --approve");
    put_option(&line, visit, "reason");
    base_json_put_text(&visit->view, "command", base_buffer_text(&line));
    base_buffer_fini(&line);
}

/* -- The plan -- */

static void put_side(struct base_buffer *view, const char *key, const struct base_json *value)
{
    struct base_buffer text = {0};

    if (value == NULL)
        base_json_put_null(view, key);
    else if (base_json_text(value) != NULL)
        base_json_put(view, key, value);
    else {
        base_json_put(&text, NULL, value);
        base_json_put_text(view, key, base_buffer_text(&text));
    }
    base_buffer_fini(&text);
}

/* "reads 1, 2; writes 2"; a manifest that names none keeps no state of a schema. */
static void put_schema(struct base_buffer *text, struct front_visit *visit, const struct base_json *schema)
{
    const struct base_json *reads = base_json_member(schema, "reads");
    int64_t writes = 0, number;

    (void)!base_json_i64(base_json_member(schema, "writes"), 0, INT64_MAX, &writes);
    if (base_json_first(reads) == NULL && writes == 0) {
        base_buffer_put_text(text, front_say(visit->request, "无", "none"));
        return;
    }
    base_buffer_put_text(text, front_say(visit->request, "读", "reads"));
    for (const struct base_json *item = base_json_first(reads); item != NULL; item = base_json_next(item))
        if (base_json_i64(item, INT64_MIN, INT64_MAX, &number) == OD_OK)
            base_buffer_put_format(text, "%s %lld", item == base_json_first(reads) ? "" : ",", (long long)number);
    base_buffer_put_format(text, "%s %lld", front_say(visit->request, "；写", "; writes"), (long long)writes);
}

static void put_words(struct base_buffer *text, struct front_visit *visit, const struct base_json *side)
{
    if (side == NULL || base_json_type(side) == BASE_JSON_NULL)
        base_buffer_put_text(text, "—");
    else if (base_json_text(side) != NULL)
        base_buffer_put_text(text, base_json_text(side));
    else
        put_schema(text, visit, side);
}

/* {"word", "from", "to", "is_same"} of one thing that both sides have. */
static void put_change(struct front_visit *visit, const char *word, const struct base_json *change)
{
    struct base_buffer *view = &visit->view, from = {0}, to = {0};

    if (base_json_type(change) == BASE_JSON_OBJECT) {
        put_words(&from, visit, base_json_member(change, "from"));
        put_words(&to, visit, base_json_member(change, "to"));
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "word", word);
        base_json_put_text(view, "from", base_buffer_text(&from));
        base_json_put_text(view, "to", base_buffer_text(&to));
        base_json_put_bool(view, "is_same", strcmp(base_buffer_text(&from), base_buffer_text(&to)) == 0);
        base_json_close(view, '}');
    }
    base_buffer_fini(&from);
    base_buffer_fini(&to);
}

static bool is_there(const struct base_json *side)
{
    return side != NULL && base_json_type(side) != BASE_JSON_NULL;
}

/* {"pointer", "word", "from", "to"}: what is new or gone is told by its place alone. */
static void put_setting(struct base_buffer *view, const struct base_json *row)
{
    const struct base_json *from = base_json_member(row, "from"), *to = base_json_member(row, "to");
    bool is_changed = is_there(from) && is_there(to);

    base_json_open(view, NULL, '{');
    base_json_put_text(view, "pointer", base_json_member_text(row, "pointer"));
    base_json_put_text(view, "word", is_changed ? "changed" : is_there(to) ? "added" : "removed");
    base_json_put_bool(view, "is_changed", is_changed);
    put_side(view, "from", from);
    put_side(view, "to", to);
    base_json_close(view, '}');
}

static void put_diff(struct front_visit *visit, const struct base_json *diff)
{
    struct base_buffer *view = &visit->view;

    base_json_open(view, "changes", '[');
    put_change(visit, "abi", base_json_member(diff, "abi"));
    put_change(visit, "state_schema", base_json_member(diff, "state_schema"));
    base_json_close(view, ']');
    base_json_open(view, "settings", '[');
    for (const struct base_json *row = base_json_first(base_json_member(diff, "config_schema")); row != NULL; row = base_json_next(row))
        put_setting(view, row);
    base_json_close(view, ']');
}

/* What was typed goes with the button. */
static void put_hidden(struct front_visit *visit)
{
    static const char *const fields[] = {"id", "module", "remote", "config", "department"};

    base_json_open(&visit->view, "hidden", '[');
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *text = front_visit_field(visit, fields[i]);

        if (*text == '\0')
            continue;
        base_json_open(&visit->view, NULL, '{');
        base_json_put_text(&visit->view, "name", fields[i]);
        base_json_put_text(&visit->view, "value", text);
        base_json_close(&visit->view, '}');
    }
    base_json_close(&visit->view, ']');
}

static void put_action(struct front_visit *visit, const struct verb *verb)
{
    struct base_buffer action = {0};

    base_buffer_put_text(&action, visit->link);
    if (!is_load(verb))
        base_buffer_put_format(&action, "/%s", verb->word);
    base_json_put_text(&visit->view, "action", base_buffer_text(&action));
    base_json_put_text(&visit->view, "back", visit->link);
    base_buffer_fini(&action);
}

static void show_plan(struct front_visit *visit, int status)
{
    const struct verb *verb = verb_of(visit);
    const struct front_visit_ask *plan = front_visit_find(visit, "plan");
    const struct base_json *diff = front_visit_is_fine(plan) ? base_json_member(plan->json, "diff") : NULL;
    bool has_growth = verb->has_version && base_json_first(base_json_member(base_json_member(diff, "capabilities"), "added")) != NULL;
    const char *bake = front_visit_field(visit, "bake");

    base_json_open(&visit->view, NULL, '{');
    base_json_put_text(&visit->view, "verb", verb->word);
    base_json_put_text(&visit->view, "id", id_of(visit));
    base_json_put_text(&visit->view, "to", verb->has_version ? front_visit_field(visit, "module") : NULL);
    base_json_put_bool(&visit->view, "has_growth", has_growth);
    base_json_put_bool(&visit->view, "is_danger", verb->is_danger);
    base_json_put_bool(&visit->view, "has_bake", verb->has_version);
    base_json_put_text(&visit->view, "bake", *bake != '\0' ? bake : BAKE_S_DEFAULT);
    put_diff(visit, diff);
    put_hidden(visit);
    put_action(visit, verb);
    put_command(visit, verb, has_growth);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "connector-plan");
}

/* Refused in a way that the page can tell? Otherwise the visit is answered. */
static bool is_told(struct front_visit *visit, const struct front_visit_ask *ask)
{
    if (front_visit_is_fine(ask) || ask->status == 409 || ask->status == 422)
        return true;
    front_visit_problem(visit, ask);
    return false;
}

static void plan_step(struct front_visit *visit)
{
    const struct front_visit_ask *plan = front_visit_find(visit, "plan"), *act = front_visit_find(visit, "act");

    if (is_told(visit, plan))
        show_plan(visit, act != NULL ? act->status : plan->status);
}

static void redirect(struct front_visit *visit, const struct verb *verb)
{
    struct base_buffer path = {0};

    base_buffer_put_text(&path, verb->route == FRONT_CONNECTOR_UNLOAD ? "/connectors" : "/connectors/");
    if (verb->route != FRONT_CONNECTOR_UNLOAD)
        front_visit_put_encoded(&path, id_of(visit));
    base_buffer_put_format(&path, "?done=%s", verb->word);
    front_visit_redirect(visit, base_buffer_text(&path));
    base_buffer_fini(&path);
}

static void act_step(struct front_visit *visit)
{
    const struct front_visit_ask *act = front_visit_find(visit, "act");

    if (front_visit_is_fine(act)) {
        redirect(visit, verb_of(visit));
    } else if (is_told(visit, act)) {
        ask_verb(visit, "plan", true);
        front_visit_go(visit, plan_step);
    }
}

void front_connector_act(struct front_visit *visit, const char *word, const char *id)
{
    const struct verb *verb = verb_find(word);
    bool is_confirmed = *front_visit_field(visit, "confirmed") != '\0';
    char fault[FRONT_CONFIG_FAULT_SIZE];

    if (verb == NULL || *id == '\0' || (is_load(verb) && *visit->params[1] != '\0')) {
        front_visit_refuse(visit, 404, "not_found");
        return;
    }
    if (verb->has_version && (!front_connector_object_check(visit, "config", fault) || !front_connector_object_check(visit, "remote", fault))) {
        if (is_load(verb))
            front_connectors_show_fault(visit);
        else
            front_connector_show_fault(visit);
        return;
    }
    ask_verb(visit, is_confirmed ? "act" : "plan", !is_confirmed);
    front_visit_go(visit, is_confirmed ? act_step : plan_step);
}
