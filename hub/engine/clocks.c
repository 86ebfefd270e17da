/* SPDX-License-Identifier: Apache-2.0 */
/* Every clock of an application, and day by day what counted, what did not and why: the
 * account that the core counts with, in words. */
#include "engine/internal.h"

#define EXPLAINED_DAYS_MAX 800 /* days listed of one clock; a longer one says that it is cut */

/* One clock as it is shown. */
struct clock_view {
    const struct engine *engine;
    const struct catalog *catalog;  /* that names its days */
    const struct engine_application *application; /* NULL = of none: span is given */
    const struct core_span *span;   /* NULL = as the application says */
    const char *of;   /* "joint", a matter id, or what it is about */
    const char *kind; /* "promised" ..., or a stage's id */
    const struct core_clock *clock;
    const struct core_limit *limit;
    enum core_place place;
    unsigned task;
};

/* What the days of one clock add up to. */
struct account {
    struct base_buffer *buffer; /* NULL = count only */
    const struct clock_view *view;
    struct core_span span;
    int counted, off, stopped, listed;
};

static const char *day_name(enum core_day_kind kind)
{
    switch (kind) {
    case CORE_DAY_WORKING: return "working_day";
    case CORE_DAY_WEEKEND: return "weekend";
    case CORE_DAY_HOLIDAY: return "holiday";
    case CORE_DAY_MAKE_UP: return "make_up_day";
    case CORE_DAY_NONE: break;
    }
    return "none";
}

static const char *use_name(enum core_day_use use)
{
    switch (use) {
    case CORE_DAY_START: return "start";
    case CORE_DAY_COUNTED: return "counted";
    case CORE_DAY_OFF: return "day_off";
    case CORE_DAY_STOPPED: return "paused";
    case CORE_DAY_ROLLED: return "rolled";
    case CORE_DAY_USE_NONE: break;
    }
    return "none";
}

static void put_stop(struct base_buffer *buffer, const struct clock_view *view, const struct core_stop *stop)
{
    const struct catalog_matter *matter = view->application->service->matters[stop->task];

    base_json_open(buffer, "pause", '{');
    base_json_put_text(buffer, "kind", core_pause_kind_name((enum core_pause_kind)stop->kind));
    base_json_put_text(buffer, "matter", matter->id);
    catalog_put_text(buffer, "matter_name", &matter->name);
    catalog_put_text(buffer, "department_name", &matter->department->name);
    engine_put_day(buffer, "from", stop->from);
    engine_put_day(buffer, "until", stop->until);
    base_json_close(buffer, '}');
}

static void put_day_row(struct account *account, const struct core_day_account *day)
{
    struct base_buffer *buffer = account->buffer;
    const struct catalog_text *name = catalog_calendar_day_name(account->view->catalog, account->span.calendar, day->day);

    base_json_open(buffer, NULL, '{');
    engine_put_day(buffer, "date", day->day);
    base_json_put_text(buffer, "kind", day_name(day->kind));
    base_json_put_bool(buffer, "counted", day->use == CORE_DAY_COUNTED);
    base_json_put_text(buffer, "use", use_name(day->use));
    if (day->number > 0)
        base_json_put_i64(buffer, "number", day->number);
    if (name != NULL)
        catalog_put_text(buffer, "name", name);
    if (day->stop != NULL)
        put_stop(buffer, account->view, day->stop);
    base_json_close(buffer, '}');
}

static int on_day(void *owner, const struct core_day_account *day)
{
    struct account *account = owner;

    account->counted += day->use == CORE_DAY_COUNTED;
    account->off += day->use == CORE_DAY_OFF;
    account->stopped += day->use == CORE_DAY_STOPPED;
    if (account->buffer != NULL && account->listed < EXPLAINED_DAYS_MAX)
        put_day_row(account, day);
    account->listed++;
    return OD_OK;
}

void engine_date_words(core_day day, enum catalog_language language, char text[ENGINE_DATE_WORDS_SIZE])
{
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    int year, month, date;

    base_day_to_civil(day, &year, &month, &date);
    if (language == CATALOG_EN)
        snprintf(text, ENGINE_DATE_WORDS_SIZE, "%d %s %d", date, months[month - 1], year);
    else
        snprintf(text, ENGINE_DATE_WORDS_SIZE, "%d年%d月%d日", year, month, date);
}

