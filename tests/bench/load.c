/* SPDX-License-Identifier: Apache-2.0 */
/* onedoor-load: the load generator (cli/load.h) as a process of script/bench. It says `begin` and `end` on stdout at the
 * borders of the measured stretch, and a JSON object at last. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/load.h"

#define BODY_MAX (1 << 20)

struct options {
    struct cli_load_options load;
    const char *body; /* its file */
};

static int options_parse(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},    {"body", required_argument, NULL, 'b'},
        {"key", required_argument, NULL, 'k'},     {"in-flight", required_argument, NULL, 'n'},
        {"warmup", required_argument, NULL, 'w'},  {"seconds", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'c'},   {"connections", required_argument, NULL, 'l'},
        {"run", required_argument, NULL, 'r'},     {"rate", required_argument, NULL, 'a'},
        {NULL, 0, NULL, 0}};
    struct cli_load_options *load = &options->load;
    int option;

    *options = (struct options){.load = {.key = "", .run = "load", .seconds = 5, .in_flight = 64}};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 'p': load->port = (uint16_t)atoi(optarg); break;
        case 'b': options->body = optarg; break;
        case 'k': load->key = optarg; break;
        case 'r': load->run = optarg; break;
        case 'n': load->in_flight = (uint32_t)atoi(optarg); break;
        case 'l': load->connections = (uint32_t)atoi(optarg); break;
        case 'w': load->warmup_s = atof(optarg); break;
        case 's': load->seconds = atof(optarg); break;
        case 'c': load->count = strtoull(optarg, NULL, 10); break;
        case 'a': load->rate = atof(optarg); break;
        default: return -1;
        }
    }
    return options->body != NULL ? 0 : -1;
}

static char *file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(BODY_MAX);

    if (file == NULL || bytes == NULL)
        return NULL;
    *size = fread(bytes, 1, BODY_MAX, file);
    fclose(file);
    return bytes;
}

static void on_border(void *owner, enum cli_load_border border)
{
    (void)owner;
    puts(border == CLI_LOAD_BEGINS ? "begin" : "end");
    fflush(stdout);
}

static void print_times(const char *name, const struct cli_load_times *times)
{
    printf(", \"%s\": {\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f, \"count\": %llu}", name, times->p50, times->p99, times->max,
           (unsigned long long)times->count);
}

static void print_result(const struct options *options, const struct cli_load_result *result)
{
    printf("{\"in_flight\": %u, \"connections\": %u, \"seconds\": %.3f, \"request_bytes\": %zu, \"posted\": %llu, "
           "\"decided\": %llu, \"errors\": %llu, \"undecided\": %u, \"is_broken\": %s, \"applications_per_s\": %.1f",
           options->load.in_flight, result->connections, result->seconds, result->request_size, (unsigned long long)result->posted,
           (unsigned long long)result->decided, (unsigned long long)result->errors, result->undecided,
           result->is_broken ? "true" : "false", result->seconds > 0 ? (double)result->decided / result->seconds : 0);
    print_times("accept_ms", &result->accept);
    print_times("decision_ms", &result->decision);
    puts("}");
}

int main(int argc, char **argv)
{
    struct cli_load_result result;
    struct options options;

    if (options_parse(&options, argc, argv) != 0) {
        fprintf(stderr, "Usage: onedoor-load --port N --body FILE [--key KEY] [--in-flight N] [--connections N]\n"
                        "       [--warmup S] [--seconds S] [--count N] [--rate N] [--run NAME]\n"
                        "Ten # in the body stand for the running number of the request.\n");
        return 2;
    }
    char *body = file_read(options.body, &options.load.body_size);
    options.load.body = body;
    options.load.on_border = on_border;
    int rc = body != NULL ? cli_load_run(&options.load, &result) : OD_EIO;
    if (rc != OD_OK)
        fprintf(stderr, "onedoor-load: cannot start: %s\n", rc == OD_EINVAL ? "an option is out of range" : strerror(errno));
    else if (result.refusal[0] != '\0')
        fprintf(stderr, "onedoor-load: answer %s\n", result.refusal);
    if (rc == OD_OK)
        print_result(&options, &result);
    free(body);
    return rc != OD_OK || result.is_broken || result.undecided > 0 ? 1 : 0;
}
