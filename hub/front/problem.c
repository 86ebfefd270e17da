/* SPDX-License-Identifier: Apache-2.0 */
/* Source: RFC 9457. */
#include "front/problem.h"

#include <assert.h>
#include <string.h>

#include "front/call.h"

static const struct front_problem_row rows[FRONT_PROBLEMS] = {
    [FRONT_MALFORMED] =
        {400,
         "malformed",
         {"请求内容不是合格的 JSON", "The body is not strict JSON"},
         {"按所指的行和列改正后重新提交。",
          "Correct the text at the line and column named, then send it again."}},
    [FRONT_UNAUTHENTICATED] =
        {401,
         "unauthenticated",
         {"需要有效的密钥", "A valid key is needed"},
         {"在 Authorization: Bearer 中给出管理员发放的密钥。",
          "Give the key from your administrator as Authorization: Bearer KEY."}},
    [FRONT_FORBIDDEN] =
        {403,
         "forbidden",
         {"无权办理此项操作", "This is not yours to do"},
         {"请由有权限的岗位办理，或请管理员调整权限。",
          "Let someone with the role do it, or ask the administrator for the role."}},
    [FRONT_NOT_FOUND] = {404,
                         "not_found",
                         {"没有找到", "There is no such thing"},
                         {"核对编号或地址；服务目录见 /v1/services，接口说明见 /openapi.json。",
                          "Check the number or address; /v1/services lists services, "
                          "/openapi.json the routes."}},
    [FRONT_METHOD_UNKNOWN] = {405,
                              "method_not_allowed",
                              {"此地址不支持该方法", "This address has no such method"},
                              {"使用 Allow 中列出的方法。", "Use a method that Allow lists."}},
    [FRONT_CONFLICT] = {409,
                        "conflict",
                        {"当前状态不允许此项操作", "The present state does not allow this"},
                        {"查看当前状态后再决定下一步。",
                         "Look at the present state, then decide what to do."}},
    [FRONT_CLAIMED] = {409,
                       "claimed",
                       {"任务已由他人认领", "Somebody else has claimed this task"},
                       {"请与认领人联系，或请科长、督办人员说明理由后接手。",
                        "Ask who has it, or let a head or a supervisor take it over with a reason."}},
    [FRONT_PRECONDITION] = {412,
                            "precondition_failed",
                            {"内容已被他人更改", "It was changed in the meantime"},
                            {"重新读取后以新的 ETag 提交。",
                             "Read it again and send the change with the new ETag."}},
    [FRONT_TOO_LARGE] = {413,
                         "too_large",
                         {"内容过大", "It is too large"},
                         {"缩小内容；较大的文件应作为材料提交。",
                          "Make it smaller; a large file is to be handed in as a material."}},
    [FRONT_MEDIA_TYPE] = {415,
                          "media_type",
                          {"内容类型不被接受", "The media type is not accepted"},
                          {"以 Content-Type: application/json 发送。",
                           "Send it with Content-Type: application/json."}},
    [FRONT_EXPECTATION] = {417,
                           "expectation_failed",
                           {"无法满足 Expect", "The expectation cannot be met"},
                           {"去掉 Expect，或只使用 100-continue。",
                            "Leave Expect out, or use 100-continue."}},
    [FRONT_INVALID] = {422,
                       "invalid",
                       {"内容不符合要求", "The content does not meet the requirements"},
                       {"按 errors 逐项改正后重新提交。",
                        "Correct each item of errors, then send it again."}},
    [FRONT_KEY_REUSED] = {422,
                          "key_reused",
                          {"幂等键已用于其他内容",
                           "The Idempotency-Key was used with another body"},
                          {"新的申请请使用新的 Idempotency-Key。",
                           "Use a new Idempotency-Key for a new application."}},
    [FRONT_TOO_MANY] = {429,
                        "too_many",
                        {"请求过于频繁", "Too many requests"},
                        {"按 Retry-After 的秒数等待后重试。",
                         "Wait as many seconds as Retry-After says, then try again."}},
    [FRONT_HEAD_TOO_LARGE] = {431,
                              "head_too_large",
                              {"请求首部过大", "The request's head is too large"},
                              {"减少首部字段。", "Send fewer or shorter header fields."}},
    [FRONT_INTERNAL] =
        {500,
         "internal",
         {"系统内部错误", "Something failed inside"},
         {"请以同一 Idempotency-Key 重试；仍失败请告知管理员。",
          "Try again with the same Idempotency-Key; tell the administrator if it stays."}},
    [FRONT_NOT_IMPLEMENTED] = {501,
                               "not_implemented",
                               {"不支持该功能", "This is not offered"},
                               {"不使用传输编码，或只使用 chunked。",
                                "Use no transfer coding, or chunked."}},
    [FRONT_UNAVAILABLE] =
        {503,
         "unavailable",
         {"暂时无法受理", "It cannot be taken just now"},
         {"按 Retry-After 的秒数等待后，以同一 Idempotency-Key 重试。",
          "Wait as Retry-After says, then try again with the same Idempotency-Key."}},
    [FRONT_VERSION_UNKNOWN] = {505,
                               "version",
                               {"不支持该 HTTP 版本", "This HTTP version is not spoken here"},
                               {"使用 HTTP/1.1。", "Use HTTP/1.1."}},
    [FRONT_UPLOAD_TYPE] = {415,
                           "document_type",
                           {"文件类型不被接受", "This kind of document is not taken"},
                           {"请以所列格式之一重新保存文件，并如实填写 Content-Type。",
                            "Save the document in one of the formats listed and send it with that Content-Type."}},
    [FRONT_UPLOAD_TOO_LARGE] = {413,
                                "document_too_large",
                                {"文件过大", "The document is too large"},
                                {"请压缩图片、降低扫描分辨率，或分成几份材料上传。",
                                 "Scan it at a lower resolution, or hand it in as several documents."}},
    [FRONT_ERASED] = {410,
                      "erased",
                      {"文件已按规定删除", "The document was erased by rule"},
                      {"该文件不再保存；如仍需要，请向申请人索取。",
                       "It is kept nowhere any more; ask the applicant for it if it is needed."}},
    [FRONT_BAD_REQUEST] = {400,
                           "bad_request",
                           {"请求格式错误", "The request is not well formed"},
                           {"改正请求后重新发送。",
                            "Correct the request, then send it again."}},
};