/* Why the count begins on that day, where it is not the notice's own. */
static void put_told_sentence(struct base_buffer *text, const struct clock_view *view, enum catalog_language language)
{
    const struct core_application *core = view->application != NULL ? view->application->core : NULL;
    bool is_english = language == CATALOG_EN;

    if (core == NULL || view->clock != &core->supplement)
        return;
    if (core->telling == CORE_TELLING_RECEIPT)
        base_buffer_put_text(text, is_english ? " It begins on the day on which the receipt of the notice says that it arrived."
                                              : "起算日为通知送达回执载明之日。");
    if (core->telling == CORE_TELLING_PRESUMED)
        base_buffer_put_text(text, is_english ? " No receipt of the notice came in time: it counts as having arrived on that day."
                                              : "未在期限内收到送达回执，通知依规定视为于该日送达。");
}

static void put_sentence_zh(struct base_buffer *text, const struct account *account, core_day unstopped)
{
    const struct core_clock *clock = account->view->clock;
    const struct core_limit *limit = account->view->limit;
    char from[ENGINE_DATE_WORDS_SIZE], due[ENGINE_DATE_WORDS_SIZE], plain[ENGINE_DATE_WORDS_SIZE];

    engine_date_words(clock->start, CATALOG_ZH_CN, from);
    engine_date_words(clock->due, CATALOG_ZH_CN, due);
    engine_date_words(unstopped, CATALOG_ZH_CN, plain);
    base_buffer_put_format(text, "自 %s起%s，共 %d %s", from, limit->counts_start_day ? "（当日计入）" : "（当日不计）",
                           limit->length, engine_unit_words(limit->unit, CATALOG_ZH_CN));
    if (clock->extended > 0)
        base_buffer_put_format(text, "，另延长 %d %s", (int)clock->extended, engine_unit_words(engine_extension_unit(limit), CATALOG_ZH_CN));
    if (account->off > 0)
        base_buffer_put_format(text, "；其中周末、节假日 %d 天不计", account->off);
    if (account->stopped > 0)
        base_buffer_put_format(text, "；依法暂停 %d 天不计（如不暂停，为 %s）", account->stopped, plain);
    if (clock->state == CORE_CLOCK_PAUSED)
        base_buffer_put_text(text, "；目前暂停中，恢复后重新计算截止日期。");
    else
        base_buffer_put_format(text, "；截止日期为 %s（含当日）。", due);
}

static void put_sentence_en(struct base_buffer *text, const struct account *account, core_day unstopped)
{
    const struct core_clock *clock = account->view->clock;
    const struct core_limit *limit = account->view->limit;
    char from[ENGINE_DATE_WORDS_SIZE], due[ENGINE_DATE_WORDS_SIZE], plain[ENGINE_DATE_WORDS_SIZE];

    engine_date_words(clock->start, CATALOG_EN, from);
    engine_date_words(clock->due, CATALOG_EN, due);
    engine_date_words(unstopped, CATALOG_EN, plain);
    base_buffer_put_format(text, "%d %s from %s (that day %s)", limit->length, engine_unit_words(limit->unit, CATALOG_EN), from,
                           limit->counts_start_day ? "counted" : "not counted");
    if (clock->extended > 0)
        base_buffer_put_format(text, ", extended by %d %s", (int)clock->extended, engine_unit_words(engine_extension_unit(limit), CATALOG_EN));
    if (account->off > 0)
        base_buffer_put_format(text, "; %d %s do not count", account->off,
                               account->off == 1 ? "day of weekend or public holiday" : "days of weekends and public holidays");
    if (account->stopped > 0)
        base_buffer_put_format(text, "; %d %s of lawful pause do not count (without it, the date would be %s)", account->stopped,
                               account->stopped == 1 ? "day" : "days", plain);
    if (clock->state == CORE_CLOCK_PAUSED)
        base_buffer_put_text(text, "; the clock stands still now, and the date is worked out again when it goes on.");
    else
        base_buffer_put_format(text, "; due on %s, that day included.", due);
}

static void put_explanation(struct base_buffer *buffer, const struct account *account, core_day unstopped)
{
    struct base_buffer zh = {0}, en = {0};

    put_sentence_zh(&zh, account, unstopped);
    put_sentence_en(&en, account, unstopped);
    put_told_sentence(&zh, account->view, CATALOG_ZH_CN);
    put_told_sentence(&en, account->view, CATALOG_EN);
    base_json_open(buffer, "explanation", '{');
    base_json_put_text(buffer, "zh-CN", base_buffer_text(&zh));
    base_json_put_text(buffer, "en", base_buffer_text(&en));
    base_json_close(buffer, '}');
    base_buffer_fini(&zh);
    base_buffer_fini(&en);
}

