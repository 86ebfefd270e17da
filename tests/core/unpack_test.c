/* SPDX-License-Identifier: Apache-2.0 */
/* Packed states made by hand, byte by byte: what is out of range, too long or not the one form of a state is refused.
 * Each row puts bytes into a sound state of one task in place of others. */
#include <stdlib.h>
#include <string.h>

#include "core/office.h"
#include "core/pack.h"

/* Offsets in the sound state. */
enum { STATUS = 2, FLAGS = 3, ID = 4, RECEIVED = 6, DAY = 8, ACCEPTED = 11, CLOSED = 13, CLOCK = 14, STOPS = 17, TASK = 17, SINCE = 21, TASK_CLOCK = 22, END = 24 };

static const uint8_t sound[END] = {
    PACK_VERSION, 1, CORE_STATUS_IN_REVIEW, 0, /* no outcome, no flag */
    1, 1,                                      /* id, revision */
    0xd0, 0x0f,                                /* received 1000 ms after 1970 */
    100, 100, 100,                             /* received, counted and accepted on day 100 */
    0, 0, 0,                                   /* not accepted, decided, closed by a moment */
    0, 0, 0,                                   /* three clocks that are none */
    CORE_TASK_QUEUED, 0, 0, 0, 0, 0, 0,        /* flags, attempt, epoch, since; two clocks */
};

struct patch {
    size_t at;
    size_t removed;
    size_t size;
    uint8_t bytes[40];
};

#define BYTES(...) .size = sizeof((uint8_t[]){__VA_ARGS__}), .bytes = {__VA_ARGS__}
#define IN(at_, removed_, ...) {.at = (at_), .removed = (removed_), BYTES(__VA_ARGS__)}
#define FF9 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define STATE_FIELDS (CORE_CLOCK_RUNNING | CLOCK_FIELDS)

