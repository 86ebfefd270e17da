/* SPDX-License-Identifier: Apache-2.0 */
/* Who the applicant is, in one spelling: what people type differently for the same person
 * (width, case, spaces, punctuation, accents) is taken out, nothing else. */
#include <string.h>

#include "catalog/catalog.h"

#define PHONE_DIGITS_TOLD 9 /* the last ones: with or without a country's or area's prefix */
#define PHONE_DIGITS_MIN 3
#define REPLACEMENT 0xfffd

/* Letters without their accents, '.' where there is none to take off: U+00C0..U+017F and U+1E00..U+1EFF. */
static const char latin_letters[] =
    "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.yaaaaaaccccccccdd..eeeeeeeeeegggg"
    "gggghh..iiiiiiiii...jjkk.llllll....nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";
static const char more_letters[] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr"
    "ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

/* A text of bounded size; what does not fit is left out, and told. */
struct spelling {
    char text[CATALOG_PERSON_MAX];
    size_t size;
    bool is_full;
};

/* The next character of UTF-8 that passed the gate. */
static uint32_t character_take(const unsigned char **at)
{
    const unsigned char *text = *at;
    unsigned more = *text >= 0xf0 ? 3 : *text >= 0xe0 ? 2 : *text >= 0xc0 ? 1 : 0;
    uint32_t character = more == 0 ? *text : *text & (0x3fu >> more);

    for (*at = ++text; more > 0; more--) {
        if ((*text & 0xc0) != 0x80)
            return REPLACEMENT;
        character = character << 6 | (*text++ & 0x3fu);
        *at = text;
    }
    return character;
}

static void bytes_put(struct spelling *spelling, const char *bytes, size_t size)
{
    spelling->is_full = spelling->is_full || spelling->size + size > sizeof(spelling->text);
    if (spelling->is_full)
        return;
    memcpy(spelling->text + spelling->size, bytes, size);
    spelling->size += size;
}

/* Full width to half, capitals to small letters (Latin, Greek, Cyrillic), accents off. */
static uint32_t fold(uint32_t character)
{
    if (character >= 0xff01 && character <= 0xff5e)
        character -= 0xfee0;
    if (character >= 'A' && character <= 'Z')
        return character + 32;
    if (character >= 0xc0 && character < 0xc0 + sizeof(latin_letters) - 1 && latin_letters[character - 0xc0] != '.')
        return (uint32_t)latin_letters[character - 0xc0];
    if (character >= 0x1e00 && character < 0x1e00 + sizeof(more_letters) - 1 && more_letters[character - 0x1e00] != '.')
        return (uint32_t)more_letters[character - 0x1e00];
    bool is_pair_even = (character >= 0x100 && character <= 0x137) || (character >= 0x14a && character <= 0x177);
    bool is_pair_odd = character >= 0x139 && character <= 0x148;
    if ((is_pair_even && character % 2 == 0) || (is_pair_odd && character % 2 == 1))
        return character + 1;
    if ((character >= 0xc0 && character <= 0xde && character != 0xd7) || (character >= 0x391 && character <= 0x3a9) ||
        (character >= 0x410 && character <= 0x42f))
        return character + 32;
    return character >= 0x400 && character <= 0x40f ? character + 80 : character;
}

/* Letters and digits of any script; not spaces, punctuation and accents that stand alone. */
static bool is_told(uint32_t character)
{
    if (character < 0x80)
        return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
    if (character < 0xc0 || (character >= 0x300 && character <= 0x36f))
        return false;
    bool is_punctuation = (character >= 0x2000 && character <= 0x206f) || (character >= 0x3000 && character <= 0x303f) ||
                          character == 0x30fb || character == 0xfeff || character == 0xff65;
    return !is_punctuation;
}

static void character_put(struct spelling *spelling, uint32_t character)
{
    char bytes[4];

    if (character < 0x80) {
        bytes[0] = (char)character;
        bytes_put(spelling, bytes, 1);
        return;
    }
    unsigned more = character >= 0x10000 ? 3 : character >= 0x800 ? 2 : 1;
    for (unsigned i = more; i > 0; i--, character >>= 6)
        bytes[i] = (char)(0x80 | (character & 0x3f));
    bytes[0] = (char)(0xff00u >> (more + 1) | character);
    bytes_put(spelling, bytes, more + 1);
}

/* True when something of it is left. */
static bool text_put(struct spelling *spelling, const char *text)
{
    size_t before = spelling->size;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        uint32_t character = fold(character_take(&at));
        if (is_told(character))
            character_put(spelling, character);
    }
    return spelling->size > before;
}

static bool phone_put(struct spelling *spelling, const char *text)
{
    char digits[PHONE_DIGITS_TOLD];
    size_t count = 0;

    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        uint32_t character = fold(character_take(&at));
        if (character >= '0' && character <= '9')
            digits[count++ % PHONE_DIGITS_TOLD] = (char)character;
    }
    if (count < PHONE_DIGITS_MIN)
        return false;
    size_t told = count < PHONE_DIGITS_TOLD ? count : PHONE_DIGITS_TOLD;
    for (size_t i = count - told; i < count; i++)
        bytes_put(spelling, &digits[i % PHONE_DIGITS_TOLD], 1);
    return true;
}

static bool document_put(struct spelling *spelling, const struct base_json *applicant)
{
    const char *type = base_json_member_text(applicant, "id_type");
    const char *number = base_json_member_text(applicant, "id_number");

    bytes_put(spelling, "id\n", 3);
    if (type != NULL)
        (void)text_put(spelling, type);
    bytes_put(spelling, "\n", 1);
    return number != NULL && text_put(spelling, number) && !spelling->is_full;
}

static bool name_put(struct spelling *spelling, const struct base_json *applicant)
{
    const char *name = base_json_member_text(applicant, "name");
    const char *phone = base_json_member_text(applicant, "phone");

    bytes_put(spelling, "name\n", 5);
    if (name == NULL || phone == NULL || !text_put(spelling, name))
        return false;
    bytes_put(spelling, "\n", 1);
    return phone_put(spelling, phone) && !spelling->is_full;
}

bool catalog_person_put(struct base_buffer *buffer, const struct base_json *body)
{
    const struct base_json *applicant = base_json_member(body, "applicant");
    struct spelling spelling = {.size = 0};

    if (!document_put(&spelling, applicant)) {
        spelling.size = 0;
        spelling.is_full = false;
        if (!name_put(&spelling, applicant))
            return false;
    }
    base_buffer_put(buffer, spelling.text, spelling.size);
    return true;
}
