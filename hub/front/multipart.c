/* SPDX-License-Identifier: Apache-2.0 */
#include "front/multipart.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum state {
    STATE_START = 0, /* in the first boundary, which has no line before it */
    STATE_BEHIND,    /* behind a boundary: another part, or the end */
    STATE_BEHIND_LF,
    STATE_BEHIND_DASH,
    STATE_HEAD,
    STATE_DATA,
    STATE_OVER,      /* the end was told; a line end may follow */
    STATE_OVER_LF,
    STATE_OVER_END,
    STATE_FAILED,
};

/* -- The boundary -- */

/* RFC 2046 section 5.1.1, but for the space, which no browser uses. */
static bool is_boundary(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("'()+_,-./:=?", text[i]) == NULL)
            return false;
    return size > 0 && size <= FRONT_MULTIPART_BOUNDARY_MAX;
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* The value of "; boundary=" and nothing behind it, in quotes or without. */
static const char *boundary_find(const char *at, size_t *size)
{
    static const char name[] = "boundary=";

    at = skip_space(at);
    if (*at++ != ';')
        return NULL;
    at = skip_space(at);
    if (strncasecmp(at, name, sizeof(name) - 1) != 0)
        return NULL;
    at += sizeof(name) - 1;
    bool is_quoted = *at == '"';
    at += is_quoted;
    *size = strcspn(at, is_quoted ? "\"" : "; \t");
    const char *end = skip_space(at + *size + (is_quoted && at[*size] == '"'));
    return *end == '\0' && (!is_quoted || at[*size] == '"') ? at : NULL;
}

int front_multipart_init(struct front_multipart *multipart, const char *media_type)
{
    static const char wanted[] = "multipart/form-data";
    const char *boundary = NULL;
    size_t size = 0;

    memset(multipart, 0, sizeof(*multipart));
    if (media_type != NULL && strncasecmp(media_type, wanted, sizeof(wanted) - 1) == 0)
        boundary = boundary_find(media_type + sizeof(wanted) - 1, &size);
    if (boundary == NULL || !is_boundary(boundary, size))
        return OD_EINVAL;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary, size);
    multipart->delimiter_size = 4 + size;
    multipart->matched = 2; /* as if a line had ended before it */
    return OD_OK;
}

static enum front_multipart_event fail(struct front_multipart *multipart, enum front_multipart_fault fault)
{
    multipart->fault = fault;
    multipart->state = STATE_FAILED;
    return FRONT_MULTIPART_FAULT;
}

/* -- The lines above a part -- */

struct line {
    const char *name, *value;
    size_t name_size, value_size;
};

static bool is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && (text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
            return false;
    return size > 0;
}

/* "Name: value", nothing that controls anything in it. */
static bool line_split(const char *text, size_t size, struct line *line)
{
    const char *colon = memchr(text, ':', size);

    if (colon == NULL || !is_token(text, (size_t)(colon - text)))
        return false;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return false;
    *line = (struct line){.name = text, .name_size = (size_t)(colon - text), .value = colon + 1,
                          .value_size = size - (size_t)(colon - text) - 1};
    while (line->value_size > 0 && (*line->value == ' ' || *line->value == '\t')) {
        line->value++;
        line->value_size--;
    }
    while (line->value_size > 0 && strchr(" \t", line->value[line->value_size - 1]) != NULL)
        line->value_size--;
    return true;
}

static bool is_named(const struct line *line, const char *name)
{
    return line->name_size == strlen(name) && strncasecmp(line->name, name, line->name_size) == 0;
}

/* A text in quotes as the HTML standard has browsers write it: three characters as %22, %0D, %0A, and nothing else changed.
 * false: it does not fit into room. */
static bool text_decode(const char *from, size_t size, char *to, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        char byte = from[i];

        if (byte == '%' && size - i >= 3) {
            bool is_quote = memcmp(from + i, "%22", 3) == 0, is_cr = strncasecmp(from + i, "%0D", 3) == 0,
                 is_lf = strncasecmp(from + i, "%0A", 3) == 0;

            byte = is_quote ? '"' : is_cr ? '\r' : is_lf ? '\n' : byte;
            i += is_quote || is_cr || is_lf ? 2 : 0;
        }
        if (used + 1 >= room)
            return false;
        to[used++] = byte;
    }
    to[used] = '\0';
    return true;
}

struct disposition {
    bool has_name, has_file_name;
};

/* One `name="..."`. */
static enum front_multipart_fault parameter_take(struct front_multipart *multipart, struct disposition *seen, const char *name,
                                                 size_t name_size, const char *text, size_t size)
{
    bool is_name = name_size == 4 && strncasecmp(name, "name", 4) == 0;
    bool is_file_name = name_size == 8 && strncasecmp(name, "filename", 8) == 0;

    if ((!is_name && !is_file_name) || (is_file_name && seen->has_file_name))
        return FRONT_MULTIPART_FAULT_HEAD;
    if (is_file_name) {
        seen->has_file_name = multipart->is_file = true;
        return text_decode(text, size, multipart->file_name, sizeof(multipart->file_name)) ? FRONT_MULTIPART_FINE
                                                                                           : FRONT_MULTIPART_FAULT_FILE_NAME;
    }
    if (seen->has_name || size == 0)
        return FRONT_MULTIPART_FAULT_NAME;
    seen->has_name = true;
    return text_decode(text, size, multipart->name, sizeof(multipart->name)) ? FRONT_MULTIPART_FINE : FRONT_MULTIPART_FAULT_NAME;
}

