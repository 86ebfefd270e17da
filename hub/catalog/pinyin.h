/* SPDX-License-Identifier: Apache-2.0 */
/* How Chinese names are spelled, so that people find them by the letters they type. Private to hub/catalog. Pure. */
#ifndef CATALOG_PINYIN_H
#define CATALOG_PINYIN_H

#include <stddef.h>
#include <stdint.h>

#define CATALOG_IDEOGRAPH_FIRST 0x4E00
#define CATALOG_IDEOGRAPHS (0x9FFF - 0x4E00 + 1)

/* Made at build time. "" = it has none; [0] is "". */
extern const char *const catalog_syllables[];
extern const uint16_t catalog_syllable_of[CATALOG_IDEOGRAPHS];

/* text: UTF-8. initials: the first letter of each character's pinyin, and ASCII letters and digits as they are, in lower
 * case: "kbcyd"; spelled: the same in full, "kaibancanyindian". Each is cut at its size, NUL included; what is neither is
 * left out. Cost: linear. */
void catalog_pinyin(const char *text, char *initials, size_t initials_size, char *spelled, size_t spelled_size);

#endif
