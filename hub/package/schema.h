/* SPDX-License-Identifier: Apache-2.0 */
/* The subset of JSON Schema (2020-12) that config_schema may use. Pure: no I/O, no memory.
 *
 * Checked: type, enum, const, properties, required, additionalProperties, items, minItems, maxItems,
 * minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, $ref to #/$defs/NAME.
 * Left alone: title, description, default, examples, format, $defs, $schema, $comment; a default must fit
 * its own schema. Every other keyword is refused when the schema is read, so that no rule is
 * silently without effect. Lengths count code points. Numbers are compared as doubles.
 * Source: docs/connectors/packages.md. */
#ifndef PACKAGE_SCHEMA_H
#define PACKAGE_SCHEMA_H

#include <onedoor/error.h>

#include "base/json.h"

#define PACKAGE_SCHEMA_REFS_MAX 16 /* $ref to $ref at one value */
#define PACKAGE_SCHEMA_TEXT_SIZE 256

struct package_schema_fault {
    char pointer[BASE_JSON_POINTER_MAX]; /* RFC 6901, of the value at fault; cut with "..." */
    char text[PACKAGE_SCHEMA_TEXT_SIZE]; /* what is allowed there, as a sentence without its subject */
};

/* Is schema one that package_schema_apply can follow? fault->pointer is within schema.
 * Errors: OD_EINVAL (*fault is filled). Cost: O(size), times the depth of references. */
OD_MUST_CHECK int package_schema_check(const struct base_json *schema, struct package_schema_fault *fault);

/* Does value fit a schema that was checked? The first fault is told. Errors: OD_EINVAL. */
OD_MUST_CHECK int package_schema_apply(const struct base_json *schema, const struct base_json *value,
                                       struct package_schema_fault *fault);

#endif