/* form-data; name="..."; filename="..." */
static enum front_multipart_fault disposition_take(struct front_multipart *multipart, const struct line *line, struct disposition *seen)
{
    const char *at = line->value, *end = line->value + line->value_size;

    if (line->value_size < 9 || strncasecmp(at, "form-data", 9) != 0)
        return FRONT_MULTIPART_FAULT_HEAD;
    at += 9;
    while (at < end) {
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (at == end || *at++ != ';')
            return FRONT_MULTIPART_FAULT_HEAD;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        const char *sign = memchr(at, '=', (size_t)(end - at));
        if (sign == NULL || end - sign < 3 || sign[1] != '"')
            return FRONT_MULTIPART_FAULT_HEAD;
        const char *quote = memchr(sign + 2, '"', (size_t)(end - sign - 2));
        if (quote == NULL)
            return FRONT_MULTIPART_FAULT_HEAD;
        enum front_multipart_fault fault = parameter_take(multipart, seen, at, (size_t)(sign - at), sign + 2, (size_t)(quote - sign - 2));
        if (fault != FRONT_MULTIPART_FINE)
            return fault;
        at = quote + 1;
    }
    return FRONT_MULTIPART_FINE;
}

static enum front_multipart_fault line_take(struct front_multipart *multipart, const struct line *line, struct disposition *seen)
{
    if (is_named(line, "content-disposition"))
        return disposition_take(multipart, line, seen);
    if (is_named(line, "content-transfer-encoding"))
        return FRONT_MULTIPART_FAULT_HEAD; /* RFC 7578 section 4.7 */
    if (!is_named(line, "content-type"))
        return FRONT_MULTIPART_FINE;
    if (multipart->media_type[0] != '\0')
        return FRONT_MULTIPART_FAULT_HEAD;
    if (line->value_size >= sizeof(multipart->media_type))
        return FRONT_MULTIPART_FAULT_TYPE;
    memcpy(multipart->media_type, line->value, line->value_size);
    multipart->media_type[line->value_size] = '\0';
    return FRONT_MULTIPART_FINE;
}

/* The head is whole: its last line is empty. */
static enum front_multipart_fault head_read(struct front_multipart *multipart)
{
    struct disposition seen = {0};
    size_t count = 0;

    multipart->is_file = false;
    multipart->name[0] = multipart->file_name[0] = multipart->media_type[0] = '\0';
    for (size_t at = 0; at + 2 < multipart->head_size;) {
        const char *end = memmem(multipart->head + at, multipart->head_size - at, "\r\n", 2);
        struct line line;

        assert(end != NULL);
        if (++count > FRONT_MULTIPART_HEADERS_MAX)
            return FRONT_MULTIPART_FAULT_HEAD_SIZE;
        if (!line_split(multipart->head + at, (size_t)(end - multipart->head) - at, &line))
            return FRONT_MULTIPART_FAULT_HEAD;
        enum front_multipart_fault fault = line_take(multipart, &line, &seen);
        if (fault != FRONT_MULTIPART_FINE)
            return fault;
        at = (size_t)(end - multipart->head) + 2;
    }
    return seen.has_name ? FRONT_MULTIPART_FINE : FRONT_MULTIPART_FAULT_NAME;
}

static bool is_head_whole(const struct front_multipart *multipart)
{
    size_t size = multipart->head_size;

    return (size == 2 && memcmp(multipart->head, "\r\n", 2) == 0) ||
           (size >= 4 && memcmp(multipart->head + size - 4, "\r\n\r\n", 4) == 0);
}

static enum front_multipart_event head_step(struct front_multipart *multipart, char byte)
{
    if (multipart->head_size == sizeof(multipart->head))
        return fail(multipart, FRONT_MULTIPART_FAULT_HEAD_SIZE);
    multipart->head[multipart->head_size++] = byte;
    if (!is_head_whole(multipart))
        return FRONT_MULTIPART_NONE;
    enum front_multipart_fault fault = head_read(multipart);
    if (fault != FRONT_MULTIPART_FINE)
        return fail(multipart, fault);
    multipart->state = STATE_DATA;
    return FRONT_MULTIPART_PART;
}

/* -- Its content -- */

static enum front_multipart_event part_end(struct front_multipart *multipart)
{
    bool is_first = multipart->state == STATE_START;

    multipart->matched = 0;
    multipart->state = STATE_BEHIND;
    return is_first ? FRONT_MULTIPART_NONE : FRONT_MULTIPART_PART_END;
}

