/* SPDX-License-Identifier: Apache-2.0 */
/* The outline of a QR code: drawn again here, it has the corners that a reader looks for, and a margin. */
#include "front/qr.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "lib/check.h"

#define SIDE_MAX 200

static char drawn[SIDE_MAX][SIDE_MAX];

/* Draw "Mx yhNv1h-Nz..."; returns how many runs there were, -1 when something else stood there. */
static int draw(const char *path)
{
    int x, y, length, back, used, count = 0;

    memset(drawn, 0, sizeof(drawn));
    for (; *path != '\0'; path += used, count++) {
        used = 0;
        if (sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &length, &back, &used) != 4 || used == 0 || length != back)
            return -1;
        for (int i = 0; i < length; i++)
            drawn[y][x + i] = 1;
    }
    return count;
}

/* Seven by seven: a ring, a light ring, a core. */
static bool is_finder(int x, int y)
{
    for (int row = 0; row < 7; row++)
        for (int column = 0; column < 7; column++) {
            bool is_ring = row == 0 || row == 6 || column == 0 || column == 6;
            bool is_core = row >= 2 && row <= 4 && column >= 2 && column <= 4;
            if (drawn[y + row][x + column] != (is_ring || is_core))
                return false;
        }
    return true;
}

static struct base_json *put(const char *text, int *rc)
{
    struct base_buffer buffer = {0};
    struct base_json_error error;
    struct base_json *json = NULL;

    base_json_open(&buffer, NULL, '{');
    *rc = front_qr_put(&buffer, "qr", text);
    base_json_close(&buffer, '}');
    assert_int_equal(OD_OK, base_json_parse(buffer.bytes, buffer.size, &json, &error));
    base_buffer_fini(&buffer);
    return json;
}

static void has_corners_and_a_margin(void **state)
{
    static const char *const texts[] = {"x", "https://zwfw.binhe.example/track/20261129-000001-4", "http://[::1]:8080/track/1", "一件事"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int rc;
        struct base_json *json = put(texts[i], &rc);
        int size = (int)base_json_number(base_json_member(base_json_member(json, "qr"), "size"));

        CHECK_I64(OD_OK, rc, texts[i]);
        CHECK(size >= 21 + 2 * FRONT_QR_QUIET && (size - 21 - 2 * FRONT_QR_QUIET) % 4 == 0, texts[i]);
        CHECK(draw(base_json_member_text(base_json_member(json, "qr"), "path")) > 0, texts[i]);
        CHECK(is_finder(FRONT_QR_QUIET, FRONT_QR_QUIET), "top left");
        CHECK(is_finder(size - FRONT_QR_QUIET - 7, FRONT_QR_QUIET), "top right");
        CHECK(is_finder(FRONT_QR_QUIET, size - FRONT_QR_QUIET - 7), "bottom left");
        for (int at = 0; at < size; at++)
            for (int edge = 0; edge < FRONT_QR_QUIET; edge++)
                CHECK(!drawn[edge][at] && !drawn[at][edge] && !drawn[size - 1 - edge][at] && !drawn[at][size - 1 - edge], "quiet zone");
        base_json_destroy(json);
    }
}

static void holds_its_limit(void **state)
{
    char text[FRONT_QR_TEXT_MAX + 2];
    int rc;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[FRONT_QR_TEXT_MAX] = '\0';
    struct base_json *json = put(text, &rc);
    CHECK_I64(OD_OK, rc, "at the limit");
    base_json_destroy(json);
    text[FRONT_QR_TEXT_MAX] = 'a';
    text[FRONT_QR_TEXT_MAX + 1] = '\0';
    json = put(text, &rc);
    CHECK_I64(OD_ELIMIT, rc, "limit + 1");
    CHECK(base_json_member(json, "qr") == NULL, "nothing is put");
    base_json_destroy(json);
    json = put("", &rc);
    CHECK_I64(OD_EINVAL, rc, "an empty text");
    CHECK(base_json_member(json, "qr") == NULL, "nothing is put");
    base_json_destroy(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_corners_and_a_margin),
        cmocka_unit_test(holds_its_limit),
    };

    return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
