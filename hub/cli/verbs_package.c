/* SPDX-License-Identifier: Apache-2.0 */
/* Options and examples of the verbs on packages: plugin pack, sign, key, verify. */
#include "cli/verbs.h"

const struct cli_option cli_plugin_pack_options[] = {
    {"--output", "FILE", false,
     {{"写入此文件（默认 <标识>-<版本>.odm）", "write this file (default: <id>-<version>.odm)"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_pack_examples[] = {
    {"onedoor plugin pack build/gov.water-1.2.0",
     {{"列出文件散列，写出 gov.water-1.2.0.odm", "lists the hashes of the files and writes gov.water-1.2.0.odm"}}},
    {.line = NULL},
};

const struct cli_option cli_plugin_sign_options[] = {
    {"--key", "FILE", false,
     {{"私钥文件（minisign 格式）；有口令的，从终端或标准输入第一行读取",
       "the secret key, as minisign writes it; a password is read from the terminal, or from the first line of stdin"}}},
    {"--comment", "TEXT", false,
     {{"受信注释（默认时间与模块名）", "the trusted comment (default: time and module)"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_sign_examples[] = {
    {"onedoor plugin sign gov.water-1.2.0.odm --key water.key",
     {{"签名写入包内", "the signature goes into the package"}}},
    {.line = NULL},
};

const struct cli_option cli_plugin_key_options[] = {
    {"--output", "NAME", false,
     {{"写出 NAME.key 与 NAME.pub（默认 module）", "write NAME.key and NAME.pub (default: module)"}}},
    {"--no-password", NULL, false,
     {{"私钥不加口令（供自动化构建）", "a secret key without a password (for machines that build)"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_key_examples[] = {
    {"onedoor plugin key new --output water",
     {{"公钥交给各中心写入其 trust.json", "give the public key to the centers, for their trust.json"}}},
    {.line = NULL},
};

const struct cli_option cli_plugin_verify_options[] = {
    {"--trust", "FILE", false,
     {{"中心的信任文件", "the trust file of a center"}}},
    {"--public-key", "RW...", false,
     {{"只信任这一个公钥", "trust this one key"}}},
    {"--unsigned", NULL, false,
     {{"没有签名也可以", "it need not be signed"}}},
    {.name = NULL},
};

const struct cli_example cli_plugin_verify_examples[] = {
    {"onedoor plugin verify gov.water-1.2.0.odm --trust trust.json",
     {{"中枢装入之前检查的一切，离线", "all that a hub checks before it loads it, offline"}}},
    {.line = NULL},
};
