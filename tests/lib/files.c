/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *test_source(void)
{
    const char *source = getenv("OD_SOURCE");

    return source != NULL ? source : ".";
}

const char *test_shared(void)
{
    static char path[4096];
    const char *shared = getenv("OD_SHARED");

    if (shared != NULL)
        snprintf(path, sizeof(path), "%s", shared);
    else
        snprintf(path, sizeof(path), "%s/../shared", test_source());
    if (access(path, R_OK) == 0)
        return path;
    fprintf(stderr, "no shared data at %s\n", path);
    return NULL;
}

char *test_file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t used = 0;

    if (file == NULL)
        return NULL;
    for (size_t room = 65536;; room *= 2) {
        char *grown = realloc(bytes, room);
        if (grown == NULL)
            abort();
        bytes = grown;
        used += fread(bytes + used, 1, room - 1 - used, file);
        if (used < room - 1)
            break;
    }
    fclose(file);
    bytes[used] = '\0';
    *size = used;
    return bytes;
}

void test_unpacked_sum(const void *bytes, size_t size, char sum[65])
{
    char path[] = "/tmp/onedoor-sum-XXXXXX", line[128];
    int file = mkstemp(path);

    snprintf(line, sizeof(line), "gzip -dc <%s | sha256sum", path);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size || close(file) != 0)
        abort();
    FILE *answer = popen(line, "r");
    if (answer == NULL || fscanf(answer, "%64s", sum) != 1 || pclose(answer) != 0)
        abort();
    unlink(path);
}
