/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on keys. */
#include "cli/options.h"
#include "cli/verbs.h"

const struct cli_option cli_key_create_options[] = {
    {"--role", "ROLE", true,
     {{"岗位：front_desk、officer、head、supervisor、admin、connector；可重复",
       "front_desk, officer, head, supervisor, admin or connector; may be repeated"}}},
    {"--department", "ID", false, {{"所属部门；officer 必填", "its department; an officer needs one"}}},
    {"--connector", "ID", false, {{"所代表的连接器（岗位 connector）", "the connector that it speaks for (role connector)"}}},
    {"--certificate", "SHA1", false,
     {{"须同时出示的客户端证书的指纹", "fingerprint of the client certificate that must come with it"}}},
    {"--expires", "DATE|TIME", false, {{"有效至该日终了，或该时刻（默认不过期）", "good until the end of the day, or a time (default: for ever)"}}},
    {"--note", "TEXT", false, {{"给谁用的，例如姓名和窗口", "for whom it is, e.g. name and window"}}},
    {.name = NULL},
};

const struct cli_option cli_key_list_options[] = {
    {"--state", "STATE", false, {{"按状态：active、revoked、expired", "by state: active, revoked or expired"}}},
    {"--department", "ID", false, {{"按部门", "by department"}}},
    {"--configured", NULL, false, {{"只列配置文件中的密钥", "those of the configuration instead"}}},
    CLI_OPTIONS_OF_PAGES,
    {.name = NULL},
};

const struct cli_option cli_key_revoke_options[] = {
    {"--reason", "TEXT", false, {{"原因，留在密钥的记录中", "why; kept with the key"}}},
    {.name = NULL},
};

const struct cli_example cli_key_create_examples[] = {
    {"onedoor key create li.na --role officer --department fire --note 'Li Na, window 3' --expires 2027-12-31",
     {{"密钥打印在标准输出上，只此一次", "the secret is printed on stdout, this once"}}},
    {"onedoor key create water-1 --role connector --connector water > water.key", {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_key_list_examples[] = {
    {"onedoor key list --state active --all", {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_key_revoke_examples[] = {
    {"onedoor key revoke li.na --reason 'left the center'", {{"立即失效；其会话随之结束", "at once; its sessions end with it"}}},
    {.line = NULL},
};
