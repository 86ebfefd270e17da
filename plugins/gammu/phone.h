/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and names of files as gammu-smsd reads them. Pure. */
#ifndef GAMMU_PHONE_H
#define GAMMU_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHONE_SIZE 24      /* with NUL */
#define PHONE_DIGITS_MAX 20
#define FILE_NAME_SIZE 128 /* with NUL */
#define KEY_MAX 40         /* bytes of an idempotency key in a name */

/* A number as people write it, without spaces, dashes, dots and brackets: a leading + and 3 to 20 digits. */
bool phone_read(const char *text, char phone[PHONE_SIZE]);

/* "OUTC20261129_120000_00_+8613800000001_msg-17.txt": when it is sent is told by its beginning, which message it is by its
 * end. at_ms: UTC. False: the key has other bytes than letters, digits and '-', or too many. */
bool file_name(char priority, int64_t at_ms, const char *phone, const char *key, char name[FILE_NAME_SIZE]);

/* Is it the file of that key, whenever it was written? */
bool file_is_of(const char *name, const char *key);

#endif
