/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the verb bench share: the center that is made up for it, and what this machine spends on it. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "cli/kit.h"

#define CLI_BENCH_SERVICE "open-restaurant" /* of the sample center; eight matters of six departments or so */
#define CLI_BENCH_SOURCE_SIZE 128

/* -- bench_site.c -- */

/* A center in a folder of its own: the sample's catalogue, with departments that answer at once. Zero it to initialise. */
struct cli_bench_site {
    char folder[CLI_PATH_SIZE]; /* "" = none */
    char config[CLI_PATH_SIZE + 32], log[CLI_PATH_SIZE + 32];
    struct base_buffer body;    /* owned; the request of the load generator */
    size_t matters, departments;
};

/* Make one below the folder below. service: its id in the sample. What is wrong is told. Returns CLI_DONE,
 * CLI_NOT_FOUND, CLI_REFUSED (the folder is in memory, where nothing is durable) or CLI_FAILED. */
int cli_bench_site_make(const struct cli *cli, const char *below, const char *service, struct cli_bench_site *site);
/* With all that lies in it. */
void cli_bench_site_fini(struct cli_bench_site *site);

/* The example of a service as a request: where a person stands the running number of the request is put. Errors:
 * OD_ENOMEM (body is broken). */
OD_MUST_CHECK int cli_bench_body_make(const struct base_json *example, struct base_buffer *body);

/* -- bench_machine.c -- */

struct cli_bench_machine {
    char cpu[128], kernel[128];
    long cores;
    double memory_gib;
    char disk_type[32], disk_source[CLI_BENCH_SOURCE_SIZE]; /* "" = the system does not tell */
};

/* Of the disk that folder lies on. */
void cli_bench_machine_read(const char *folder, struct cli_bench_machine *machine);

/* Is the folder in memory (tmpfs, ramfs)? */
bool cli_bench_is_in_memory(const char *folder);

/* CPU so far, in microseconds, and memory now. */
struct cli_bench_sample {
    double hub_us, connectors_us, load_us;
    double hub_mib, all_mib;
};

/* pid: of onedoord; its processes are found below it. 0 = it is not this machine's to look at. */
void cli_bench_sample_take(pid_t pid, struct cli_bench_sample *sample);

#endif