const struct front_problem_row *front_problem_row(enum front_problem problem)
{
    assert(problem > FRONT_PROBLEM_NONE);
    assert(problem < FRONT_PROBLEMS);
    return &rows[problem];
}

const char *front_json_fault_text(const struct base_json_error *error,
                                  enum front_language language)
{
    static const struct {
        const char *code, *text;
    } texts[] = {
        {"syntax", "不符合 JSON 语法。"},
        {"utf8", "不是有效的 UTF-8。"},
        {"duplicate_key", "对象中的键重复。"},
        {"nul", "文本中不允许 NUL 字符。"},
        {"depth", "嵌套超过 64 层。"},
        {"nodes", "值的数量超过上限。"},
        {"number", "数字格式错误或超出范围。"},
        {"trailing", "JSON 值之后还有多余内容。"},
        {"empty", "没有内容，应为一个 JSON 值。"},
        {"string", "字符串中有未转义的控制字符或错误的转义。"},
    };

    if (language != FRONT_ZH_CN)
        return error->text;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i].code, error->code) == 0)
            return texts[i].text;
    return error->text;
}

static void put_item(struct base_buffer *body, const struct front_problem_item *item)
{
    base_json_open(body, NULL, '{');
    base_json_put_text(body, "pointer", item->pointer == NULL ? "" : item->pointer);
    base_json_put_text(body, "code", item->code);
    base_json_put_text(body, "detail", item->detail);
    if (item->line > 0) {
        base_json_put_i64(body, "line", item->line);
        base_json_put_i64(body, "column", item->column);
    }
    base_json_close(body, '}');
}

static void put_problem(struct base_buffer *body, const struct front_call *call,
                        const struct front_problem_row *row, const char *detail,
                        const struct front_problem_item *items, size_t count)
{
    enum front_language language = call->request.language;

    base_json_open(body, NULL, '{');
    base_json_put_raw(body, "type", "\"/problems/", 11);
    base_buffer_put_text(body, row->code);
    base_buffer_put(body, "\"", 1);
    base_json_put_text(body, "title", row->title[language]);
    base_json_put_i64(body, "status", row->status);
    if (detail != NULL)
        base_json_put_text(body, "detail", detail);
    if (call->path[0] != '\0')
        base_json_put_text(body, "instance", call->path);
    base_json_put_text(body, "remedy", row->remedy[language]);
    if (count > 0) {
        base_json_open(body, "errors", '[');
        for (size_t i = 0; i < count; i++)
            put_item(body, &items[i]);
        base_json_close(body, ']');
    }
    base_json_close(body, '}');
}

/* Header lines that a status owes by itself. */
static const char *owed_headers(int status, const char *given)
{
    if (given != NULL && strncmp(given, "Retry-After:", 12) == 0)
        return "";
    if (status == 401)
        return "WWW-Authenticate: Bearer\r\n";
    return status == 429 || status == 503 ? "Retry-After: 1\r\n" : "";
}

void front_call_refuse(struct front_call *call, enum front_problem problem, const char *detail,
                       const struct front_problem_item *items, size_t count,
                       const char *headers)
{
    const struct front_problem_row *row = front_problem_row(problem);
    struct base_buffer body = {0}, lines = {0};

    put_problem(&body, call, row, detail, items, count);
    base_buffer_put_text(&lines, owed_headers(row->status, headers));
    base_buffer_put_text(&lines, call->request.language == FRONT_EN
                                     ? "Content-Language: en\r\n"
                                     : "Content-Language: zh-CN\r\n");
    base_buffer_put_text(&lines, headers == NULL ? "" : headers);
    front_answer(&call->request, row->status, "application/problem+json",
                 base_buffer_text(&lines), &body);
    base_buffer_fini(&lines);
}

void front_answer_problem(struct front_request *request, enum front_problem problem,
                          const char *detail, const struct front_problem_item *items,
                          size_t count)
{
    front_call_refuse(front_call_of(request), problem, detail, items, count, NULL);
}
