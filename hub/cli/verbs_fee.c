/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of fees, payments, delivery and results. */
#include "cli/verbs.h"

const struct cli_option cli_fee_pay_options[] = {
    {"--receipt", "NO", false,
     {{"票据号，全中心唯一", "number of the receipt, unique in the whole center"}}},
    {"--method", "HOW", false,
     {{"cash、card、transfer、mobile 或 other", "cash, card, transfer, mobile or other"}}},
    {"--matter", "ID", false,
     {{"几个事项有同一收费项目时写明", "the matter, where several have a fee of that id"}}},
    {"--paid-at", "TIME", false,
     {{"缴款时间，如 2026-12-01T10:00:00+08:00（默认现在）", "when it was paid, e.g. 2026-12-01T10:00:00+08:00 (default: now)"}}},
    {"--overpaid", NULL, false,
     {{"款项已到账而多于应收：照实记录，须退还多收部分", "the money is here and is more than is owed: record it all the same, and refund what is too much"}}},
    {.name = NULL},
};

const struct cli_option cli_fee_refund_options[] = {
    {"--reason", "TEXT", false,
     {{"退还的原因", "why"}}},
    {"--amount", "SUM", false,
     {{"退还金额（默认尚未退还的全部）", "how much (default: all that is not refunded yet)"}}},
    {"--receipt", "NO", false,
     {{"退款凭证号", "number of the refund's voucher"}}},
    {.name = NULL},
};

const struct cli_option cli_fee_report_options[] = {
    {"--from", "DATE", false,
     {{"起始日（默认与截止日同一天）", "first day (default: the last one)"}}},
    {"--to", "DATE", false,
     {{"截止日（默认今天）", "last day (default: today)"}}},
    {"--csv", NULL, false,
     {{"输出 CSV，每笔一行", "print CSV, a line for each payment"}}},
    {.name = NULL},
};

const struct cli_option cli_delivery_options[] = {
    {"--way", "WAY", false,
     {{"window、electronic 或 courier", "window, electronic or courier"}}},
    {"--received-by", "NAME", false,
     {{"窗口领取人", "who took it at the window"}}},
    {"--relation", "TEXT", false,
     {{"领取人与申请人的关系", "what that person is to the applicant"}}},
    {"--name", "NAME", false,
     {{"收件人", "recipient of the parcel"}}},
    {"--phone", "NO", false,
     {{"收件人电话", "telephone of the recipient"}}},
    {"--address", "TEXT", false,
     {{"收件地址", "address of the recipient"}}},
    {"--carrier", "NAME", false,
     {{"承运人（自行登记运单时）", "carrier, where the waybill is written by hand"}}},
    {"--waybill", "NO", false,
     {{"运单号（自行登记时）", "number of the waybill, where it is written by hand"}}},
    {"--state", "STATE", false,
     {{"自行登记的快递：delivered 或 returned", "of such a parcel: delivered or returned"}}},
    {"--note", "TEXT", false,
     {{"说明；退回时必填", "a remark; required with returned"}}},
    {.name = NULL},
};

const struct cli_option cli_verify_result_options[] = {
    {"--key", "KEY|FILE", false,
     {{"中心公布的公钥：64 位十六进制，或含有它的文件", "the center's public key: 64 hexadecimal digits, or a file that holds them"}}},
    {.name = NULL},
};

const struct cli_example cli_fee_show_examples[] = {
    {"onedoor fee show 20261129-000123-2",
     {{"标准、减免、已缴、待缴", "standard, exemption, what was paid and what is open"}}},
    {.line = NULL},
};

const struct cli_example cli_fee_pay_examples[] = {
    {"onedoor fee pay 20261129-000123-2 property-registration-home 80.00 --receipt A-20261129-0007 --method card",
     {{"多于公布的标准则不予登记", "refused where it is more than the published standard"}}},
    {.line = NULL},
};

const struct cli_example cli_fee_refund_examples[] = {
    {"onedoor fee refund 20261129-000123-2 pay-17 --amount 20.00 --reason \"Exempt as a small enterprise\"",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_fee_report_examples[] = {
    {"onedoor fee report",
     {{"今天的收款", "what was taken today"}}},
    {"onedoor fee report --from 2026-11-01 --to 2026-11-30 --csv > november.csv",
     {{"与银行对账", "to be held against the bank's list"}}},
    {.line = NULL},
};

const struct cli_example cli_delivery_examples[] = {
    {"onedoor delivery 20261129-000123-2 --received-by \"Wang Xiaoming\"",
     {{"窗口领取", "at the window"}}},
    {"onedoor delivery 20261129-000123-2 --way electronic",
     {{"电子送达：签名的结果文书", "as a signed document"}}},
    {"onedoor delivery 20261129-000123-2 --way courier --carrier EMS --waybill EX123 --name \"Wang\" --phone 13800000000 --address \"1 River Road\"",
     {{"寄出", "sent"}}},
    {"onedoor delivery 20261129-000123-2 --way courier --state delivered",
     {{"已签收", "it arrived"}}},
    {.line = NULL},
};

const struct cli_example cli_delivery_show_examples[] = {
    {"onedoor delivery show 20261129-000123-2",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_result_examples[] = {
    {"onedoor result 20261129-000123-2 > result.json",
     {{"", ""}}},
    {.line = NULL},
};

const struct cli_example cli_verify_result_examples[] = {
    {"onedoor verify-result result.json --key evidence.pub.hex",
     {{"离线核验", "without the hub"}}},
    {.line = NULL},
};
