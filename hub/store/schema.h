/* SPDX-License-Identifier: Apache-2.0 */
/* The migrations, embedded from schema/ at build time. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/* store_schema_version scripts; the n-th takes a store from version n to n + 1. */
extern const char *const store_schema_migrations[];
extern const unsigned store_schema_version;

#endif