static const struct {
    struct patch first, second; /* size 0 = none; the second lies after the first */
    bool is_sound;
    const char *why;
} rows[] = {
    {{0}, {0}, true, "as it is"},
    {IN(ID, 1, FF9, 1), {0}, true, "the longest number"},
    {IN(ID, 1, FF9, 2), {0}, false, "beyond 64 bits"},
    {IN(ID, 1, FF9, 0x81, 0), {0}, false, "eleven bytes"},
    {IN(ID, 1, 0x81, 0), {0}, false, "one in two bytes"},
    {IN(ID, 1, 0x80, 0), {0}, false, "zero in two bytes"},
    {IN(STATUS, 1, 0), {0}, false, "no status"},
    {IN(STATUS, 1, CORE_STATUS_RECEIVED), {0}, true, "the last status"},
    {IN(STATUS, 1, CORE_STATUS_RECEIVED + 1), {0}, false, "no such status"},
    {IN(STATUS, 1, CORE_STATUS_DECIDED | (CORE_OUTCOME_NOT_REQUIRED + 1) << 4), {0}, false, "no such outcome"},
    {IN(FLAGS, 1, 0x0f), {0}, true, "every flag"},
    {IN(FLAGS, 1, HEAD_TOLD), IN(STOPS, 0, CORE_TELLING_AWAITED, 6), true, "a receipt is awaited"},
    {IN(FLAGS, 1, HEAD_TOLD), IN(STOPS, 0, CORE_TELLING_PRESUMED, 0), true, "presumed on the day of the receipt"},
    {IN(FLAGS, 1, HEAD_TOLD), IN(STOPS, 0, CORE_TELLING_NONE, 6), false, "told, and by nothing"},
    {IN(FLAGS, 1, HEAD_TOLD), IN(STOPS, 0, CORE_TELLING_PRESUMED + 1, 6), false, "told by what there is not"},
    {IN(FLAGS, 1, HEAD_TOLD), IN(STOPS, 0, CORE_TELLING_AWAITED, 0xc7, 0x01), false, "on day 0, which means none"},
    {IN(RECEIVED, 2, 1), {0}, false, "received before 1970"},
    {IN(RECEIVED, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), {0}, false, "received after the end of time"},
    {IN(DAY, 1, 0xe0, 0x80, 0xb3, 0x01), {0}, true, "day 2932832"},
    {IN(DAY, 1, 0xa1, 0x81, 0xb3, 0x01), {0}, false, "day 2932897, the first after 9999"},
    {IN(ACCEPTED, 1, 1), {0}, true, "accepted in the moment of the receipt"},
    {IN(ACCEPTED, 1, 0xd0, 0x0f), {0}, false, "accepted in the first moment, which means never"},
    {IN(CLOSED, 1, 0xd2, 0x0f), {0}, false, "closed before 1970"},
    {IN(CLOSED, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), {0}, false, "closed after the end of time"},
    {IN(CLOCK, 1, CORE_CLOCK_STOPPED), {0}, true, "a clock that has stopped"},
    {IN(CLOCK, 1, CORE_CLOCK_STOPPED + 1), {0}, false, "no such state"},
    {IN(CLOCK, 1, CORE_CLOCK_RUNNING | CLOCK_FIELDS << 1), {0}, false, "no such flag of a clock"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_START, 0), {0}, true, "begun on the day of the receipt"},
    {IN(CLOCK, 1, STATE_FIELDS, 0), {0}, false, "fields, and none of them"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_HOURS << 1, 0), {0}, false, "no such field"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_START, 0xc7, 0x01), {0}, false, "a day that is there and zero"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_DUE, 0xc9, 0x01), {0}, false, "due before 1970"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_EXTENDED, 1, 10), {0}, true, "extended once by ten"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_EXTENDED, 0, 0), {0}, false, "extended, and not"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_EXTENDED, 0x80, 2, 1), {0}, false, "256 extensions"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_HOURS, 1, 61, 31, 0xff, 0xff, 3), {0}, true, "an hour, 32767 minutes before UTC"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_HOURS, 1, 0, 31, 0), {0}, false, "hours that are due never"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_HOURS, 1, 61, 31, 0x80, 0x80, 4), {0}, false, "32768 minutes ahead of UTC"},
    {IN(CLOCK, 1, STATE_FIELDS, FIELD_HOURS, 0x80, 0x80, 0x80, 0x80, 8, 61, 31, 0), {0}, false, "a minute beyond 31 bits"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 1, 0, 0, 0, 0), true, "one notice"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 0, 0, 0, 0, 0), false, "what is rare, and nothing of it"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 0, 0, 0, 0, 1), true, "a notice at the first minute of the day"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 1, 0, 0, 0, 0x80, 0xca, 0x11), false, "a notice at the first minute of all, which means none"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 1, 0, 0, 0, 0x82, 0xca, 0x11), false, "a notice before 1970"},
    {IN(FLAGS, 1, HEAD_RARE), IN(CLOCK, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f), false, "a notice after the end of time"},
    {IN(FLAGS, 1, HEAD_ALONE), IN(STOPS, 0, 0, 0, CORE_CLOCK_MET), true, "a delivery"},
    {IN(FLAGS, 1, HEAD_ALONE), IN(STOPS, 0, 0, 0, 0), false, "clocks that stand alone, and none of them"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 0, CORE_PAUSE_HEARING, 0, 7, 0), true, "one stop that lasts"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 0, CORE_PAUSE_SUPPLEMENT, 0, 7, 3, 9), true, "and one that is over"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 0), false, "stops, and none of them"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, CORE_STOPS_MAX + 1), false, "more than there may be"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 1, CORE_PAUSE_HEARING, 0, 7, 0), false, "of a task that is none"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 0, CORE_PAUSE_NONE, 0, 7, 0), false, "of no kind"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 0, CORE_PAUSE_SUPPLEMENT + 1, 0, 7, 0), false, "no such kind"},
    {IN(FLAGS, 1, HEAD_STOPS), IN(STOPS, 0, 1, 0, CORE_PAUSE_HEARING, 0, 7, 0xc8, 0x01, 9), false, "over on day 0, which means that it lasts"},
    {IN(TASK, 1, 0), {0}, false, "a task without a state"},
    {IN(TASK, 1, CORE_TASK_SKIPPED), {0}, true, "the last state"},
    {IN(TASK, 1, CORE_TASK_SKIPPED + 1), {0}, false, "no such state of a task"},
    {IN(TASK, 1, CORE_TASK_DONE | (CORE_OPINION_NOT_APPLICABLE + 1) << 4), {0}, false, "no such opinion"},
    {IN(TASK + 1, 1, 0xff), {0}, true, "every flag of a task"},
    {IN(SINCE, 1, 0xd1, 0x0f), {0}, false, "since before 1970"},
    {IN(TASK, 1, CORE_TASK_PARKED | TASK_RARE), IN(TASK_CLOCK, 0, CORE_PARK_BY_CONNECTOR, 0, 0, 0, 0, 0), true, "parked"},
    {IN(TASK, 1, CORE_TASK_PARKED | TASK_RARE), IN(TASK_CLOCK, 0, CORE_PARK_BY_CONNECTOR + 1, 0, 0, 0, 0, 0), false, "no such reason"},
    {IN(TASK, 1, CORE_TASK_PAUSED | TASK_RARE), IN(TASK_CLOCK, 0, 0, CORE_PAUSE_AUCTION, 0, 0, 0, 0), true, "paused"},
    {IN(TASK, 1, CORE_TASK_PAUSED | TASK_RARE), IN(TASK_CLOCK, 0, 0, CORE_PAUSE_SUPPLEMENT, 0, 0, 0, 0), false, "a request is no pause"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 0, 0, 0, 0, 0, 0, 0), false, "what is rare of a task, and nothing of it"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 0, 0, 0, 0, 0, 0, MORE_STAGES << 1), false, "no such part of a task"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 2, 0, 0, 0, 0, 0, MORE_WATCH, 0, 0, 5, 0), true, "a watch of five days"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 2, 0, 0, 0, 0, 0, MORE_WATCH, 0, 0, 0, 0), false, "a watch that is none"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 2, 0, 0, 0, 0, 0, MORE_WATCH, 0, 0, 0xc3, 0x1c, 0), false, "a watch of 3651 days"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 2, 0, 0, 0, 0, 0, MORE_STAGES, 0, 0, 0, 0, 0, 0, 0, CORE_CLOCK_MET), true, "a last stage"},
    {IN(TASK, 1, CORE_TASK_QUEUED | TASK_RARE), IN(TASK_CLOCK, 2, 0, 0, 0, 0, 0, MORE_STAGES, 0, 0, 0, 0, 0, 0, 0, 0), false, "stages, and none of them"},
};

static size_t put(uint8_t *bytes, size_t size, const struct patch *patch)
{
    if (patch->size == 0)
        return size;
    size_t rest = size - patch->at - patch->removed;
    memmove(bytes + patch->at + patch->size, bytes + patch->at + patch->removed, rest);
    memcpy(bytes + patch->at, patch->bytes, patch->size);
    return patch->at + patch->size + rest;
}

static void every_byte_has_its_range(void **state)
{
    struct core_application *application = calloc(1, core_application_size(1));

    (void)state;
    assert_non_null(application);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[128], again[128];
        memcpy(bytes, sound, sizeof(sound));
        size_t size = put(bytes, sizeof(sound), &rows[i].second); /* the later one first: offsets stay */
        size = put(bytes, size, &rows[i].first);
        int rc = core_application_unpack(application, bytes, size);
        if (rc != (rows[i].is_sound ? OD_OK : OD_ESYNTAX))
            fail_msg("%s: %d", rows[i].why, rc);
        if (rc != OD_OK)
            continue;
        assert_int_equal(size, core_application_pack(application, again, sizeof(again)));
        assert_memory_equal(bytes, again, size);
    }
    free(application);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_its_range),
    };

    return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