/* The list, what it adds up to, and where the date would be without pauses. */
static void put_account(struct base_buffer *buffer, const struct clock_view *view, const struct core_span *span)
{
    struct account account = {.buffer = buffer, .view = view, .span = *span};
    bool is_paused = view->clock->state == CORE_CLOCK_PAUSED; /* its last day is not known: up to today */
    core_day until = is_paused ? view->engine->now.day : 0, unstopped = view->clock->due;

    base_json_open(buffer, "days", '[');
    int rc = core_clock_account(view->clock, span, until, on_day, &account);
    base_json_close(buffer, ']');
    if (rc == OD_OK)
        rc = core_clock_due_unstopped(view->clock, span, &unstopped);
    base_json_put_bool(buffer, "days_cut", account.listed > EXPLAINED_DAYS_MAX || rc != OD_OK);
    base_json_put_i64(buffer, "days_counted", account.counted);
    base_json_put_i64(buffer, "days_off", account.off);
    base_json_put_i64(buffer, "days_paused", account.stopped);
    engine_put_day(buffer, "due_without_pauses", unstopped);
    put_explanation(buffer, &account, unstopped);
}

static const struct core_stop *open_stop(const struct core_span *span)
{
    for (size_t i = 0; i < span->stop_count; i++)
        if (span->stops[i].until == 0 && core_span_honours(span, &span->stops[i]))
            return &span->stops[i];
    return NULL;
}

static void put_state(struct base_buffer *buffer, const struct clock_view *view, const struct core_span *span)
{
    const struct core_clock *clock = view->clock;
    struct core_moment now = core_moment_of(&view->engine->now);
    const struct core_stop *stop = clock->state == CORE_CLOCK_PAUSED ? open_stop(span) : NULL;

    if (clock->state == CORE_CLOCK_RUNNING || clock->state == CORE_CLOCK_PAUSED)
        base_json_put_i64(buffer, view->limit->unit == CORE_UNIT_HOUR ? "hours_left" : "days_left",
                          core_clock_left(clock, span, &now));
    if (stop != NULL) {
        engine_put_day(buffer, "paused_on", stop->from);
        put_stop(buffer, view, stop);
    }
    if (clock->state == CORE_CLOCK_MET || clock->state == CORE_CLOCK_STOPPED)
        engine_put_day(buffer, "ended", clock->ended);
}

static void put_dates(struct base_buffer *buffer, const struct core_clock *clock)
{
    bool has_dates = clock->state != CORE_CLOCK_NOT_STARTED;

    engine_put_day(buffer, "start", has_dates ? clock->start : 0);
    engine_put_day(buffer, "due", has_dates ? clock->due : 0);
    if (clock->due_minute != 0)
        engine_put_ms(buffer, "due_at", ((core_ms)clock->due_minute + 1) * 60000);
    engine_put_day(buffer, "warn_from", has_dates ? clock->warn : 0);
    base_json_put_text(buffer, "level", engine_clock_level(clock));
    base_json_put_bool(buffer, "overdue", clock->is_overdue);
    base_json_put_bool(buffer, "provisional", clock->is_provisional);
    if (clock->extensions > 0) {
        base_json_put_i64(buffer, "extensions", clock->extensions);
        base_json_put_i64(buffer, "extended", clock->extended);
    }
}

/* Green, yellow, red: what supervision looks at. */
const char *engine_clock_level(const struct core_clock *clock)
{
    if (clock->is_overdue)
        return "red";
    return clock->is_warned && clock->state == CORE_CLOCK_RUNNING ? "yellow" : "green";
}

/* With what the applicant's time began, where its limit waits for that. */
static void put_telling(struct base_buffer *buffer, const struct core_application *core)
{
    if (core->telling == CORE_TELLING_NONE)
        return;
    base_json_put_text(buffer, "told_by", core_telling_name((enum core_telling)core->telling));
    engine_put_day(buffer, "presumed_on", core->presumed_day);
}

static void put_clock(struct base_buffer *buffer, const struct clock_view *view, bool is_explained)
{
    const struct core_clock *clock = view->clock;

    if (clock->state == CORE_CLOCK_NONE)
        return;
    struct core_span span = view->span != NULL ? *view->span
                                               : core_span_of(&view->application->service->rules, view->application->core, view->limit,
                                                              view->place, view->task);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "of", view->of);
    base_json_put_text(buffer, "kind", view->kind);
    base_json_put_text(buffer, "state", core_clock_state_name((enum core_clock_state)clock->state));
    base_json_put_text(buffer, "unit", core_unit_name(view->limit->unit));
    base_json_put_i64(buffer, "length", view->limit->length);
    if (view->limit->rule != NULL)
        base_json_put_text(buffer, "rule", view->limit->rule);
    put_dates(buffer, clock);
    put_state(buffer, view, &span);
    if (clock->state != CORE_CLOCK_NONE && view->application != NULL && clock == &view->application->core->supplement)
        put_telling(buffer, view->application->core);
    if (is_explained && clock->state != CORE_CLOCK_NOT_STARTED && clock->start != 0)
        put_account(buffer, view, &span);
    base_json_close(buffer, '}');
}

