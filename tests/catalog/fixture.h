/* SPDX-License-Identifier: Apache-2.0 */
/* A small whole catalogue that tests change in one place and load from a folder of
 * their own. */
#ifndef TEST_CATALOG_FIXTURE_H
#define TEST_CATALOG_FIXTURE_H

#include "catalog/catalog.h"

/* fixture.json: 3 departments, 4 matters, the services open-cafe and open-stand. Read by
 * fixture_open; NULL before. */
extern const char *fixture_text;

/* First in main. False (and a line on stderr) when the file is not there. */
bool fixture_open(void);

/* A new empty folder below TMPDIR; static until the next call. */
const char *fixture_folder(void);
void fixture_write(const char *folder, const char *name, const char *text, size_t size);
void fixture_remove(const char *folder); /* and what is in it */

/* text with the first find replaced, owned by the caller (free). Fails the test when
 * find is not there. */
char *fixture_replace(const char *text, const char *find, const char *replace);

/* Write text as catalog.json into a folder of its own and load it. */
int fixture_load_text(const char *text, struct catalog **out, struct catalog_findings *findings);

/* The fixture itself; fails the test with the findings when it does not load. */
struct catalog *fixture_catalog(void);

/* The finding that holds text, or NULL. */
const struct catalog_finding *fixture_finding(const struct catalog_findings *findings, const char *text);

/* Line and column (from 1, in bytes) of the first mark in text; 1:1 when it is not there. */
void fixture_place(const char *text, const char *mark, uint32_t *line, uint32_t *column);

/* Print findings on stderr, for a failing test. */
void fixture_print(const struct catalog_findings *findings);

#endif
