/* SPDX-License-Identifier: Apache-2.0 */
/* The tables behind catalog.h. Private to hub/catalog; built by the load files,
 * never changed afterwards. */
#ifndef CATALOG_TABLES_H
#define CATALOG_TABLES_H

#include "catalog/calendar.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/notice.h"

/* A named calendar: as its object lists it while the files are read, with all that its
 * bases say once the layers are linked. */
struct catalog_days {
    const char *id;
    struct catalog_text name;
    enum catalog_level level;
    const char *base_id;                      /* NULL = none */
    const struct catalog_days *base;          /* once linked */
    struct core_calendar rules;               /* published_until 0 = as its base, until linked */
    const struct catalog_text *holiday_names; /* rules.holiday_count */
    const struct catalog_text *make_up_names; /* rules.make_up_count */
    bool has_weekend, has_published_from;     /* says so itself */
    core_day last_listed;                     /* of its own days; and where that one stands: */
    const char *last_key;
    size_t last_index;
    const char *label;                        /* "id@version", once linked */
    size_t observance_count, cancelled_count; /* of an iCalendar file */
    struct catalog *lender;                   /* whose days these are; retained; NULL = its own */
};

/* What a submission to one service is checked with. */
struct catalog_service_tables {
    struct catalog_index fields;         /* ids of service->fields */
    struct catalog_index materials;      /* ids of all materials of all matters, each once */
    const uint16_t *const *material_at;  /* [matter][k]: index in materials of the matter's k-th material */
    const core_task_set *material_users; /* [index in materials]: matters that have it */
};

struct catalog {
    size_t references;
    struct base_arena arena;
    char version[CATALOG_VERSION_SIZE];
    char *snapshot; /* owned */
    size_t snapshot_size;
    const char *center_id, *zone, *calendar_id;
    struct catalog_text center_name;
    struct catalog_contact contact;
    struct catalog_remedies remedies; /* of the center */
    int32_t opens_minute, closes_minute;
    bool rolls_receipt;
    struct catalog_notice_rules notice_rules;
    struct catalog_witness witnesses[CATALOG_WITNESSES_MAX];
    size_t witness_count;
    struct catalog_notice_text *notice_texts;
    size_t notice_text_count;
    uint64_t document_size_max; /* 0 = CATALOG_DOCUMENT_SIZE_DEFAULT */
    struct core_limit aftercare[CATALOG_AFTERCARE_CLOCKS];
    int32_t documents_years; /* personal documents are erased so long after an application has ended; 0 = never */
    struct catalog_days *calendars;           /* rows of calendar_index */
    const struct catalog_days *calendars_own; /* the same, as the files say */
    const struct catalog_days *calendar;      /* the center's, one of calendars */
    struct catalog_rule_set *rule_sets;       /* rows of rule_set_index */
    const struct catalog_rule **rules;        /* all rules, as rule_index has them */
    const struct catalog_rule_set *rule_set;  /* the center's; NULL = none */
    struct catalog_index rule_set_index, rule_index;
    struct catalog_department *departments;
    struct catalog_matter *matters;
    struct catalog_service *services;
    struct catalog_index calendar_index, department_index, matter_index, service_index; /* count = rows filled */
};

/* The row whose rules those are; of this catalogue. */
const struct catalog_days *catalog_days_of(const struct catalog *catalog, const struct core_calendar *calendar);

/* Give every calendar that catalog adopted back to its lender. */
void catalog_calendars_return(struct catalog *catalog);

#endif
