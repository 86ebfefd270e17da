/* SPDX-License-Identifier: Apache-2.0 */
/* check.json: with what a connector is tried: its configuration, forms, what the
 * applicant answers when asked, and the department behind it. All of it may be
 * absent. Format: docs/connectors/check.md. */
#ifndef CHECK_SCRIPT_H
#define CHECK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <onedoor/error.h>

#include "base/json.h"

#define CHECK_SCRIPT_MAX (256 * 1024) /* bytes of check.json */
#define CHECK_FORMS_MAX 64
#define CHECK_ROUTES_MAX 32
#define CHECK_REASON_SIZE 512 /* of a sentence that says what is wrong, with NUL */

/* What a request on a route does at the department. */
enum check_does {
    CHECK_DOES_NONE = 0,
    CHECK_DOES_SUBMIT, /* registers a record under the key that it carries */
    CHECK_DOES_STATUS, /* tells of the record ${ref} */
    CHECK_DOES_LOOKUP, /* tells of the record with the key ${key} */
    CHECK_DOES_ANSWER, /* answers, registers nothing */
};

/* One answer as scripted; ${ref} and ${key} in it are replaced. */
struct check_answer {
    int status; /* 0 = not scripted */
    const struct base_json *body; /* NULL = none */
};

struct check_route {
    enum check_does does;
    const char *method, *path; /* of the path: ${ref}, ${key} and * stand for any text */
    const char *key;           /* submit: "header:NAME", "body:/pointer" or "path" */
    struct check_answer answer, pending, missing;
};

/* Zero it to initialise. Texts are borrowed from root. */
struct check_script {
    struct base_json *root; /* owned; NULL = none was given */
    const struct base_json *config, *forms[CHECK_FORMS_MAX], *input, *secrets, *callback;
    size_t form_count;
    const char *matter, *department, *service;
    const char *folder, *sockets; /* of a module with such capabilities; NULL = none. folder: beside check.json */
    struct check_route routes[CHECK_ROUTES_MAX];
    size_t route_count;
    int64_t decides_after_ms; /* from the submission to the decision */
};

/* Read the text of a check.json; name: for messages. Errors (*out unchanged, reason says what
 * is wrong and where): OD_EINVAL, OD_ENOMEM. */
OD_MUST_CHECK int check_script_read(const char *name, const char *text, size_t size, struct check_script *out,
                                    char reason[CHECK_REASON_SIZE]);

/* What is tried without a check.json: an empty configuration and one form. */
OD_MUST_CHECK int check_script_default(struct check_script *out);

void check_script_fini(struct check_script *script);

/* Is there a route of this kind? */
bool check_script_does(const struct check_script *script, enum check_does does);

#endif
