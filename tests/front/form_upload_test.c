/* SPDX-License-Identifier: Apache-2.0 */
/* A page's form with files, over an engine that takes what comes: pieces, back-pressure, clients that drip, leave, or send what
 * is no form. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/connection.h"
#include "front/pages_visit.h"
#include "lib/check.h"
#include "stage.h"

#define TARGET "POST /track/20261129-000001-4/documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=xyz\r\n"
#define FILE_HEAD "--xyz\r\nContent-Disposition: form-data; name=\"d.plan\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
#define FIELD "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
#define END "\r\n--xyz--\r\n"

static struct {
    struct front_request *request; /* the file under way */
    size_t asked, pieces, ends, gone, largest;
    uint64_t size, sum;
    char query[256], media_type[64];
    bool is_late, is_refused;
} desk;

static void answer(struct front_request *request, int status)
{
    struct base_buffer body = {0};

    base_buffer_put_format(&body, "{\"sha256\":\"%064d\",\"size\":%llu}", 0, (unsigned long long)desk.size);
    desk.request = NULL;
    front_answer(request, status, "application/json", NULL, &body);
}

static void on_piece(struct front_request *request, const void *bytes, size_t size)
{
    desk.pieces++;
    desk.size += size;
    desk.largest = size > desk.largest ? size : desk.largest;
    for (size_t i = 0; i < size; i++)
        desk.sum += ((const unsigned char *)bytes)[i];
    if (desk.is_refused)
        answer(request, 413);
    else
        front_upload_next(request);
}

static void on_end(struct front_request *request)
{
    CHECK(request->is_upload_whole, "its end is known");
    desk.ends++;
    answer(request, 201);
}

static const struct front_taker taker = {.on_piece = on_piece, .on_end = on_end};

static void on_gone(struct front_request *request)
{
    desk.gone++;
    answer(request, 400);
}

static void perform(void *owner, struct front_request *request)
{
    struct base_buffer body = {0};

    (void)owner;
    if (request->route != FRONT_APPLICATION_MATERIAL_ADD) {
        base_buffer_put_text(&body, "{}");
        front_answer(request, 200, "application/json", NULL, &body);
        return;
    }
    CHECK(request->is_streamed && request->upload_size == UINT64_MAX, "its size is not known");
    desk.asked++;
    desk.request = request;
    snprintf(desk.query, sizeof(desk.query), "%.*s", (int)request->query_size, request->query);
    snprintf(desk.media_type, sizeof(desk.media_type), "%s", request->media_type);
    request->on_gone = on_gone;
    if (!desk.is_late)
        front_upload_start(request, &taker);
}

static const struct front_ops ops = {.perform = perform};

static void open_stage(struct stage *stage, uint32_t upload_timeout_ms)
{
    memset(&desk, 0, sizeof(desk));
    *stage = (struct stage){.options = {.ops = &ops, .is_demo = true, .upload_timeout_ms = upload_timeout_ms, .body_timeout_ms = 50}};
    stage_open(stage);
}

static char bytes[5 * FRONT_UPLOAD_PIECE_MAX + 17];

static uint64_t fill(void)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 31 % 251);
        sum += (unsigned char)bytes[i];
    }
    return sum;
}

static void send_head(struct stage *stage, int fd, size_t size)
{
    char head[512];

    snprintf(head, sizeof(head), TARGET "Content-Length: %zu\r\n\r\n", size);
    stage_send_text(stage, fd, head);
}

static void hands_a_file_on_as_it_comes(void **state)
{
    static struct stage stage;
    char text[8192];

    (void)state;
    for (int is_late = 0; is_late < 2; is_late++) {
        open_stage(&stage, 0);
        desk.is_late = is_late;
        uint64_t sum = fill();
        int fd = stage_connect(&stage);
        send_head(&stage, fd, strlen(FIELD FILE_HEAD END) + sizeof(bytes));
        stage_send_text(&stage, fd, FIELD FILE_HEAD);
        for (int i = 0; is_late && desk.request == NULL && i < 1000; i++)
            stage_turn(&stage);
        if (is_late)
            front_upload_start(desk.request, &taker);
        stage_send(&stage, fd, bytes, sizeof(bytes));
        stage_send_text(&stage, fd, END);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(303, stage_status(text), "all of it was taken");
        CHECK_I64(sizeof(bytes), desk.size, "all of it");
        CHECK_I64(sum, desk.sum, "byte for byte");
        CHECK_I64(1, desk.ends, "it ends once");
        CHECK(desk.largest <= FRONT_UPLOAD_PIECE_MAX, "no piece is larger than was promised");
        CHECK_TEXT("name=a.pdf&material=plan", desk.query, "its name, and what it is");
        CHECK_TEXT("application/pdf", desk.media_type, "and its type");
        close(fd);
        stage_close(&stage);
    }
}

static void reads_on_behind_one_that_is_refused(void **state)
{
    static struct stage stage;
    static char text[1 << 18];

    (void)state;
    open_stage(&stage, 0);
    desk.is_refused = true;
    fill();
    int fd = stage_connect(&stage);
    send_head(&stage, fd, strlen(FILE_HEAD END) + sizeof(bytes));
    stage_send_text(&stage, fd, FILE_HEAD);
    stage_send(&stage, fd, bytes, sizeof(bytes));
    stage_send_text(&stage, fd, END);
    stage_read_answers(&stage, fd, text, sizeof(text), 1);
    CHECK_I64(1, desk.pieces, "no more of it is handed on");
    CHECK_I64(0, desk.ends, "and it does not end");
    CHECK(stage_status(text) >= 200, "the page comes all the same");
    close(fd);
    stage_close(&stage);
}

