/* SPDX-License-Identifier: Apache-2.0 */
/* One connector: how it stands, how far its rollout is, what it may do, who changed it, its log, and the
 * forms of what can be done with it. */
#include "front/pages_connectors.h"

#include <stdio.h>
#include <string.h>

#define HISTORY_MAX 64 /* acts shown, the newest first */

/* -- The rollout -- */

/* Where each step of a rollout stands, in the words of marks. */
static void put_steps(struct base_buffer *view, const char *at)
{
    static const char *const steps[] = {"starting", "switched", "baking"};
    bool is_past = true;

    base_json_open(view, "steps", '[');
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        bool is_here = at != NULL && strcmp(at, steps[i]) == 0;

        is_past = is_past && !is_here;
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "word", steps[i]);
        base_json_put_text(view, "state", is_here ? "starting" : is_past ? "done" : "blocked");
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

/* "is_rolling", "is_reverting", and the steps where it goes forward. */
static void put_rollout(struct base_buffer *view, const struct base_json *connector)
{
    const struct base_json *rollout = base_json_member(connector, "rollout");
    const char *step = base_json_member_text(rollout, "step");
    bool is_reverting = step != NULL && strcmp(step, "reverting") == 0;

    base_json_put_bool(view, "is_rolling", step != NULL);
    base_json_put_bool(view, "is_reverting", is_reverting);
    if (step != NULL && !is_reverting)
        put_steps(view, step);
}

/* -- What it may do -- */

static void put_list(struct base_buffer *line, struct front_visit *visit, const struct base_json *texts)
{
    for (const struct base_json *item = base_json_first(texts); item != NULL; item = base_json_next(item)) {
        static const char *const names[] = {"name", "target", "from_config"};
        const char *text = base_json_text(item);

        for (size_t i = 0; text == NULL && i < sizeof(names) / sizeof(names[0]); i++)
            text = base_json_member_text(item, names[i]);
        base_buffer_put_text(line, item == base_json_first(texts) ? "" : ", ");
        base_buffer_put_text(line, text == NULL ? "?" : strcmp(text, "*") == 0 ? front_say(visit->request, "全部", "all") : text);
        if (base_json_is_true(base_json_member(item, "reveal")))
            base_buffer_put_text(line, front_say(visit->request, "（可读取其值）", " (its value)"));
    }
}

/* "GET, POST api.water.gov /v1/all". */
static void put_rule(struct base_buffer *line, struct front_visit *visit, const struct base_json *rule)
{
    const char *from = base_json_member_text(rule, "from_config");

    put_list(line, visit, base_json_member(rule, "methods"));
    base_buffer_put_text(line, " ");
    if (from != NULL)
        base_buffer_put_format(line, "%s %s", front_say(visit->request, "配置项", "the address of"), from);
    put_list(line, visit, base_json_member(rule, "hosts"));
    base_buffer_put_text(line, " ");
    put_list(line, visit, base_json_member(rule, "paths"));
    if (base_json_is_true(base_json_member(rule, "private")))
        base_buffer_put_text(line, front_say(visit->request, "（含内网地址）", " (private addresses, too)"));
}

static void put_row(struct base_buffer *view, const char *word, struct base_buffer *line)
{
    if (line->size == 0)
        return;
    base_json_open(view, NULL, '{');
    base_json_put_text(view, "word", word);
    base_json_put_text(view, "text", base_buffer_text(line));
    base_json_close(view, '}');
    base_buffer_clear(line);
}

static void put_capabilities(struct front_visit *visit, const struct base_json *capabilities)
{
    static const char *const lists[] = {"fields", "applicant", "secrets", "net"}, *const switches[] = {"materials", "events"};
    const struct base_json *rules = base_json_member(capabilities, "http");
    struct base_buffer line = {0};
    int64_t quota = 0;

    base_json_open(&visit->view, "capabilities", '[');
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        put_list(&line, visit, base_json_member(capabilities, lists[i]));
        put_row(&visit->view, lists[i], &line);
    }
    for (const struct base_json *rule = base_json_first(rules); rule != NULL; rule = base_json_next(rule)) {
        put_rule(&line, visit, rule);
        put_row(&visit->view, "http", &line);
    }
    if (base_json_i64(base_json_member(base_json_member(capabilities, "kv"), "quota"), 0, INT64_MAX, &quota) == OD_OK)
        base_buffer_put_format(&line, "%lld KiB", (long long)(quota / 1024));
    put_row(&visit->view, "kv", &line);
    if (base_json_member(capabilities, "folder") != NULL)
        base_buffer_put_text(&line, front_say(visit->request, "可读写自己的目录", "reads and writes a folder of its own"));
    put_row(&visit->view, "folder", &line);
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (base_json_is_true(base_json_member(capabilities, switches[i])))
            base_buffer_put_text(&line, front_say(visit->request, "可以", "yes"));
        put_row(&visit->view, switches[i], &line);
    }
    base_json_close(&visit->view, ']');
    base_buffer_fini(&line);
}

/* -- Its past -- */

