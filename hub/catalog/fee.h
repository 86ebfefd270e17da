/* SPDX-License-Identifier: Apache-2.0 */
/* Fees: what a matter's published standards come to for one form. Nothing else may be asked of an applicant
 * (Licensing Law art. 58, 59). Pure; the arithmetic is core/fee.h's. */
#ifndef CATALOG_FEE_H
#define CATALOG_FEE_H

#include "catalog/catalog.h"
#include "core/fee.h"

#define CATALOG_FEES_MAX 64           /* of one matter */
#define CATALOG_FEE_LINES_MAX 256     /* of all matters of one service */
#define CATALOG_FEE_EXEMPTIONS_MAX 32 /* of one fee */
#define CATALOG_CURRENCY_SIZE 4       /* ISO 4217 code and NUL */

/* Who pays less, and by which law. */
struct catalog_fee_exemption {
    const struct catalog_condition *when; /* never NULL */
    int32_t share;                        /* of the fee, in hundredths of a percent */
    struct catalog_text title;            /* legal basis */
    const char *article;
};

enum catalog_fee_charge {
    CATALOG_FEE_ON_ACCEPTANCE = 0, /* owed once the application is accepted */
    CATALOG_FEE_ON_APPROVAL,       /* owed once the matter is approved: certificates, cards */
};

/* One published standard. */
struct catalog_fee {
    const char *id; /* unique within its matter */
    struct catalog_text name;
    struct catalog_text unit; /* NULL items when there is none */
    const char *currency;
    struct core_fee_standard standard;
    const char *field; /* PER_UNIT, TIERS: integer or number of the form; NULL = FIXED */
    const char *times; /* integer of the form that the fee is multiplied by; NULL = 1 */
    const struct catalog_condition *when; /* NULL = always */
    const struct catalog_fee_exemption *exemptions;
    size_t exemption_count;
    uint8_t charge; /* enum catalog_fee_charge */
    struct catalog_text title; /* legal basis */
    const char *article;
};

/* One fee of one application. */
struct catalog_fee_line {
    unsigned task; /* index of the matter in the service */
    const struct catalog_fee *fee;
    bool is_computed;    /* false: the form has no value of needs, or one out of range; the sums are 0 then */
    const char *needs;   /* field that is missing or out of range; NULL */
    core_quantity quantity;
    int64_t times;
    core_money standard; /* by the standard */
    core_money exempted; /* taken off: the largest exemption that holds */
    core_money due;      /* standard - exempted */
    const struct catalog_fee_exemption *exemption; /* that holds; NULL = none */
};

struct catalog_fee_lines {
    size_t count;
    struct catalog_fee_line items[CATALOG_FEE_LINES_MAX];
};

/* The fees of the matters in included, in their order, over form (NULL = nothing is filled in). A fee whose `when`
 * does not hold has no line. Cannot fail: the load saw to the limit. Cost: linear in the fees and their conditions. */
void catalog_fees_compute(const struct catalog_service *service, core_task_set included, const struct base_json *form,
                          struct catalog_fee_lines *lines);

/* The line's members, for whoever adds some of their own: matter, fee, name, currency, how, standard, exempted, due,
 * exemption, legal_basis, charged_on. Money as text; null where it is not computed. */
void catalog_put_fee_line_members(struct base_buffer *buffer, const struct catalog_service *service,
                                  const struct catalog_fee_line *line);

/* For a preview: {"lines": [...], "totals": [{"currency", "standard", "exempted", "due"}], "is_complete"}; false where a
 * line is not computed yet. */
void catalog_put_fees(struct base_buffer *buffer, const char *key, const struct catalog_service *service,
                      core_task_set included, const struct base_json *form);

/* A matter's fees as published: each as in its file, with "words" {"zh-CN", "en"} of how it is reckoned. service: whose
 * form gives the labels; NULL = ids of the fields. */
void catalog_put_fee_standards(struct base_buffer *buffer, const char *key, const struct catalog_matter *matter,
                               const struct catalog_service *service);

/* Money as a text member: "80.50". */
void catalog_put_money(struct base_buffer *buffer, const char *key, core_money money);

#endif
