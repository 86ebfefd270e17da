/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs about the hub itself: its configuration, and what a machine does with it. */
#include "cli/verbs.h"

const struct cli_option cli_config_show_options[] = {
    {"--effective", NULL, false,
     {{"也列出默认值：每项设置的现值及其来源", "defaults too: every setting with the value in force, and where it comes from"}}},
    {"--data", "DIR", false,
     {{"视同以此数据文件夹启动", "as if the hub were started with this data folder"}}},
    {"--listen", "ADDR:PORT", false,
     {{"视同以此地址启动", "as if it were started with this address"}}},
    {"--demo", NULL, false,
     {{"视同以演示方式启动", "as if it were started as a demonstration"}}},
    {.name = NULL},
};

const struct cli_option cli_config_diff_options[] = {
    {"--exit-code", NULL, false,
     {{"有差别时退出码为 1", "exit 1 when there is a difference"}}},
    {.name = NULL},
};

const struct cli_option cli_bench_options[] = {
    {"--in-flight", "N", false,
     {{"同时在办的申请件数，1 至 4096（默认 64）", "applications under way at once, 1 to 4096 (default 64)"}}},
    {"--seconds", "SECONDS", false,
     {{"测量多少秒，1 至 3600（默认 10）", "for how long, 1 to 3600 (default 10)"}}},
    {"--service", "ID", false,
     {{"示例中心的服务（默认 open-restaurant）", "service of the sample center (default open-restaurant)"}}},
    {"--data", "DIR", false,
     {{"在哪个磁盘上测量：其中的一个新文件夹，用后删除（默认当前文件夹）",
       "on which disk: a fresh folder in it, removed afterwards (default: the current folder)"}}},
    {.name = NULL},
};

const struct cli_example cli_config_check_examples[] = {
    {"onedoor config check configs/sample",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_config_show_examples[] = {
    {"onedoor config show /etc/onedoor/onedoor.json --effective",
     {{"启动之前：每项设置的值及其来源", "before a start: every setting, and where it comes from"}}},
    {"onedoor config show --effective",
     {{"运行中的中枢", "of the running hub"}}},
    {.line = NULL},
};

const struct cli_example cli_config_diff_examples[] = {
    {"onedoor config diff",
     {{"运行中的中枢若重新读取其目录文件夹", "if the running hub read its own catalogue folder anew"}}},
    {"onedoor config diff /etc/onedoor/onedoor.json",
     {{"运行中的中枢若改用此配置", "if it took this configuration"}}},
    {"onedoor config diff catalog-2026 catalog-2027 --exit-code",
     {{"两个目录之间（离线）；有差别则退出码为 1", "between two catalogues, offline; exit 1 when they differ"}}},
    {.line = NULL},
};

const struct cli_example cli_bench_examples[] = {
    {"onedoor bench --data /var/lib/onedoor",
     {{"中枢的磁盘上每秒能办结多少件", "what a hub does on the disk that it would have"}}},
    {"onedoor bench --in-flight 1 --seconds 5 --json",
     {{"一件一件地办", "one after another"}}},
    {"onedoor bench --url http://127.0.0.1:8080",
     {{"正在运行的演示中枢；真实中心的申请从不编造", "a demo that runs; applications of a real center are never made up"}}},
    {.line = NULL},
};
