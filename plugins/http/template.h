/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a request from a task: {{form.area}} and the like in a path, a text or the
 * strings of a JSON body.
 *
 *   "{{form.area}}"          alone in a string: the value as it is, number, object or text; null when absent
 *   "{{form.area?}}"         the same, but the member or element is left out when it is absent
 *   "{{form.area|text}}"     always as a text
 *   "Area {{form.area}} m2"  within a text: a text, number or boolean; "" when absent
 *
 * What is put in is escaped for where it stands, so that no value can become structure.
 * Names: docs/connectors/http.md. No I/O. */
#ifndef HTTP_TEMPLATE_H
#define HTTP_TEMPLATE_H

#include <stddef.h>
#include <stdint.h>

#include <onedoor/plugin.h>

#include "out.h"

#define TEMPLATE_NAME_MAX 255 /* bytes between the braces */
#define TEMPLATE_DEPTH_MAX 16 /* of a body */
#define TEMPLATE_WHY_SIZE 200

/* The names that a template may use. */
enum scope_part {
    SCOPE_IDS = 1 << 0,   /* task, application, idempotency_key, matter, department, service, connector */
    SCOPE_OFFER = 1 << 1, /* form, applicant, materials, template, attempt and the dates */
    SCOPE_REF = 1 << 2,   /* external_ref */
    SCOPE_REASON = 1 << 3,
    SCOPE_INPUT = 1 << 4,
};

struct span {
    const char *json; /* NULL = there is none */
    size_t size;
};

/* What the names stand for. Borrowed; a text that is not set is NULL. */
struct scope {
    const struct od_host *host;
    const char *application, *task, *idempotency_key, *matter, *department, *service, *connector;
    const char *received_at, *promised_date, *statutory_date, *attempt;
    const char *external_ref, *reason;
    const char *template_id; /* of a gateway, for a message of this kind */
    struct span form, applicant, materials, input;
};

/* The body: a JSON value whose strings are templates. Errors (why says which template, out is to be thrown
 * away): OD_ESYNTAX a template that is none, or a name that there is not; OD_EINVAL an object or array
 * within a text; OD_ELIMIT too deep, or longer than out may be; OD_ENOMEM. */
OD_MUST_CHECK int template_body(const struct scope *scope, const char *json, size_t size, struct out *out,
                                char why[TEMPLATE_WHY_SIZE]);

/* The path of a URL; what is put in is percent-encoded. Errors: as template_body; OD_EINVAL also for an
 * empty value, "." and "..", which would name another place. */
OD_MUST_CHECK int template_path(const struct scope *scope, const char *text, struct out *out,
                                char why[TEMPLATE_WHY_SIZE]);

/* Are all templates of the body or path well formed, and their names among parts (enum scope_part)? [plugin]
 * Errors: OD_ESYNTAX, OD_ELIMIT. */
OD_MUST_CHECK int template_check_body(const struct od_host *host, const char *json, size_t size, uint32_t parts,
                                      char why[TEMPLATE_WHY_SIZE]);
OD_MUST_CHECK int template_check_path(const char *text, uint32_t parts, char why[TEMPLATE_WHY_SIZE]);

#endif
