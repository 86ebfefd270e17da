/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"

#include <stdio.h>
#include <string.h>

#include "civil.h"

bool phone_read(const char *text, char phone[PHONE_SIZE])
{
    size_t size = 0, digits = 0;

    for (const char *at = text; *at != '\0'; at++) {
        bool is_digit = *at >= '0' && *at <= '9';

        if (strchr(" -.()", *at) != NULL)
            continue;
        if (!is_digit && !(*at == '+' && size == 0))
            return false;
        digits += is_digit;
        if (digits > PHONE_DIGITS_MAX)
            return false;
        phone[size++] = *at;
    }
    phone[size] = '\0';
    return digits >= 3;
}

bool file_name(char priority, int64_t at_ms, const char *phone, const char *key, char name[FILE_NAME_SIZE])
{
    struct civil civil = civil_of(at_ms);

    if (*key == '\0' || strlen(key) > KEY_MAX ||
        key[strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
        return false;
    return snprintf(name, FILE_NAME_SIZE, "OUT%c%04d%02d%02d_%02d%02d%02d_00_%s_%s.txt", priority, civil.year, civil.month, civil.day,
                    civil.hour, civil.minute, civil.second, phone, key) < FILE_NAME_SIZE;
}

bool file_is_of(const char *name, const char *key)
{
    char end[KEY_MAX + 8];
    size_t size = strlen(name);
    int end_size = snprintf(end, sizeof(end), "_%.*s.txt", KEY_MAX, key);

    bool is_one = strncmp(name, "OUT", 3) == 0 && strchr(name, '/') == NULL && size < FILE_NAME_SIZE;

    return is_one && size > (size_t)end_size && strcmp(name + size - (size_t)end_size, end) == 0;
}
