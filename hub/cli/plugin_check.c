/* SPDX-License-Identifier: Apache-2.0 */
/* plugin check and plugin run: the kit's library with the arguments of a command line. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/check.h"
#include "cli/kit.h"
#include "cli/verbs.h"

/* Options that both share. config: owned by the caller. */
static int options_read(struct cli *cli, struct check_options *options, char host[CLI_PATH_SIZE], char **config)
{
    const char *given = cli_option(cli, "--config");
    size_t size = 0;
    int rc = cli_kit_path(cli, "bin/onedoor-host", host);

    *config = NULL;
    if (rc == CLI_DONE && given != NULL && given[0] != '{')
        rc = cli_file_read(cli, given, config, &size);
    *options = (struct check_options){.target = cli->operand_count > 0 ? cli->operands[0] : ".",
                                      .remote = cli_option(cli, "--remote"),
                                      .config = *config != NULL ? *config : given,
                                      .host_program = host,
                                      .min_tier = cli_option(cli, "--min-tier"),
                                      .only = cli_option(cli, "--only"),
                                      .is_json = cli->is_json,
                                      .is_in_process = cli_option(cli, "--in-process") != NULL};
    return rc;
}

static int tell(const struct cli *cli, int rc, const char *message)
{
    if (rc == OD_OK)
        return CLI_DONE;
    cli_tell(cli, "%s", message);
    if (rc == OD_ENOTFOUND)
        return CLI_NOT_FOUND;
    return rc == OD_EINVAL || rc == OD_EUNSUPPORTED ? CLI_REFUSED : CLI_FAILED;
}

int cli_plugin_check(struct cli *cli)
{
    char host[CLI_PATH_SIZE], message[CHECK_TEXT_SIZE] = "", *config;
    struct check_options options;
    struct check_result result;
    int64_t seed = 1;

    if (cli_option(cli, "--list") != NULL) {
        check_suite_list(cli->is_json, stdout);
        return CLI_DONE;
    }
    if (cli_option_integer(cli, "--seed", 0, INT64_MAX, 1, &seed) != OD_OK)
        return CLI_USAGE;
    int rc = options_read(cli, &options, host, &config);
    if (rc != CLI_DONE)
        return rc;
    options.seed = (uint64_t)seed;
    rc = tell(cli, check_suite_run(&options, stdout, &result, message), message);
    base_free(config);
    return rc == CLI_DONE && result.failed > 0 ? CLI_FAILED : rc;
}

int cli_plugin_run(struct cli *cli)
{
    char host[CLI_PATH_SIZE], message[CHECK_TEXT_SIZE] = "", *config;
    struct check_options options;
    int rc = options_read(cli, &options, host, &config);

    if (rc != CLI_DONE)
        return rc;
    rc = tell(cli, check_run(&options, cli_option(cli, "--watch") != NULL, stdout, message), message);
    base_free(config);
    return rc;
}
