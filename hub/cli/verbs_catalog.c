/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on catalogues in force. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_reload_options[] = {
    {"--dry-run", NULL, false,
     {{"只列出将要变化的日期，不更换",
       "list every date that would change, change nothing"}}},
    {"--version", "VERSION", false,
     {{"更换为这一版本：待启用的，或曾经生效的（默认读取文件夹）",
       "put this version in force: one that waits, or one of before (default: read the folder)"}}},
    {"--reason", "TEXT", false, {{"原因，随版本留存", "why; kept with the version"}}},
    {.name = NULL},
};

const struct cli_option cli_config_versions_options[] = {
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_option cli_config_sources_options[] = {
    CLI_OPTION_OUTPUT,
    {.name = NULL},
};

const struct cli_example cli_reload_examples[] = {
    {"onedoor config reload --dry-run",
     {{"先看哪些日期会变化", "see first which dates would change"}}},
    {"onedoor config reload",
     {{"列出变化的日期，然后更换", "list the dates that change, then change it"}}},
    {"onedoor config reload --version 132b719f25013d07 --reason 'new fee standards from January'",
     {{"启用待启用的目录，或恢复先前版本", "put a candidate in force, or go back to an earlier version"}}},
    {.line = NULL},
};

const struct cli_example cli_config_upload_examples[] = {
    {"onedoor config upload guide-2027.zip",
     {{"检查并保留七天；此时尚未更换", "checked, and kept for seven days; nothing changes yet"}}},
    {.line = NULL},
};

const struct cli_example cli_config_candidates_examples[] = {
    {"onedoor config candidates", {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_config_discard_examples[] = {
    {"onedoor config discard 132b719f25013d07", {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_config_versions_examples[] = {
    {"onedoor config versions --all", {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_config_sources_examples[] = {
    {"onedoor config sources 132b719f25013d07 --output guide.tar.gz", {{"", ""}}},
    {.line = NULL},
};
