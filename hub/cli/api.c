/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/api.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/verbs.h"

#define PAGES_MAX 1000000 /* of --all: an end to a hub that never ends */

static void put_prefixed(const char *lead, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fputs(lead, stderr);
    cli_put(stderr, text);
    fputc('\n', stderr);
}

/* "  /form/seats (line 3, column 9): must be at most 500 [range]" */
static void item_tell(const struct cli *cli, const struct base_json *item)
{
    const char *pointer = base_json_member_text(item, "pointer"),
               *code = base_json_member_text(item, "code");
    int64_t line, column;

    fputs("  ", stderr);
    cli_put(stderr, pointer != NULL && pointer[0] != '\0' ? pointer : "-");
    if (base_json_i64(base_json_member(item, "line"), 1, INT32_MAX, &line) == OD_OK &&
        base_json_i64(base_json_member(item, "column"), 1, INT32_MAX, &column) == OD_OK)
        fprintf(stderr, cli_say(cli, "（第 %lld 行第 %lld 列）", " (line %lld, column %lld)"),
                (long long)line, (long long)column);
    fputs(cli_say(cli, "：", ": "), stderr);
    cli_put(stderr, base_json_member_text(item, "detail"));
    if (code != NULL) {
        fputs(" [", stderr);
        cli_put(stderr, code);
        fputc(']', stderr);
    }
    fputc('\n', stderr);
}

static void problem_tell(const struct cli *cli, const struct cli_http_answer *answer,
                         const struct base_json *problem)
{
    const char *title = base_json_member_text(problem, "title");
    const struct base_json *item = base_json_first(base_json_member(problem, "errors"));

    cli_tell(cli, cli_say(cli, "中枢答复 %d", "the hub answered %d"), answer->status);
    put_prefixed("  ", title);
    put_prefixed("  ", base_json_member_text(problem, "detail"));
    for (; item != NULL; item = base_json_next(item))
        item_tell(cli, item);
    put_prefixed(cli_say(cli, "  怎么办：", "  what to do: "),
                 base_json_member_text(problem, "remedy"));
    put_prefixed(cli_say(cli, "  请在此秒数之后重试：", "  try again after seconds: "),
                 answer->retry_after);
}

static int exit_of(int status)
{
    if (status == 404)
        return CLI_NOT_FOUND;
    if (status == 429 || status >= 500)
        return CLI_FAILED; /* the same request may succeed later */
    return CLI_REFUSED;
}

int cli_api_problem(const struct cli *cli, const struct cli_http_answer *answer)
{
    struct base_json_error error;
    struct base_json *problem = NULL;

    if (base_json_parse(answer->body.bytes, answer->body.size, &problem, &error) == OD_OK &&
        cli->is_json)
        cli_api_print_raw(answer);
    else
        problem_tell(cli, answer, problem);
    base_json_destroy(problem);
    return exit_of(answer->status);
}

static int problem_end(const struct cli *cli, const struct cli_http_answer *answer,
                       unsigned untold)
{
    int end = exit_of(answer->status);

    return (untold & 1u << end) != 0 ? end : cli_api_problem(cli, answer);
}

static void away_tell(const struct cli *cli, const struct cli_http_answer *answer)
{
    cli_tell(cli, cli_say(cli, "连不上中枢 %s：%s", "cannot reach the hub at %s: %s"), cli->url,
             answer->fault);
    cli_tell(cli, "%s",
             cli_say(cli, "中枢在运行吗？地址由 --url 或 ONEDOOR_URL 给出",
                     "is it running? The address comes from --url or ONEDOOR_URL"));
}

static int failure_end(const struct cli *cli, const struct cli_http_answer *answer, int rc,
                       unsigned untold)
{
    if (rc == OD_EINVAL) {
        cli_tell(cli, "%s: %s",
                 cli_say(cli, "不是地址（须为 http://、https:// 或 unix:/路径）",
                         "no address (http://, https:// or unix:/path is allowed)"),
                 cli->url);
        return CLI_USAGE;
    }
    if (rc == OD_EIO || rc == OD_ETIMEOUT) {
        if ((untold & 1u << CLI_UNREACHABLE) == 0)
            away_tell(cli, answer);
        return CLI_UNREACHABLE;
    }
    cli_tell(cli, "%s",
             rc == OD_ELIMIT ? cli_say(cli, "答复过大", "the answer is too large")
                             : cli_say(cli, "内存不足", "no memory left"));
    return CLI_FAILED;
}