static void put_alone(struct base_buffer *buffer, struct clock_view *view, bool is_explained)
{
    const struct core_rules *rules = &view->application->service->rules;
    const struct core_application *core = view->application->core;
    struct core_limit tolerance = {.unit = CORE_UNIT_CALENDAR_DAY, .length = core->tolerance.due - core->tolerance.start};
    const struct {
        const char *kind;
        const struct core_clock *clock;
        const struct core_limit *limit;
    } rows[] = {
        {"intake", &core->intake, &rules->intake},
        {"supplement", &core->supplement, &rules->supplement},
        {"tolerance", &core->tolerance, &tolerance},
        {"delivery", &core->delivery, &rules->delivery},
    };

    view->place = CORE_PLACE_ALONE;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        view->of = rows[i].kind;
        view->kind = rows[i].kind;
        view->clock = rows[i].clock;
        view->limit = rows[i].limit;
        put_clock(buffer, view, is_explained);
    }
}

static void put_pair(struct base_buffer *buffer, struct clock_view *view, const struct core_clock *clocks,
                     const struct core_limit *promised, const struct core_limit *statutory, bool is_explained)
{
    view->kind = "promised";
    view->clock = &clocks[CORE_CLOCK_PROMISED];
    view->limit = promised;
    put_clock(buffer, view, is_explained);
    view->kind = "statutory";
    view->clock = &clocks[CORE_CLOCK_STATUTORY];
    view->limit = statutory;
    put_clock(buffer, view, is_explained);
}

static void put_task_clocks(struct base_buffer *buffer, struct clock_view *view, unsigned index, bool is_explained)
{
    const struct core_matter_rule *matter = &view->application->service->rules.matters[index];
    const struct core_task *task = &view->application->core->tasks[index];
    struct core_limit watch = core_watch_limit(&view->application->service->rules, task, index);

    view->of = view->application->service->matters[index]->id;
    view->place = CORE_PLACE_TASK;
    view->task = index;
    put_pair(buffer, view, task->clocks, &matter->promised, &matter->statutory, is_explained);
    view->place = CORE_PLACE_ALONE;
    view->kind = "watch";
    view->clock = &task->watch;
    view->limit = &watch;
    put_clock(buffer, view, is_explained);
    for (unsigned i = 0; i < matter->stage_count; i++) {
        view->kind = matter->stages[i].id;
        view->clock = &task->stages[i];
        view->limit = &matter->stages[i].limit;
        put_clock(buffer, view, is_explained);
    }
}

/* The promised clock of the whole, for the citizen. */
void engine_put_joint_clock(struct base_buffer *buffer, const char *key, const struct engine *engine,
                            const struct engine_application *application)
{
    const struct core_limit *limit = &application->service->rules.promised;

    base_json_open(buffer, key, '[');
    put_clock(buffer, &(struct clock_view){.engine = engine, .catalog = application->catalog, .application = application, .of = "joint", .kind = "promised",
                                           .clock = &application->core->clocks[CORE_CLOCK_PROMISED], .limit = limit,
                                           .place = CORE_PLACE_JOINT, .task = CORE_TASKS_MAX}, true);
    base_json_close(buffer, ']');
}

void engine_put_clock(struct base_buffer *buffer, const struct engine *engine, const char *of, const char *kind, const struct core_clock *clock,
                      const struct core_span *span)
{
    put_clock(buffer, &(struct clock_view){.engine = engine, .catalog = engine->catalog, .span = span, .of = of, .kind = kind, .clock = clock,
                                           .limit = span->limit, .place = CORE_PLACE_ALONE, .task = CORE_TASKS_MAX}, true);
}

void engine_put_clocks(struct base_buffer *buffer, const struct engine *engine,
                       const struct engine_application *application, bool is_explained)
{
    const struct core_rules *rules = &application->service->rules;
    const struct core_application *core = application->core;
    struct clock_view view = {.engine = engine, .catalog = application->catalog, .application = application, .of = "joint", .place = CORE_PLACE_JOINT,
                              .task = CORE_TASKS_MAX};
    char number[BASE_NUMBER_SIZE];

    base_number_format(application->id, core->received_day, number);
    base_json_open(buffer, NULL, '{');
    base_json_put_text(buffer, "number", number);
    base_json_open(buffer, "clocks", '[');
    put_pair(buffer, &view, core->clocks, &rules->promised, &rules->statutory, is_explained);
    put_alone(buffer, &view, is_explained);
    for (unsigned i = 0; i < core->task_count; i++)
        put_task_clocks(buffer, &view, i, is_explained);
    base_json_close(buffer, ']');
    base_json_close(buffer, '}');
}
