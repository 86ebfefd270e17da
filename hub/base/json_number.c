/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#define EXPONENT_SATURATED INT64_C(1000000000000) /* far past any text's digits */
#define DOUBLE_EXPONENT_MAX 308

/* 2^1024 - 2^970: the least number that rounds to infinity (IEEE 754, ties to even). */
static const char infinite_from[] =
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
    "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
    "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
    "936475292719074168444365510704342711559699508093042880177904174497792";

/* The parts of a number's text, each borrowed from it. */
struct parts {
    const uint8_t *whole, *whole_end;       /* digits before the point */
    const uint8_t *fraction, *fraction_end; /* digits after it */
    int64_t exponent;
};

static const uint8_t *digits_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static int64_t exponent_read(const uint8_t *at, const uint8_t *end)
{
    int64_t value = 0;

    for (; at < end && value < EXPONENT_SATURATED; at++)
        value = value * 10 + (*at - '0');
    return value < EXPONENT_SATURATED ? value : EXPONENT_SATURATED;
}

/* Digit index of the significand, 0 past its end. first: its first digit but zeros. */
static uint8_t digit_at(const struct parts *parts, const uint8_t *first, size_t index)
{
    size_t whole_left = first < parts->whole_end && first >= parts->whole
                            ? (size_t)(parts->whole_end - first)
                            : 0;
    const uint8_t *fraction = whole_left > 0 ? parts->fraction : first;

    if (index < whole_left)
        return first[index];
    index -= whole_left;
    return index < (size_t)(parts->fraction_end - fraction) ? fraction[index] : '0';
}

static bool is_below_infinity(const struct parts *parts, const uint8_t *first)
{
    for (size_t i = 0; i < sizeof(infinite_from) - 1; i++) {
        uint8_t digit = digit_at(parts, first, i);
        if (digit != (uint8_t)infinite_from[i])
            return digit < (uint8_t)infinite_from[i];
    }
    return false;
}

static const uint8_t *zeros_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at == '0')
        at++;
    return at;
}

static bool is_finite(const struct parts *parts)
{
    int64_t exponent = parts->exponent;
    const uint8_t *first = zeros_end(parts->whole, parts->whole_end);

    if (first < parts->whole_end) {
        exponent += parts->whole_end - first - 1;
    } else {
        first = zeros_end(parts->fraction, parts->fraction_end);
        if (first == parts->fraction_end)
            return true; /* zero */
        exponent -= first - parts->fraction + 1;
    }
    if (exponent != DOUBLE_EXPONENT_MAX)
        return exponent < DOUBLE_EXPONENT_MAX;
    return is_below_infinity(parts, first);
}

/* ".5" and "e+7" after the whole digits; NULL where a digit is due, *at stays there. */
static bool tail_read(const uint8_t **at, const uint8_t *end, struct parts *parts)
{
    parts->fraction = parts->fraction_end = *at;
    if (*at < end && **at == '.') {
        parts->fraction = ++*at;
        *at = parts->fraction_end = digits_end(*at, end);
        if (parts->fraction_end == parts->fraction)
            return false;
    }
    if (*at < end && (**at | 0x20) == 'e') {
        ++*at;
        bool is_negative = *at < end && **at == '-';
        if (*at < end && (**at == '-' || **at == '+'))
            ++*at;
        const uint8_t *digits = *at;
        *at = digits_end(digits, end);
        int64_t exponent = exponent_read(digits, *at);
        parts->exponent = is_negative ? -exponent : exponent;
        return *at > digits;
    }
    return true;
}

const uint8_t *base_json_number_end(const uint8_t *at, const uint8_t *end,
                                    enum base_json_number_fault *fault)
{
    struct parts parts = {.exponent = 0};

    parts.whole = *at == '-' ? at + 1 : at;
    parts.whole_end = at = digits_end(parts.whole, end);
    bool has_lead_zero = parts.whole_end - parts.whole > 1 && *parts.whole == '0';
    if (at == parts.whole || has_lead_zero) {
        *fault = BASE_JSON_NUMBER_GRAMMAR;
        return has_lead_zero ? parts.whole + 1 : at;
    }
    bool is_short = parts.whole_end - parts.whole <= DOUBLE_EXPONENT_MAX;
    if (at == end || (*at != '.' && (*at | 0x20) != 'e')) {
        parts.fraction = parts.fraction_end = at;
        *fault = is_short || is_finite(&parts) ? BASE_JSON_NUMBER_FINE : BASE_JSON_NUMBER_RANGE;
        return at;
    }
    if (!tail_read(&at, end, &parts)) {
        *fault = BASE_JSON_NUMBER_GRAMMAR;
        return at;
    }
    bool is_certain = is_short && parts.exponent == 0;
    *fault = is_certain || is_finite(&parts) ? BASE_JSON_NUMBER_FINE : BASE_JSON_NUMBER_RANGE;
    return at;
}
