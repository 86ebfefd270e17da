/* SPDX-License-Identifier: Apache-2.0 */
/* Where tests find their data. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <stddef.h>

/* The folder of shared data: OD_SHARED, or ../shared beside the sources. Static;
 * NULL when there is none, and then a line on stderr says so. */
const char *test_shared(void);

/* The source tree: OD_SOURCE, or ".". Static. */
const char *test_source(void);

/* The content of a file plus a NUL, owned by the caller (free), or NULL. */
char *test_file_read(const char *path, size_t *size);

/* SHA-256 in hex of what gzip unpacks of the bytes: what an archive says, whichever zlib packed it. */
void test_unpacked_sum(const void *bytes, size_t size, char sum[65]);

#endif
