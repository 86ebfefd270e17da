/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of due and calendar: their options and examples. */
#include "cli/verbs.h"

const struct cli_option cli_due_options[] = {
    {"--calendar", "ID|FILE|FOLDER", false,
     {{"日历：编号、文件（JSON 或 iCalendar），或逐年文件所在的文件夹",
       "calendar: an id, a file (JSON or iCalendar), or a folder of yearly files"}}},
    {"--from", "DATE", false,
     {{"起算日，本身不计",
       "the day from which to count; itself never counted"}}},
    {"--days", "N", false,
     {{"天数（按规则）；负数向前数；不得为 0",
       "days by the rule; negative counts backwards; not 0"}}},
    {"--rule", "NAME", false,
     {{"计算规则：working_day（默认）、calendar_day（自然日）、month，或者规则编号（如 cn-42-single）",
       "rule of counting: working_day (default), calendar_day, month, or a rule's id (cn-42-single)"}}},
    {"--rules", "FILE|FOLDER", false,
     {{"规则文件或文件夹（默认 configs/rules）",
       "where the rules are (default: configs/rules)"}}},
    {"--pause", "FROM..UNTIL", false,
     {{"暂停：暂停日计入，恢复日不计；多个以逗号分隔",
       "a pause: its first day counts, the day of the resumption does not; more by commas"}}},
    {"--extend", "N", false,
     {{"延长的天数（或月数）",
       "units that an extension added"}}},
    {"--explain", NULL, false,
     {{"逐段说明哪些日计入、哪些不计及原因",
       "which days counted, which did not, and why"}}},
    {"--batch", "FILE", false,
     {{"CSV 文件（calendar,from,days，表头可加 rule,pauses,extended），每行输出一个日期；- 为标准输入",
       "CSV file (calendar,from,days; a head may add rule,pauses,extended), one date a line out; - is stdin"}}},
    {.name = NULL},
};

const struct cli_example cli_due_examples[] = {
    {"onedoor due --calendar cn --from 2024-02-08 --days 5 --explain",
     {{"2024-02-21：跳过春节，计入调休", "2024-02-21: over Spring Festival, with its make-up day"}}},
    {"onedoor due --calendar calendars/cn/ --from 2026-11-29 --days -3",
     {{"向前数", "backwards"}}},
    {"onedoor due --calendar cn --from 2024-02-08 --rule cn-42-single --pause 2024-02-20..2024-02-26 --explain",
     {{"法定二十日，检验暂停", "twenty days by law, stopped for an inspection"}}},
    {"onedoor due --batch dates.csv > due.txt",
     {{"成批计算", "many at once"}}},
    {.line = NULL},
};

const struct cli_example cli_calendar_check_examples[] = {
    {"onedoor calendar check configs/calendars/cn.json",
     {{"", ""}}},
    {"onedoor calendar check holidays.ics --json",
     {{"不合格时逐条列出行号与原因", "each line that is wrong, and why"}}},
    {.line = NULL},
};

const struct cli_option cli_calendar_show_options[] = {
    {"--year", "YYYY", false,
     {{"年份（默认今年；未公布时为最后公布的一年）",
       "the year (default: this one, or the last published one before it)"}}},
    {.name = NULL},
};

const struct cli_example cli_calendar_show_examples[] = {
    {"onedoor calendar show cn --year 2026",
     {{"", ""}}},
    {"onedoor calendar show holidays.ics --year 2026 --json",
     {{"逐日输出 JSON", "day by day, as JSON"}}},
    {.line = NULL},
};

const struct cli_option cli_calendar_import_options[] = {
    {"--id", "ID", false,
     {{"日历编号（默认取自文件名）",
       "id of the calendar (default: from the name of the file)"}}},
    {"--base", "ID", false,
     {{"所依据的上级日历；结果只写本级增减的日子",
       "calendar to build on: the result holds the days of this layer alone"}}},
    {"--output", "FILE", false,
     {{"写入文件（默认标准输出）",
       "write to this file (default: stdout)"}}},
    {.name = NULL},
};

const struct cli_example cli_calendar_import_examples[] = {
    {"onedoor calendar import holidays.ics --id cn --output calendars/cn.json",
     {{"", ""}}},
    {"onedoor calendar import 2025.json 2026.json --id cn > cn.json",
     {{"合并两年", "two years in one file"}}},
    {"onedoor calendar import province.ics --id guangxi --base cn",
     {{"省级日历：只写本省增减的日子", "a province: only what it adds to the nation"}}},
    {.line = NULL},
};
