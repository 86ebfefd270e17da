/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of onedoord, and where its parts lie. */
#ifndef BIN_OPTIONS_H
#define BIN_OPTIONS_H

#include <limits.h>
#include <stdbool.h>

#include <onedoor/error.h>

struct bin_options {
    const char *config;  /* --config, NULL with --demo */
    const char *data;    /* --data, overrides the file's */
    const char *listen;  /* --listen, likewise */
    bool is_demo;
    bool is_clock_virtual;
    bool is_check;       /* --check-config */
    bool is_show;        /* --show-config */
    bool is_verbose;
    char host[PATH_MAX];    /* onedoor-host */
    char gateway[PATH_MAX]; /* onedoor-nng; "" when it is not there */
    char egress[PATH_MAX];  /* of onedoor-egress; "" = none */
    char sample[PATH_MAX];  /* the sample center's configuration */
};

/* Parse argv. Returns -1 to go on, or the exit status (0 after --help and --version,
 * 2 after a usage error that was told on stderr). */
int bin_options_parse(struct bin_options *options, int argc, char **argv);

#endif