static enum front_multipart_event lend(struct front_multipart *multipart, const char *bytes, size_t size)
{
    multipart->bytes = bytes;
    multipart->size = size;
    return FRONT_MULTIPART_DATA;
}

/* What ended the bytes before may be the beginning of a boundary. A CR stands at its first place alone, so that no shorter
 * beginning hides in what turns out to be none. */
static enum front_multipart_event match_go_on(struct front_multipart *multipart, const char *bytes, size_t size, size_t *used)
{
    size_t at = 0;

    while (at < size && multipart->matched < multipart->delimiter_size && bytes[at] == multipart->delimiter[multipart->matched]) {
        at++;
        multipart->matched++;
    }
    *used = at;
    if (multipart->matched == multipart->delimiter_size)
        return part_end(multipart);
    if (at == size)
        return FRONT_MULTIPART_NONE;
    if (multipart->state == STATE_START)
        return fail(multipart, FRONT_MULTIPART_FAULT_START);
    size_t held = multipart->matched;
    multipart->matched = 0;
    return lend(multipart, multipart->delimiter, held);
}

static enum front_multipart_event data_step(struct front_multipart *multipart, const char *bytes, size_t size, size_t *used)
{
    if (multipart->matched > 0)
        return match_go_on(multipart, bytes, size, used);
    const char *found = memmem(bytes, size, multipart->delimiter, multipart->delimiter_size);
    if (found == bytes) {
        *used = multipart->delimiter_size;
        return part_end(multipart);
    }
    if (found != NULL) {
        *used = (size_t)(found - bytes);
        return lend(multipart, bytes, *used);
    }
    const char *tail = memrchr(bytes, '\r', size);
    size_t rest = tail != NULL ? (size_t)(bytes + size - tail) : 0;
    if (rest >= multipart->delimiter_size || (rest > 0 && memcmp(tail, multipart->delimiter, rest) != 0))
        rest = 0;
    *used = size;
    multipart->matched = rest;
    return rest < size ? lend(multipart, bytes, size - rest) : FRONT_MULTIPART_NONE;
}

/* -- Between parts -- */

static enum front_multipart_event behind_step(struct front_multipart *multipart, char byte)
{
    if (multipart->state == STATE_BEHIND && (byte == '\r' || byte == '-')) {
        multipart->state = byte == '\r' ? STATE_BEHIND_LF : STATE_BEHIND_DASH;
        return FRONT_MULTIPART_NONE;
    }
    if (multipart->state == STATE_BEHIND_DASH && byte == '-') {
        multipart->state = STATE_OVER;
        return FRONT_MULTIPART_END;
    }
    if (multipart->state != STATE_BEHIND_LF || byte != '\n')
        return fail(multipart, FRONT_MULTIPART_FAULT_BOUNDARY);
    if (multipart->parts == FRONT_MULTIPART_PARTS_MAX)
        return fail(multipart, FRONT_MULTIPART_FAULT_PARTS);
    multipart->parts++;
    multipart->head_size = 0;
    multipart->state = STATE_HEAD;
    return FRONT_MULTIPART_NONE;
}

static enum front_multipart_event over_step(struct front_multipart *multipart, char byte)
{
    if (multipart->state == STATE_OVER && byte == '\r')
        multipart->state = STATE_OVER_LF;
    else if (multipart->state == STATE_OVER_LF && byte == '\n')
        multipart->state = STATE_OVER_END;
    else
        return fail(multipart, FRONT_MULTIPART_FAULT_AFTER);
    return FRONT_MULTIPART_NONE;
}

static enum front_multipart_event step(struct front_multipart *multipart, const char *bytes, size_t size, size_t *used)
{
    *used = 1;
    switch ((enum state)multipart->state) {
    case STATE_START:
    case STATE_DATA: return data_step(multipart, bytes, size, used);
    case STATE_BEHIND:
    case STATE_BEHIND_LF:
    case STATE_BEHIND_DASH: return behind_step(multipart, *bytes);
    case STATE_HEAD: return head_step(multipart, *bytes);
    case STATE_OVER:
    case STATE_OVER_LF:
    case STATE_OVER_END: return over_step(multipart, *bytes);
    case STATE_FAILED: break;
    }
    return FRONT_MULTIPART_FAULT;
}

enum front_multipart_event front_multipart_next(struct front_multipart *multipart, const char *bytes, size_t size, size_t *used)
{
    enum front_multipart_event event = FRONT_MULTIPART_NONE;
    size_t at = 0;

    assert(multipart->state != STATE_FAILED);
    while (at < size && event == FRONT_MULTIPART_NONE) {
        size_t taken = 0;

        event = step(multipart, bytes + at, size - at, &taken);
        at += taken;
    }
    *used = at;
    return event;
}

bool front_multipart_is_whole(const struct front_multipart *multipart)
{
    return multipart->state == STATE_OVER || multipart->state == STATE_OVER_END;
}