static void header_add(struct cli_http_request *request, const char *line)
{
    size_t i = 0;

    while (request->headers[i] != NULL)
        i++;
    assert(i < CLI_HTTP_HEADERS_MAX);
    request->headers[i] = line;
}

/* The headers that every request has; authorization is the caller's to fini. */
static void headers_fill(const struct cli *cli, struct cli_http_request *request,
                         struct base_buffer *authorization, const char *accept)
{
    header_add(request, accept);
    header_add(request,
               cli->language == CLI_EN ? "Accept-Language: en" : "Accept-Language: zh-CN");
    if (cli->key != NULL) {
        base_buffer_put_format(authorization, "Authorization: Bearer %s", cli->key);
        header_add(request, base_buffer_text(authorization));
    }
    if (request->body != NULL)
        header_add(request, "Content-Type: application/json");
}

static bool is_header_safe(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x21 || *text > 0x7e)
            return false;
    }
    return true;
}

/* A key that could not be a header must not become two. */
static int keys_check(const struct cli *cli, const char *idempotency_key)
{
    if (cli->key != NULL && !is_header_safe(cli->key)) {
        cli_tell(cli, "%s",
                 cli_say(cli, "密钥只能含可见的 ASCII 字符",
                         "a key holds visible ASCII characters only"));
        return CLI_USAGE;
    }
    if (idempotency_key == NULL)
        return CLI_DONE;
    size_t size = strlen(idempotency_key);
    if (size >= 1 && size <= 255 && is_header_safe(idempotency_key))
        return CLI_DONE;
    cli_tell(cli, "%s",
             cli_say(cli, "幂等键须为 1 至 255 个可见的 ASCII 字符",
                     "an idempotency key is 1 to 255 visible ASCII characters"));
    return CLI_USAGE;
}

static int body_parse(const struct cli *cli, const struct cli_http_answer *answer,
                      struct base_json **json)
{
    struct base_json_error error;

    *json = NULL;
    if (answer->body.size == 0)
        return CLI_DONE;
    if (base_json_parse(answer->body.bytes, answer->body.size, json, &error) == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s",
             cli_say(cli, "答复不是 JSON；该地址是 onedoor 中枢吗？",
                     "the answer is no JSON; is this the address of an onedoor hub?"));
    return CLI_FAILED;
}

int cli_api_call(const struct cli *cli, const struct cli_call *call,
                 struct cli_http_answer *answer, struct base_json **json)
{
    struct base_buffer authorization = {0}, key = {0}, match = {0};
    struct cli_progress bar = {0};
    struct cli_http_request request = {.url = cli->url,
                                       .method = call->method,
                                       .path = call->path,
                                       .body = call->body,
                                       .file = call->file,
                                       .timeout_ms = call->timeout_ms,
                                       .body_size = call->body_size};

    int rc = keys_check(cli, call->idempotency_key);
    if (rc != CLI_DONE)
        return rc;
    headers_fill(cli, &request, &authorization, "Accept: application/json");
    if (call->idempotency_key != NULL) {
        base_buffer_put_format(&key, "Idempotency-Key: %s", call->idempotency_key);
        header_add(&request, base_buffer_text(&key));
    }
    if (call->file != NULL) {
        request.bar = &bar;
        header_add(&request, call->content_type);
    }
    if (call->if_match != NULL) {
        base_buffer_put_format(&match, "If-Match: %s", call->if_match);
        header_add(&request, base_buffer_text(&match));
    }
    rc = cli_http_send(&request, answer);
    cli_progress_clear(&bar);
    base_buffer_fini(&authorization);
    base_buffer_fini(&key);
    base_buffer_fini(&match);
    if (rc != OD_OK)
        return failure_end(cli, answer, rc, call->untold);
    if (answer->status < 200 || answer->status > 299)
        return problem_end(cli, answer, call->untold);
    return json != NULL ? body_parse(cli, answer, json) : CLI_DONE;
}

