/* SPDX-License-Identifier: Apache-2.0 */
/* What schema.c and schema_check.c share. Private to this folder. */
#ifndef PACKAGE_SCHEMA_WALK_H
#define PACKAGE_SCHEMA_WALK_H

#include "package/schema.h"

struct package_walk {
    const struct base_json *root;       /* of the schema: where $defs are */
    struct package_schema_fault *fault; /* pointer: where we are */
    size_t length;                      /* of pointer */
    bool has_defaults; /* they are checked in this pass */
};

/* One step down; returns the length to give package_walk_up. */
size_t package_walk_down(struct package_walk *walk, const char *key);
size_t package_walk_item(struct package_walk *walk, size_t index);
void package_walk_up(struct package_walk *walk, size_t length);

/* Fills the fault's text; OD_EINVAL. */
OD_MUST_CHECK int package_walk_fault(struct package_walk *walk, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* package_schema_apply, from where we are. */
OD_MUST_CHECK int package_schema_follow(struct package_walk *walk, const struct base_json *schema, const struct base_json *value);

/* What #/$defs/NAME names, or NULL. */
const struct base_json *package_schema_find(const struct base_json *root, const char *reference);

#endif
