/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs for authors of connectors. */
#include "cli/verbs.h"

#define CONFIG {"--config", "FILE|JSON", false, {{"代替 check.json 中的配置", "configuration in place of check.json's"}}}
#define OF_A_PACKAGE                                                                                       \
    {"--trust", "FILE", false, {{"包文件：中心的信任文件", "of a package file: the trust file of a center"}}}, \
        {"--public-key", "RW...", false, {{"包文件：只信任这一个公钥", "of a package file: trust this one key"}}}, \
        {"--unsigned", NULL, false, {{"包文件：没有签名也可以", "of a package file: it need not be signed"}}}

const struct cli_option cli_plugin_new_options[] = {
    {"--lang", "c|python", false,
     {{"语言（默认 c）；python 为远程连接器", "language (default: c); python makes a remote connector"}}},
    {"--style", "sync|poll|callback", false,
     {{"部门如何答复：当场、轮询、回调（默认 sync）",
       "how the department answers: at once, when asked again, by calling back (default: sync)"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_new_examples[] = {
    {"onedoor plugin new gov.water --lang c --style poll",
     {{"在文件夹 gov.water 中生成，make 后可直接通过 plugin check",
       "made in the folder gov.water; after make it passes plugin check as it is"}}},
    {.line = NULL},
};

const struct cli_option cli_plugin_check_options[] = {
    {"--only", "PATTERN", false,
     {{"只做名称含此文字或符合此模式的用例", "only the cases whose names contain the text or fit the pattern"}}},
    {"--list", NULL, false,
     {{"列出全部用例，不运行", "name all cases and run none"}}},
    {"--remote", "ADDR|COMMAND", false,
     {{"远程连接器：其启动命令，或等待它的地址（127.0.0.1:端口）",
       "a remote connector: the command that starts it, or the address at which it is awaited (127.0.0.1:PORT)"}}},
    CONFIG,
    {"--seed", "N", false,
     {{"随机表单的种子（默认 1）", "seed of the odd forms (default: 1)"}}},
    {"--min-tier", "TIER", false,
     {{"低于此沙箱档位则不通过：plain、filtered、full", "fail below this tier of the sandbox: plain, filtered, full"}}},
    OF_A_PACKAGE,
    {"--in-process", NULL, false,
     {{"在本进程内装入模块，供 gdb 与 AddressSanitizer 使用（无沙箱）",
       "load the module into this process, for gdb and AddressSanitizer (no sandbox)"}}},
    {.name = NULL},
};

const struct cli_option cli_plugin_run_options[] = {
    {"--watch", NULL, false,
     {{"文件变化后重新运行，直到 Ctrl-C", "run anew whenever a file changes, until Ctrl-C"}}},
    {"--remote", "ADDR|COMMAND", false,
     {{"远程连接器：其启动命令，或等待它的地址", "a remote connector: its command, or the address at which it is awaited"}}},
    CONFIG,
    OF_A_PACKAGE,
    {.name = NULL},
};

const struct cli_example cli_plugin_check_examples[] = {
    {"onedoor plugin check .",
     {{"检查当前文件夹中的连接器；输出为 TAP", "check the connector in this folder; the output is TAP"}}},
    {"onedoor plugin check gov.water-1.2.0.odm --trust trust.json",
     {{"先验证签名，再检查包内的模块", "a package: its signature is verified first, then its module is checked"}}},
    {"onedoor plugin check . --only kill",
     {{"只做一组", "one group of cases"}}},
    {"onedoor plugin check . --remote 'python3 connector.py'",
     {{"检查一个远程连接器", "check a remote connector"}}},
    {.line = NULL},
};

const struct cli_example cli_plugin_run_examples[] = {
    {"onedoor plugin run . --watch",
     {{"看连接器对 check.json 的表单说什么，改动后重来", "see what it says to the forms of check.json, again after each change"}}},
    {.line = NULL},
};