static void cuts_a_form_that_drips(void **state)
{
    static struct stage stage;
    bool is_cut = false;
    uint64_t begin_ms = uv_hrtime() / 1000000;

    (void)state;
    open_stage(&stage, 120);
    int fd = stage_connect(&stage);
    send_head(&stage, fd, 100000000);
    stage_send_text(&stage, fd, FILE_HEAD);
    while (!is_cut && uv_hrtime() / 1000000 - begin_ms < 5000) {
        stage_send_text(&stage, fd, "a drop");
        is_cut = stage_is_cut(&stage, fd, 5);
    }
    CHECK(is_cut, "drops do not move the deadline");
    CHECK_I64(1, desk.asked, "the file had begun");
    CHECK_I64(1, desk.gone, "its taker is told");
    close(fd);
    stage_close(&stage); /* sees that nothing is left */
}

static void lets_go_of_a_form_with_its_client(void **state)
{
    static const char *const parts[] = {"", "--xyz\r\nCont", FIELD, FIELD FILE_HEAD, FIELD FILE_HEAD "bytes"};
    static struct stage stage;

    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        open_stage(&stage, 0);
        int fd = stage_connect(&stage);
        send_head(&stage, fd, 100000);
        stage_send_text(&stage, fd, parts[i]);
        for (int k = 0; k < 50; k++)
            stage_turn(&stage);
        close(fd);
        for (int k = 0; k < 200; k++)
            stage_turn(&stage);
        CHECK_I64(desk.asked, desk.gone, "who takes a file learns it");
        CHECK(desk.request == NULL, "and has answered");
        stage_close(&stage);
    }
}

/* FRONT_VISIT_FILES_MAX, FRONT_VISIT_FORM_MAX and FRONT_VISIT_BODY_MAX. */
static void keeps_its_limits(void **state)
{
    static struct stage stage;
    static char text[1 << 18], form[FRONT_VISIT_FORM_MAX + 1024];
    char head[512];

    (void)state;
    for (int more = 0; more < 2; more++) {
        size_t used = 0;

        open_stage(&stage, 0);
        for (int i = 0; i < FRONT_VISIT_FILES_MAX + more; i++)
            used += (size_t)snprintf(form + used, sizeof(form) - used,
                                     "--xyz\r\nContent-Disposition: form-data; name=\"d.m%d\"; filename=\"a\"\r\n\r\nx\r\n", i);
        used += (size_t)snprintf(form + used, sizeof(form) - used, "--xyz--\r\n");
        int fd = stage_connect(&stage);
        send_head(&stage, fd, used);
        stage_send(&stage, fd, form, used);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(more ? 413 : 303, stage_status(text), "files");
        CHECK_I64(FRONT_VISIT_FILES_MAX, desk.ends, "those before it were taken");
        close(fd);
        used = (size_t)snprintf(form, sizeof(form), "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        memset(form + used, 'x', FRONT_VISIT_FORM_MAX - 1 + (size_t)more);
        used += FRONT_VISIT_FORM_MAX - 1 + (size_t)more;
        used += (size_t)snprintf(form + used, sizeof(form) - used, END);
        fd = stage_connect(&stage);
        send_head(&stage, fd, used);
        stage_send(&stage, fd, form, used);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(more ? 413 : 303, stage_status(text), "what is typed, with its name");
        close(fd);
        fd = stage_connect(&stage);
        snprintf(head, sizeof(head), TARGET "Expect: 100-continue\r\nContent-Length: %lld\r\n\r\n", (long long)FRONT_VISIT_BODY_MAX + more);
        stage_send_text(&stage, fd, head);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK_I64(more ? 413 : 100, stage_status(text), "what is announced");
        close(fd);
        stage_close(&stage);
    }
}

/* The next field must not hide that. */
static void sends_no_field_that_was_cut(void **state)
{
    static const char head[] = "--xyz\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n";
    static struct stage stage;
    static char text[1 << 18], form[20000];
    int refused = 0;

    (void)state;
    for (uint64_t nth = 0; nth < 4; nth++) {
        open_stage(&stage, 0);
        int fd = stage_connect(&stage);
        send_head(&stage, fd, strlen(head) + sizeof(form) + 2 + strlen(FIELD END) - 2);
        stage_send_text(&stage, fd, head);
        for (int i = 0; i < 20; i++)
            stage_turn(&stage);
        memset(form, 'x', sizeof(form));
        base_alloc_fail_at(nth);
        stage_send(&stage, fd, form, sizeof(form));
        for (int i = 0; i < 20; i++)
            stage_turn(&stage);
        base_alloc_fail_at(0);
        stage_send_text(&stage, fd, "\r\n" FIELD);
        stage_send_text(&stage, fd, END + 2);
        stage_read_answers(&stage, fd, text, sizeof(text), 1);
        CHECK(nth > 0 || stage_status(text) == 303, "all of it was taken");
        refused += stage_status(text) == 503;
        close(fd);
        stage_close(&stage);
    }
    CHECK_I64(1, refused, "of the first allocations one is of what is typed, where it has no memory it is refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_a_file_on_as_it_comes),
        cmocka_unit_test(reads_on_behind_one_that_is_refused),
        cmocka_unit_test(cuts_a_form_that_drips),
        cmocka_unit_test(lets_go_of_a_form_with_its_client),
        cmocka_unit_test(keeps_its_limits),
        cmocka_unit_test(sends_no_field_that_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
