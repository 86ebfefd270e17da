/* SPDX-License-Identifier: Apache-2.0 */
/* plugin check and plugin run: the kit's library with the arguments of a command line. A package file is verified and
 * unpacked before anything of it runs. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "check/check.h"
#include "cli/kit.h"
#include "cli/package.h"
#include "cli/verbs.h"

/* What a command line names, and what was made of it. */
struct subject {
    char host[CLI_PATH_SIZE];
    char *config; /* owned, or NULL */
    struct cli_unpacked unpacked;
};

/* Options that both share. subject_end in any case. */
static int options_read(struct cli *cli, struct check_options *options, struct subject *subject)
{
    const char *given = cli_option(cli, "--config");
    size_t size = 0;

    *subject = (struct subject){.config = NULL};
    *options = (struct check_options){.target = cli->operand_count > 0 ? cli->operands[0] : "."};
    int rc = cli_kit_path(cli, "bin/onedoor-host", subject->host);
    if (rc == CLI_DONE && given != NULL && given[0] != '{')
        rc = cli_file_read(cli, given, &subject->config, &size);
    bool is_package = cli_option(cli, "--remote") == NULL && cli_package_is_file(options->target);
    if (rc == CLI_DONE && is_package)
        rc = cli_package_unpack(cli, options->target, &subject->unpacked);
    *options = (struct check_options){.target = options->target,
                                      .module = is_package ? subject->unpacked.folder : NULL,
                                      .remote = cli_option(cli, "--remote"),
                                      .config = subject->config != NULL ? subject->config : given,
                                      .host_program = subject->host,
                                      .min_tier = cli_option(cli, "--min-tier"),
                                      .only = cli_option(cli, "--only"),
                                      .is_json = cli->is_json,
                                      .is_in_process = cli_option(cli, "--in-process") != NULL};
    return rc;
}

static void subject_end(struct subject *subject)
{
    base_free(subject->config);
    cli_package_unpack_end(&subject->unpacked);
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
    char message[CHECK_TEXT_SIZE] = "";
    struct check_options options;
    struct check_result result = {.failed = 0};
    struct subject subject;
    int64_t seed = 1;

    if (cli_option(cli, "--list") != NULL) {
        check_suite_list(cli->is_json, stdout);
        return CLI_DONE;
    }
    if (cli_option_integer(cli, "--seed", 0, INT64_MAX, 1, &seed) != OD_OK)
        return CLI_USAGE;
    int rc = options_read(cli, &options, &subject);
    options.seed = (uint64_t)seed;
    if (rc == CLI_DONE)
        rc = tell(cli, check_suite_run(&options, stdout, &result, message), message);
    subject_end(&subject);
    return rc == CLI_DONE && result.failed > 0 ? CLI_FAILED : rc;
}

int cli_plugin_run(struct cli *cli)
{
    char message[CHECK_TEXT_SIZE] = "";
    bool is_watching = cli_option(cli, "--watch") != NULL;
    struct check_options options;
    struct subject subject;

    if (is_watching && cli->operand_count > 0 && cli_package_is_file(cli->operands[0])) {
        cli_tell(cli, "%s", cli_say(cli, "--watch 用于文件夹：包不会变化", "--watch is for a folder: a package does not change"));
        return CLI_USAGE;
    }
    int rc = options_read(cli, &options, &subject);
    if (rc == CLI_DONE)
        rc = tell(cli, check_run(&options, is_watching, stdout, message), message);
    subject_end(&subject);
    return rc;
}