int cli_api_get(const struct cli *cli, const char *path, struct cli_http_answer *answer,
                struct base_json **json)
{
    return cli_api_call(cli, &(struct cli_call){.method = "GET", .path = path}, answer, json);
}

int cli_api_stream(const struct cli *cli, const char *path, uint64_t last_event_id,
                   cli_http_bytes_cb on_bytes, void *owner)
{
    struct base_buffer authorization = {0};
    struct cli_http_answer answer = {0};
    char last[48];
    struct cli_http_request request = {
        .url = cli->url, .method = "GET", .path = path, .on_bytes = on_bytes, .owner = owner};

    int rc = keys_check(cli, NULL);
    if (rc != CLI_DONE)
        return rc;
    headers_fill(cli, &request, &authorization, "Accept: text/event-stream");
    snprintf(last, sizeof(last), "Last-Event-ID: %llu", (unsigned long long)last_event_id);
    if (last_event_id > 0)
        header_add(&request, last);
    rc = cli_http_send(&request, &answer);
    if (rc != OD_OK)
        rc = failure_end(cli, &answer, rc, CLI_UNTOLD_AWAY);
    else
        rc = answer.status == 200 ? CLI_DONE : problem_end(cli, &answer, CLI_UNTOLD_AWAY);
    base_buffer_fini(&authorization);
    cli_http_answer_fini(&answer);
    return rc;
}

int cli_api_download(const struct cli *cli, const char *path, cli_http_bytes_cb on_bytes, void *owner)
{
    struct base_buffer authorization = {0};
    struct cli_http_answer answer = {0};
    struct cli_http_request request = {.url = cli->url, .method = "GET", .path = path, .on_bytes = on_bytes, .owner = owner};

    int rc = keys_check(cli, NULL);
    if (rc != CLI_DONE)
        return rc;
    headers_fill(cli, &request, &authorization, "Accept: */*");
    rc = cli_http_send(&request, &answer);
    if (rc != OD_OK)
        rc = failure_end(cli, &answer, rc, 0);
    else
        rc = answer.status == 200 ? CLI_DONE : problem_end(cli, &answer, 0);
    base_buffer_fini(&authorization);
    cli_http_answer_fini(&answer);
    return rc;
}

void cli_api_path(struct base_buffer *path, const char *collection, const char *id,
                  const char *rest)
{
    base_buffer_put_text(path, "/v1/");
    base_buffer_put_text(path, collection);
    base_buffer_put_text(path, "/");
    cli_http_put_encoded(path, id);
    base_buffer_put_text(path, rest);
}

void cli_api_query(struct base_buffer *path, const char *name, const char *value)
{
    if (value == NULL)
        return;
    base_buffer_put_text(path, memchr(path->bytes, '?', path->size) != NULL ? "&" : "?");
    base_buffer_put_text(path, name);
    base_buffer_put_text(path, "=");
    cli_http_put_encoded(path, value);
}

void cli_api_print_raw(const struct cli_http_answer *answer)
{
    fwrite(answer->body.bytes, 1, answer->body.size, stdout);
    if (answer->body.size > 0 && answer->body.bytes[answer->body.size - 1] != '\n')
        fputc('\n', stdout);
}

/* The page after this one: the path that a Link header gave, or the list's own path
 * with the cursor that the body gave; "" = there is none. Borrowed from both. */
static void next_put(struct base_buffer *next, const char *list,
                     const struct cli_http_answer *answer, const struct base_json *json)
{
    base_buffer_clear(next);
    if (answer->next[0] != '\0') {
        base_buffer_put_text(next, answer->next);
    } else if (base_json_member_text(json, "next_cursor") != NULL) {
        base_buffer_put_text(next, list);
        cli_api_query(next, "cursor", base_json_member_text(json, "next_cursor"));
    }
}

/* One list under way. */
struct pages {
    const char *list; /* path of the first page */
    cli_items_cb print;
    struct base_buffer all, next; /* owned */
    size_t count;                 /* items so far */
};

