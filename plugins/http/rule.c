/* SPDX-License-Identifier: Apache-2.0 */
#include "rule.h"

#include <stdlib.h>
#include <string.h>

#include <onedoor/error.h>

static const char *const cause_names[] = {
    [CAUSE_NONE] = "", [CAUSE_STATUS] = "status", [CAUSE_UNREACHABLE] = "unreachable", [CAUSE_BROKEN] = "broken",
    [CAUSE_TIMEOUT] = "timeout", [CAUSE_TOO_LARGE] = "too_large", [CAUSE_LIMITED] = "limited",
    [CAUSE_DENIED] = "denied", [CAUSE_GARBAGE] = "garbage",
};

static const char *const meaning_names[] = {
    [MEANING_NONE] = "", [MEANING_NOTHING] = "none", [MEANING_UNKNOWN] = "unknown", [MEANING_DONE] = "done",
    [MEANING_LOOKUP] = "lookup", [MEANING_OPINION] = "opinion", [MEANING_NEED_INPUT] = "need_input",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Anything that may have been registered is unknown until somebody has looked. */
static const struct rule defaults[] = {
    {CAUSE_UNREACHABLE, 0, 0, MEANING_NOTHING, RETRY_DEFAULT},
    {CAUSE_LIMITED, 0, 0, MEANING_NOTHING, RETRY_DEFAULT},
    {CAUSE_DENIED, 0, 0, MEANING_NOTHING, RETRY_DEFAULT},
    {CAUSE_STATUS, 408, 408, MEANING_UNKNOWN, RETRY_DEFAULT},
    {CAUSE_STATUS, 409, 409, MEANING_LOOKUP, RETRY_DEFAULT},
    {CAUSE_STATUS, 425, 425, MEANING_NOTHING, RETRY_DEFAULT},
    {CAUSE_STATUS, 429, 429, MEANING_NOTHING, RETRY_DEFAULT},
    {CAUSE_STATUS, 300, 499, MEANING_NOTHING, RETRY_NEVER},
    {CAUSE_STATUS, 100, 599, MEANING_UNKNOWN, RETRY_DEFAULT},
    {CAUSE_BROKEN, 0, 0, MEANING_UNKNOWN, RETRY_DEFAULT},
    {CAUSE_TIMEOUT, 0, 0, MEANING_UNKNOWN, RETRY_DEFAULT},
    {CAUSE_TOO_LARGE, 0, 0, MEANING_UNKNOWN, RETRY_DEFAULT},
    {CAUSE_GARBAGE, 0, 0, MEANING_UNKNOWN, RETRY_DEFAULT},
};

/* RFC 9110, 15.6.4: not now. Without Retry-After it may come from a gateway in front that gave up waiting. */
static const struct rule busy = {CAUSE_STATUS, 503, 503, MEANING_NOTHING, RETRY_DEFAULT};
static const struct rule otherwise = {CAUSE_NONE, 0, 0, MEANING_UNKNOWN, RETRY_DEFAULT};

static int word_find(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return (int)i;
    }
    return 0;
}

/* "422" or "4xx". */
static int status_read(const char *when, struct rule *rule)
{
    if (strlen(when) != 3 || when[0] < '1' || when[0] > '5')
        return OD_EINVAL;
    rule->cause = CAUSE_STATUS;
    if (strcmp(when + 1, "xx") == 0) {
        rule->status_min = (uint16_t)((when[0] - '0') * 100);
        rule->status_max = (uint16_t)(rule->status_min + 99);
        return OD_OK;
    }
    if (strspn(when, "0123456789") != 3)
        return OD_EINVAL;
    rule->status_min = rule->status_max = (uint16_t)atoi(when);
    return OD_OK;
}

int rule_read(const char *when, const char *then, const char *retry, struct rule *rule)
{
    struct rule read = {.cause = (enum cause)word_find(cause_names, COUNT(cause_names), when),
                        .meaning = (enum meaning)word_find(meaning_names, COUNT(meaning_names), then)};

    if (read.cause == CAUSE_STATUS || (read.cause == CAUSE_NONE && status_read(when, &read) != OD_OK))
        return OD_EINVAL;
    bool has_body = read.cause == CAUSE_STATUS;
    if (read.meaning == MEANING_NONE ||
        (!has_body && (read.meaning == MEANING_OPINION || read.meaning == MEANING_NEED_INPUT)))
        return OD_EINVAL; /* a dead link is never an opinion */
    if (strcmp(retry, "never") == 0)
        read.retry = RETRY_NEVER;
    else if (*retry != '\0' && strcmp(retry, "backoff") != 0)
        return OD_EINVAL;
    *rule = read;
    return OD_OK;
}

static const struct rule *find(const struct rule *rules, size_t count, enum cause cause, uint32_t status)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].cause == cause &&
            (cause != CAUSE_STATUS || (status >= rules[i].status_min && status <= rules[i].status_max)))
            return &rules[i];
    }
    return NULL;
}

const struct rule *rule_find(const struct rule *rules, size_t count, enum cause cause, uint32_t status,
                             bool has_retry_after)
{
    const struct rule *rule = find(rules, count, cause, status);

    if (rule == NULL && cause == CAUSE_STATUS && status == 503 && has_retry_after)
        return &busy;
    if (rule == NULL)
        rule = find(defaults, COUNT(defaults), cause, status);
    return rule != NULL ? rule : &otherwise;
}

const char *rule_cause_name(enum cause cause)
{
    return cause_names[cause];
}