/* The newest first, which people look for. */
static void put_history(struct base_buffer *view, const struct base_json *history)
{
    const struct base_json *acts[HISTORY_MAX];
    size_t count = 0;

    for (const struct base_json *item = base_json_first(base_json_member(history, "items")); item != NULL; item = base_json_next(item))
        acts[count++ % HISTORY_MAX] = item;
    base_json_open(view, "history", '[');
    for (size_t i = 0; i < count && i < HISTORY_MAX; i++) {
        const struct base_json *act = acts[(count - 1 - i) % HISTORY_MAX];
        const char *from = base_json_member_text(act, "from"), *to = base_json_member_text(act, "to");

        base_json_open(view, NULL, '{');
        for (const struct base_json *member = base_json_first(act); member != NULL; member = base_json_next(member))
            base_json_put(view, base_json_key(member), member);
        base_json_put_bool(view, "is_change", from != NULL && to != NULL && strcmp(from, to) != 0);
        base_json_close(view, '}');
    }
    base_json_close(view, ']');
}

/* The kept versions; the one behind the present is where a rollback leads. */
static void put_versions(struct base_buffer *view, const struct base_json *versions)
{
    bool is_present = true;

    base_json_open(view, "versions", '[');
    for (const struct base_json *version = base_json_first(versions); version != NULL; version = base_json_next(version)) {
        base_json_open(view, NULL, '{');
        base_json_put_text(view, "module", base_json_member_text(version, "module"));
        base_json_put_text(view, "at", base_json_member_text(version, "at"));
        base_json_put_bool(view, "is_present", is_present);
        base_json_close(view, '}');
        is_present = false;
    }
    base_json_close(view, ']');
}

/* -- What can be done -- */

static bool is_state(const struct base_json *connector, const char *state)
{
    const char *have = base_json_member_text(connector, "state");

    return have != NULL && strcmp(have, state) == 0;
}

static void put_acts(struct base_buffer *view, const struct base_json *connector)
{
    const struct base_json *versions = base_json_member(connector, "versions"), *enabled = base_json_member(connector, "is_enabled");
    bool is_rolling = base_json_type(base_json_member(connector, "rollout")) == BASE_JSON_OBJECT;
    bool is_enabled = enabled == NULL || base_json_is_true(enabled);
    bool is_draining = is_state(connector, "draining") || is_state(connector, "drained");

    base_json_put_bool(view, "may_upgrade", is_enabled && !is_rolling);
    base_json_put_bool(view, "may_rollback", is_enabled && (is_rolling || base_json_next(base_json_first(versions)) != NULL));
    base_json_put_bool(view, "may_drain", is_enabled && !is_rolling && !is_draining);
    base_json_put_bool(view, "may_enable", !is_enabled || is_draining);
    base_json_put_bool(view, "may_disable", is_enabled && !is_rolling);
}

/* -- The page -- */

static void show(struct front_visit *visit, int status, const char *fault)
{
    const struct front_visit_ask *ask = front_visit_find(visit, "connector");

    if (!front_visit_is_fine(ask)) {
        front_visit_problem(visit, ask);
        return;
    }
    base_json_open(&visit->view, NULL, '{');
    base_json_put_bool(&visit->view, "may_load", front_visit_may(visit->request->identity.roles, FRONT_CONNECTOR_LOAD));
    base_json_put_text(&visit->view, "fault", fault);
    put_rollout(&visit->view, ask->json);
    base_json_put_bool(&visit->view, "is_moving", base_json_type(base_json_member(ask->json, "rollout")) == BASE_JSON_OBJECT ||
                                                      is_state(ask->json, "starting") || is_state(ask->json, "draining") ||
                                                      is_state(ask->json, "backoff"));
    put_capabilities(visit, base_json_member(ask->json, "capabilities"));
    put_versions(&visit->view, base_json_member(ask->json, "versions"));
    put_history(&visit->view, front_visit_find(visit, "history")->json);
    put_acts(&visit->view, ask->json);
    front_connector_put_modules(visit);
    base_json_close(&visit->view, '}');
    visit->is_private = true;
    front_visit_render(visit, status, "connector");
}

static void connector_step(struct front_visit *visit)
{
    show(visit, 200, NULL);
}

static void ask_connector(struct front_visit *visit)
{
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_SHOW, .name = "connector", .param = visit->params[0]});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_LOGS, .name = "logs", .param = visit->params[0]});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_CONNECTOR_HISTORY, .name = "history", .param = visit->params[0]});
    front_visit_ask(visit, &(struct front_visit_wish){.route = FRONT_MODULE_LIST, .name = "modules"});
}

void front_page_connector(struct front_visit *visit)
{
    ask_connector(visit);
    front_visit_go(visit, connector_step);
}

static void fault_step(struct front_visit *visit)
{
    char text[FRONT_CONFIG_FAULT_SIZE];

    if (front_connector_object_check(visit, "config", text))
        (void)front_connector_object_check(visit, "remote", text);
    show(visit, 422, text);
}

void front_connector_show_fault(struct front_visit *visit)
{
    ask_connector(visit);
    front_visit_go(visit, fault_step);
}

void front_page_connector_sent(struct front_visit *visit)
{
    struct base_buffer path = {0};

    base_buffer_put_text(&path, "/connectors/");
    front_visit_put_encoded(&path, visit->params[0]);
    const char *copy = path.is_broken ? NULL : base_arena_text(&visit->request->arena, base_buffer_text(&path), path.size);
    visit->link = copy != NULL ? copy : "/connectors";
    base_buffer_fini(&path);
    front_connector_act(visit, visit->params[1], visit->params[0]);
}