static int page_print(const struct cli *cli, const char *path, struct pages *pages)
{
    struct cli_http_answer answer = {0};
    struct base_json *json = NULL;

    int rc = cli_api_get(cli, path, &answer, &json);
    const struct base_json *items = base_json_member(json, "items");
    pages->count += rc == CLI_DONE ? base_json_count(items) : 0;
    if (rc == CLI_DONE && cli->is_json) {
        for (const struct base_json *item = base_json_first(items); item != NULL;
             item = base_json_next(item))
            base_json_put(&pages->all, NULL, item);
    } else if (rc == CLI_DONE && base_json_first(items) != NULL) {
        pages->print(cli, items);
    }
    next_put(&pages->next, pages->list, &answer, json);
    base_json_destroy(json);
    cli_http_answer_fini(&answer);
    return rc;
}

/* A filtered page may be empty with more behind it: that is not the end. A verb that has no --all gives everything. */
static int pages_print(const struct cli *cli, struct pages *pages)
{
    struct base_buffer path = {0};
    bool is_all = cli_option(cli, "--all") != NULL || cli_option_find(cli->verb, "--all", strlen("--all")) == NULL;

    int rc = page_print(cli, pages->list, pages);
    for (int i = 0; i < PAGES_MAX; i++) {
        bool is_same = strcmp(base_buffer_text(&path), base_buffer_text(&pages->next)) == 0; /* a hub that goes round in circles */
        if (rc != CLI_DONE || pages->next.size == 0 || is_same || (!is_all && pages->count > 0))
            break;
        base_buffer_clear(&path);
        base_buffer_put(&path, pages->next.bytes, pages->next.size);
        rc = page_print(cli, base_buffer_text(&path), pages);
    }
    base_buffer_fini(&path);
    return rc;
}

int cli_api_list(const struct cli *cli, const char *path, cli_items_cb print)
{
    struct pages pages = {.list = path, .print = print};

    base_json_open(&pages.all, NULL, '{');
    base_json_open(&pages.all, "items", '[');
    int rc = pages_print(cli, &pages);
    base_json_close(&pages.all, ']');
    base_json_close(&pages.all, '}');
    if (rc == CLI_DONE && cli->is_json)
        printf("%s\n", base_buffer_text(&pages.all));
    if (rc == CLI_DONE && pages.count == 0 && !cli->is_json)
        cli_tell(cli, "%s", cli_say(cli, "没有符合的条目", "there is nothing"));
    if (rc == CLI_DONE && pages.next.size > 0)
        cli_tell(cli, "%s",
                 cli_say(cli, "还有更多：--all 取全部，--limit 定每页条数",
                         "there is more: --all gives everything, --limit sets the page"));
    base_buffer_fini(&pages.all);
    base_buffer_fini(&pages.next);
    return rc;
}

static bool on_saved(void *owner, const char *bytes, size_t size)
{
    return fwrite(bytes, 1, size, owner) == size;
}

int cli_api_save(const struct cli *cli, const char *path)
{
    const char *name = cli_option(cli, "--output");

    if (name == NULL && isatty(STDOUT_FILENO) != 0) {
        cli_tell(cli, "%s", cli_say(cli, "文件内容不能直接显示在终端上：请用 --output FILE 保存，或用 | 或 > 送往别处",
                                    "what is in it is not for a terminal: save it with --output FILE, or send it on with | or >"));
        return CLI_USAGE;
    }
    FILE *file = name != NULL ? fopen(name, "wbx") : stdout;
    if (file == NULL) {
        cli_tell(cli, "%s: %s", name, strerror(errno));
        return CLI_FAILED;
    }
    int rc = cli_api_download(cli, path, on_saved, file);
    bool is_written = fflush(file) == 0 && ferror(file) == 0;
    if (name != NULL)
        is_written = fclose(file) == 0 && is_written; /* some disks tell only now that they are full */
    if (name != NULL && (rc != CLI_DONE || !is_written))
        remove(name);
    if (rc == CLI_DONE && !is_written) {
        cli_tell(cli, "%s: %s", name != NULL ? name : "-", cli_say(cli, "写不下去", "it cannot be written"));
        rc = CLI_FAILED;
    }
    return rc;
}
