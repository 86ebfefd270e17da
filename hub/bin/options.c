/* SPDX-License-Identifier: Apache-2.0 */
#include "bin/options.h"

#include <getopt.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: onedoord --config FILE [--check-config|--show-config] [--data DIR] [--listen ADDR:PORT]\n"
    "       onedoord --demo [--config FILE] [--data DIR] [--listen 127.0.0.1:PORT] [--clock virtual]\n"
    "\n"
    "The onedoor hub: takes joint applications, routes them to their departments in\n"
    "parallel, combines the opinions into one decision and keeps the promised date.\n"
    "\n"
    "  --config FILE       configuration, one JSON object\n"
    "  --check-config      check it and the catalogue, and exit: 0 fine, 1 refused\n"
    "  --show-config       print what would be in force as JSON, and exit\n"
    "  --data DIR          data folder, instead of the configuration's\n"
    "  --listen ADDR:PORT  address, instead of the configuration's; port 0 = any free one\n"
    "  --demo              the sample center (or FILE's) without keys: loopback only\n"
    "  --clock virtual     demo only: time moves by POST /v1/test/clock alone\n"
    "  --verbose           log more\n"
    "  --help, --version\n"
    "\n"
    "Example: onedoord --demo --listen 127.0.0.1:8080\n"
    "It stays in the foreground; SIGTERM drains and exits 0, SIGHUP reloads.\n";

enum { OPTION_CONFIG = 1, OPTION_CHECK, OPTION_SHOW, OPTION_DATA, OPTION_LISTEN, OPTION_DEMO, OPTION_CLOCK, OPTION_VERBOSE, OPTION_HELP, OPTION_VERSION };

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG}, {"check-config", no_argument, NULL, OPTION_CHECK},
    {"show-config", no_argument, NULL, OPTION_SHOW},
    {"data", required_argument, NULL, OPTION_DATA},     {"listen", required_argument, NULL, OPTION_LISTEN},
    {"demo", no_argument, NULL, OPTION_DEMO},           {"clock", required_argument, NULL, OPTION_CLOCK},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},     {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},     {NULL, 0, NULL, 0},
};

static int refuse(const char *what)
{
    fprintf(stderr, "onedoord: %s\nTry `onedoord --help`.\n", what);
    return 2;
}

/* The first of the places that exists, or "". */
static void find(char *path, const char *const *places)
{
    path[0] = '\0';
    for (; *places != NULL; places++)
        if (access(*places, R_OK) == 0) {
            snprintf(path, PATH_MAX, "%s", *places);
            return;
        }
}

/* Beside this program in a build tree or in an installation; no path is taken from the caller. */
static int find_parts(struct bin_options *options)
{
    char self[PATH_MAX], host[PATH_MAX + 32], gateway[PATH_MAX + 32], egress[PATH_MAX + 32], build[PATH_MAX + 64];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (size <= 0)
        return refuse("cannot read /proc/self/exe; mount /proc");
    self[size] = '\0';
    const char *folder = dirname(self);
    snprintf(host, sizeof(host), "%s/onedoor-host", folder);
    snprintf(gateway, sizeof(gateway), "%s/onedoor-nng", folder);
    snprintf(egress, sizeof(egress), "%s/onedoor-egress", folder);
    snprintf(build, sizeof(build), "%s/../sample/onedoor.json", folder);
    find(options->host, (const char *const[]){host, OD_LIBDIR "/onedoor-host", NULL});
    find(options->gateway, (const char *const[]){gateway, OD_LIBDIR "/onedoor-nng", NULL});
    find(options->egress, (const char *const[]){egress, OD_LIBDIR "/onedoor-egress", NULL});
    find(options->sample, (const char *const[]){build, OD_DATADIR "/sample/onedoor.json", NULL});
    return options->host[0] != '\0' ? -1 : refuse("onedoor-host is missing beside onedoord; install the whole package");
}

static int take(struct bin_options *options, int option)
{
    switch (option) {
    case OPTION_CONFIG: options->config = optarg; return -1;
    case OPTION_CHECK: options->is_check = true; return -1;
    case OPTION_SHOW: options->is_show = true; return -1;
    case OPTION_DATA: options->data = optarg; return -1;
    case OPTION_LISTEN: options->listen = optarg; return -1;
    case OPTION_DEMO: options->is_demo = true; return -1;
    case OPTION_VERBOSE: options->is_verbose = true; return -1;
    case OPTION_CLOCK:
        if (strcmp(optarg, "virtual") != 0)
            return refuse("--clock knows only `virtual`");
        options->is_clock_virtual = true;
        return -1;
    case OPTION_HELP: fputs(usage, stdout); return 0;
    case OPTION_VERSION: puts("onedoord " OD_VERSION); return 0;
    default: return refuse("unknown option, or one without its value");
    }
}

int bin_options_parse(struct bin_options *options, int argc, char **argv)
{
    int option, status = -1;

    *options = (struct bin_options){0};
    opterr = 0;
    while (status < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        status = take(options, option);
    if (status >= 0)
        return status;
    if (optind < argc)
        return refuse("it takes options only");
    if (!options->is_demo && options->config == NULL)
        return refuse("give --config FILE, or --demo for the sample center");
    if (options->is_clock_virtual && !options->is_demo)
        return refuse("--clock virtual goes with --demo only: real dates need the real clock");
    return find_parts(options);
}
