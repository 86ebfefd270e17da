/* SPDX-License-Identifier: Apache-2.0 */
/* A form with files, multipart/form-data, out of pieces of any size: RFC 7578 as browsers write it, and nothing beside it. Text
 * before the first part and after the last, folded lines, encodings of a part, filename* and whatever else only a peculiar
 * client sends is refused. Memory does not grow with the form: a part's head is kept while the part lasts, its content is
 * lent as it comes. Pure: no I/O, no allocation. */
#ifndef FRONT_MULTIPART_H
#define FRONT_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include <onedoor/error.h>

#define FRONT_MULTIPART_BOUNDARY_MAX 70  /* characters, RFC 2046 section 5.1.1 */
#define FRONT_MULTIPART_HEAD_MAX 4096    /* bytes of the lines above a part's content, the empty one included */
#define FRONT_MULTIPART_HEADERS_MAX 8    /* of these lines */
#define FRONT_MULTIPART_NAME_MAX 128     /* bytes of a field's name */
#define FRONT_MULTIPART_FILE_NAME_MAX 1024 /* bytes of a file's name */
#define FRONT_MULTIPART_TYPE_MAX 128     /* bytes of a file's media type, its parameters included */
#define FRONT_MULTIPART_PARTS_MAX 1024   /* fields and files of one form */

enum front_multipart_event {
    FRONT_MULTIPART_NONE = 0, /* more bytes are needed */
    FRONT_MULTIPART_PART,     /* name, file_name and media_type are those of the part that begins */
    FRONT_MULTIPART_DATA,     /* bytes, size: of its content */
    FRONT_MULTIPART_PART_END,
    FRONT_MULTIPART_END,      /* of the form */
    FRONT_MULTIPART_FAULT,    /* fault says why; nothing more is read */
};

enum front_multipart_fault {
    FRONT_MULTIPART_FINE = 0,
    FRONT_MULTIPART_FAULT_START,     /* it does not begin with its boundary */
    FRONT_MULTIPART_FAULT_BOUNDARY,  /* something stands behind a boundary */
    FRONT_MULTIPART_FAULT_HEAD,      /* a line above a part's content is not well formed, or may not stand there */
    FRONT_MULTIPART_FAULT_HEAD_SIZE, /* FRONT_MULTIPART_HEAD_MAX, FRONT_MULTIPART_HEADERS_MAX */
    FRONT_MULTIPART_FAULT_NAME,      /* there is none, more than one, or one too long */
    FRONT_MULTIPART_FAULT_FILE_NAME, /* too long */
    FRONT_MULTIPART_FAULT_TYPE,      /* too long */
    FRONT_MULTIPART_FAULT_PARTS,     /* FRONT_MULTIPART_PARTS_MAX */
    FRONT_MULTIPART_FAULT_AFTER,     /* something stands behind the form's end */
};

struct front_multipart {
    char name[FRONT_MULTIPART_NAME_MAX + 1];
    bool is_file;                                      /* it has a file's name, though that may be empty */
    char file_name[FRONT_MULTIPART_FILE_NAME_MAX + 1];
    char media_type[FRONT_MULTIPART_TYPE_MAX + 1];     /* as sent; "" = not said */
    const char *bytes;                                 /* of FRONT_MULTIPART_DATA: until the next call */
    size_t size;
    enum front_multipart_fault fault;
    size_t parts;                                      /* begun so far */

    unsigned state; /* private from here on */
    char delimiter[FRONT_MULTIPART_BOUNDARY_MAX + 5]; /* CR LF "--" and the boundary */
    size_t delimiter_size, matched;
    char head[FRONT_MULTIPART_HEAD_MAX];
    size_t head_size;
};

/* media_type: Content-Type as received. Errors: OD_EINVAL it is not multipart/form-data with one sound boundary. */
OD_MUST_CHECK int front_multipart_init(struct front_multipart *multipart, const char *media_type);

/* Read on: size bytes that follow those that were used before; *used of them are done with, and the next call begins behind
 * them. NONE: all are used. After FAULT, not to be called again. Cost: O(*used). */
enum front_multipart_event front_multipart_next(struct front_multipart *multipart, const char *bytes, size_t size, size_t *used);

/* Its end was reached. */
bool front_multipart_is_whole(const struct front_multipart *multipart);

#endif
