/* SPDX-License-Identifier: Apache-2.0 */
/* What of a task is written into a column, as the configuration says:
 *
 *   {"task_key": "idempotency_key", "area": "form.premises_area_m2", "office": "=north"} */
#ifndef ROW_COLUMN_H
#define ROW_COLUMN_H

#include <stddef.h>

#include "setting.h"

#define COLUMNS_MAX 64
#define COLUMN_NAME_MAX 127 /* bytes of a column's name */
#define COLUMN_VALUE_MAX (128 * 1024) /* bytes: a whole form */

enum column_source {
    COLUMN_NONE = 0,
    COLUMN_CONSTANT, /* "=text" */
    COLUMN_APPLICATION,
    COLUMN_TASK,
    COLUMN_KEY,
    COLUMN_MATTER,
    COLUMN_DEPARTMENT,
    COLUMN_SERVICE,
    COLUMN_RECEIVED_AT,
    COLUMN_PROMISED_DATE,
    COLUMN_STATUTORY_DATE,
    COLUMN_FORM,            /* all of it, as JSON */
    COLUMN_APPLICANT,
    COLUMN_MATERIALS,
    COLUMN_FORM_FIELD,      /* "form.NAME" */
    COLUMN_APPLICANT_FIELD, /* "applicant.NAME" */
};

struct column {
    char name[COLUMN_NAME_MAX + 1];
    enum column_source source;
    char field[COLUMN_NAME_MAX + 1]; /* or the constant */
};

struct columns {
    struct column items[COLUMNS_MAX];
    size_t count;
};

/* Of an object name -> source, in its order. is_identifier: names must be ones of a database. Errors: OD_EINVAL. */
OD_MUST_CHECK int columns_read(const struct setting *object, bool is_identifier, struct columns *out);

/* The value as text: a JSON text unescaped, any other as written. *value is owned by the caller (free); NULL: there is
 * nothing, or null. [plugin] Errors: OD_ENOMEM. */
OD_MUST_CHECK int column_value(const struct column *column, const struct od_offer *offer, char **value);

#endif
