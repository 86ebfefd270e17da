/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs for authors of connectors. */
#include "cli/verbs.h"

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
