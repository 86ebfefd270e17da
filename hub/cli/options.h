/* SPDX-License-Identifier: Apache-2.0 */
/* Options that verbs of several files share, word for word: items of their tables (struct cli_option). */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

/* Of a list that comes in pages. */
#define CLI_OPTIONS_OF_PAGES                                                                                \
    {"--limit", "N", false, {{"每页条数，1 至 200（默认 50）", "items of a page, 1 to 200 (default 50)"}}}, \
        {"--all", NULL, false, {{"取全部各页", "every page"}}}

#define CLI_OPTION_DEPARTMENT {"--department", "ID", false, {{"按审批部门", "by department"}}}

#define CLI_OPTION_DUE_BEFORE {"--due-before", "DATE", false, {{"承诺日期早于该日", "promised before this date"}}}

#define CLI_OPTION_OVERDUE {"--overdue", NULL, false, {{"只看超期", "only what is overdue"}}}

/* Of an act on a task. */
#define CLI_OPTION_SEEN                                                   \
    {"--seen", "VERSION", false,                                          \
     {{"所见版本（task show 显示）；其后有变化则不作处理",                \
       "version that task show gave; refused when it changed since"}}}

/* Of what is fetched: the answer's bytes as a file. */
#define CLI_OPTION_OUTPUT                                                         \
    {"--output", "FILE", false,                                                   \
     {{"写入此文件（默认标准输出；已有的文件不覆盖）",                            \
       "write it there (default: standard output; a file that exists is kept)"}}}

#endif
