/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzz target on small files of our own and what a fixed random source makes of them:
 * lines cut, doubled, swapped, words of the format in wrong places. The same runs each time. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/check.h"
#include "lib/mutate.h"

#define ROUNDS 60000
#define INPUT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define WRAPPED(body) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" body "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\nSUMMARY:Day\r\n" lines "END:VEVENT\r\n"
#define ZONE                                                                                           \
    "BEGIN:VTIMEZONE\r\nTZID:Town\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n" \
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"    \
    "DTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRDATE:19710329T020000\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

static const char *const seeds[] = {
    WRAPPED(EVENT("DTSTART;VALUE=DATE:20240501\r\nDTEND;VALUE=DATE:20240506\r\n") "BEGIN:VEVENT\r\nSUMMARY:上班(补)\r\nDTSTART:20240428\r\nEND:VEVENT\r\n"),
    WRAPPED(ZONE EVENT("UID:a\r\nDTSTART;TZID=Town:20240501T220000\r\nDTEND:20240501T220000Z\r\nRRULE:FREQ=YEARLY;UNTIL=20300501T000000Z\r\nEXDATE;TZID=Town:20250501T220000\r\n")
            EVENT("UID:a\r\nRECURRENCE-ID;TZID=Town:20260501T220000\r\nDTSTART:20260502T220000Z\r\nDURATION:PT36H\r\n")),
    WRAPPED("X-WR-TIMEZONE:Asia/Shanghai\r\n" EVENT("DTSTART:20231001T160000Z\r\nRRULE:FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO,-1FR;BYSETPOS=1;COUNT=20\r\n")),
    WRAPPED(EVENT("DTSTART:20240101\r\nRRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2;WKST=SU\r\nRDATE:20240201,20240301\r\n")
            EVENT("DTSTART:20240509T000000\r\nRDATE;VALUE=PERIOD:20240601T000000/P3D,20240701T000000/20240702T000000\r\nSTATUS:CONFIRMED\r\n")),
    WRAPPED(EVENT("DTSTART:20240102\r\nRRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20250101\r\nDESCRIPTION:Observance - not\\, a day off\r\n")),
    WRAPPED(EVENT("DTSTART:20240101\r\nRRULE:FREQ=YEARLY;BYYEARDAY=1,-1;BYWEEKNO=1;COUNT=5\r\n")),
};

static const char *const words[] = {
    "\r\n", "\n ", "\t", ":", ";", ",", "\"", "\\", "=", "-", "+", "0", "9", "T", "Z", "P", "/", "\xff", "\xe4\xb8", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n",
    "BEGIN:VTIMEZONE\r\n", "END:VTIMEZONE\r\n", "DTSTART:", "DTEND:", "DURATION:P1D\r\n", "RRULE:FREQ=DAILY\r\n", "FREQ=", "COUNT=", "UNTIL=", "INTERVAL=", "BYDAY=",
    "BYMONTH=2", "BYMONTHDAY=30", "BYYEARDAY=366", "BYWEEKNO=53", "BYSETPOS=-1", "EXDATE:", "RDATE;VALUE=PERIOD:", "RECURRENCE-ID:", "TZID=Town", "TZID=Europe/London",
    "16010101T000000", "99991231", "20240229", "STATUS:CANCELLED\r\n", "补班", "SUMMARY:", "UID:a\r\n",
};

/* Start and size of a random line. */
static size_t line_pick(const char *text, size_t used, size_t *size)
{
    size_t at = mutate_random_below(used), end = at;

    while (at > 0 && text[at - 1] != '\n')
        at--;
    while (end < used && text[end] != '\n')
        end++;
    *size = (end < used ? end + 1 : end) - at;
    return at;
}

static size_t mutate(char *text, size_t used)
{
    char copy[INPUT_MAX];
    size_t size, at;

    if (used < 2)
        return used;
    switch (mutate_random_below(6)) {
    case 0: text[mutate_random_below(used)] = (char)mutate_random_below(256); return used;
    case 1: return used - mutate_random_below(used / 4 + 1); /* cut off */
    case 2: {
        const char *word = words[mutate_random_below(COUNT(words))];
        at = mutate_random_below(used);
        size_t cut = mutate_random_below(3) == 0 ? mutate_random_below(used - at < 12 ? used - at : 12) : 0;
        return mutate_splice(text, used, INPUT_MAX, at, cut, word, strlen(word));
    }
    case 3: at = line_pick(text, used, &size); return mutate_splice(text, used, INPUT_MAX, at, size, "", 0);
    case 4:
        at = line_pick(text, used, &size);
        memcpy(copy, text + at, size);
        return mutate_splice(text, used, INPUT_MAX, line_pick(text, used, &at), 0, copy, size);
    default: {
        const char *other = seeds[mutate_random_below(COUNT(seeds))];
        size_t other_size = strlen(other), start = mutate_random_below(other_size);
        size = mutate_random_below(other_size - start);
        return mutate_splice(text, used, INPUT_MAX, mutate_random_below(used), 0, other + start, size);
    }
    }
}

static void whatever_the_bytes_it_loads_or_is_refused(void **unused)
{
    static char text[INPUT_MAX];

    (void)unused;
    for (size_t i = 0; i < COUNT(seeds); i++)
        CHECK_I64(0, LLVMFuzzerTestOneInput((const uint8_t *)seeds[i], strlen(seeds[i])), "a seed");
    for (size_t round = 0; round < ROUNDS; round++) {
        const char *seed = seeds[round % COUNT(seeds)];
        size_t used = strlen(seed);
        memcpy(text, seed, used);
        for (size_t steps = 1 + mutate_random_below(6); steps > 0; steps--)
            used = mutate(text, used);
        char *input = malloc(used + 1); /* of its own size, so that a read past it is seen */
        CHECK(input != NULL, "memory");
        memcpy(input, text, used);
        CHECK_I64(0, LLVMFuzzerTestOneInput((const uint8_t *)input, used), "a mutant");
        free(input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whatever_the_bytes_it_loads_or_is_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
