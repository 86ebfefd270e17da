/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the core's enums for people, where the API's own words would not do. */
#include "engine/internal.h"

const char *engine_pause_words(enum core_pause_kind kind, enum catalog_language language)
{
    static const char *const words[][CATALOG_LANGUAGES] = {
        [CORE_PAUSE_NONE] = {"", ""},
        [CORE_PAUSE_HEARING] = {"听证", "hearing"},
        [CORE_PAUSE_INSPECTION] = {"检验", "inspection"},
        [CORE_PAUSE_TESTING] = {"检测", "testing"},
        [CORE_PAUSE_QUARANTINE] = {"检疫", "quarantine"},
        [CORE_PAUSE_APPRAISAL] = {"鉴定", "appraisal"},
        [CORE_PAUSE_EXPERT_REVIEW] = {"专家评审", "expert review"},
        [CORE_PAUSE_TENDER] = {"招标", "tender"},
        [CORE_PAUSE_AUCTION] = {"拍卖", "auction"},
        [CORE_PAUSE_SUPPLEMENT] = {"等待申请人补正", "answer of the applicant"},
    };

    return words[kind <= CORE_PAUSE_SUPPLEMENT ? kind : CORE_PAUSE_NONE][language];
}

const char *engine_unit_words(enum core_unit unit, enum catalog_language language)
{
    static const char *const words[][CATALOG_LANGUAGES] = {
        [CORE_UNIT_NONE] = {"", ""},
        [CORE_UNIT_WORKING_DAY] = {"个工作日", "working days"},
        [CORE_UNIT_CALENDAR_DAY] = {"个自然日", "calendar days"},
        [CORE_UNIT_HOUR] = {"小时", "hours"},
        [CORE_UNIT_MONTH] = {"个月", "months"},
    };

    return words[unit <= CORE_UNIT_MONTH ? unit : CORE_UNIT_NONE][language];
}

enum core_unit engine_extension_unit(const struct core_limit *limit)
{
    return limit->extend.unit != CORE_UNIT_NONE ? (enum core_unit)limit->extend.unit : limit->unit;
}
