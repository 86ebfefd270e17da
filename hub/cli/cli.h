/* SPDX-License-Identifier: Apache-2.0 */
/* One run of `onedoor`: what the command line asked for, and how it ends. The
 * result goes to stdout, talk goes to stderr. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

#define CLI_OPERANDS_MAX 64
#define CLI_OPTIONS_MAX 64 /* options given in one run */
#define CLI_FILE_MAX (64 * 1024 * 1024)

enum cli_language { CLI_ZH_CN = 0, CLI_EN = 1, CLI_LANGUAGES = 2 };

/* One text in every language. */
struct cli_text {
    const char *in[CLI_LANGUAGES];
};

/* The exit codes are a contract with scripts. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_UNREACHABLE = 4,
    CLI_REFUSED = 5,
};

struct cli_verb;
struct cli_option;

struct cli_given {
    const struct cli_option *option;
    const char *value; /* NULL of a flag */
};

/* Zero it to initialise. All texts are borrowed from argv and the environment. */
struct cli {
    const struct cli_verb *verb;
    const char *operands[CLI_OPERANDS_MAX];
    size_t operand_count;
    struct cli_given given[CLI_OPTIONS_MAX];
    size_t given_count;
    enum cli_language language;
    bool is_json;        /* --json */
    bool is_help;        /* --help */
    bool is_out_colored; /* stdout is a terminal and NO_COLOR is not set */
    bool is_err_colored; /* the same of stderr */
    size_t columns;      /* of the terminal, or COLUMNS; 0 = any width (a pipe, a file) */
    const char *url, *key;
};

/* The whole program. */
int cli_run(int argc, char **argv);

/* The value of the option, the last one when it was given several times, "" of a
 * flag; NULL when it was not given. name: with its dashes. */
const char *cli_option(const struct cli *cli, const char *name);

/* An integer option in min..max. absent: *out when it was not given. A wrong value
 * is told on stderr. Errors: OD_EINVAL (*out unchanged). */
OD_MUST_CHECK int cli_option_integer(const struct cli *cli, const char *name, int64_t min,
                                     int64_t max, int64_t absent, int64_t *out);

/* Is word one of the words (the last is NULL)? Otherwise the nearest one, or all of them,
 * are told on stderr. A word of NULL was not given, and is fine. */
bool cli_is_one_of(const struct cli *cli, const char *word, const char *const *words);

/* zh or en, by the run's language. */
const char *cli_say(const struct cli *cli, const char *zh, const char *en)
    __attribute__((format_arg(2), format_arg(3)));

/* "onedoor: ..." on stderr. */
void cli_tell(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The content of a file ("-" = stdin) plus a NUL, owned by the caller (base_free);
 * a failure is told on stderr. Returns CLI_DONE, CLI_NOT_FOUND or CLI_FAILED. */
int cli_file_read(const struct cli *cli, const char *path, char **bytes, size_t *size);

/* Gate and parse the content of a file; a fault is told as file:line:column.
 * Returns CLI_DONE (*out is owned by the caller), CLI_REFUSED or CLI_FAILED. */
int cli_json_read(const struct cli *cli, const char *path, const char *bytes, size_t size,
                  struct base_json **out);

#endif
