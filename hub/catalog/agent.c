/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts for the applicant: an agent by power of attorney, and the legal representative of an organization. */
#include "catalog/applicant.h"

#include <string.h>

static struct catalog_place place_of(const char *role, const char *key)
{
    return (struct catalog_place){"applicant", role, key};
}

static void say(struct catalog_problems *problems, struct catalog_place place, const char *code, const char *zh, const char *en)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place, code);

    catalog_problem_say(problem, CATALOG_ZH_CN, "%s", zh);
    catalog_problem_say(problem, CATALOG_EN, "%s", en);
}

static void members_check(const struct base_json *person, const char *role, bool has_power, struct catalog_problems *problems)
{
    static const char *const members[] = {"name", "id_type", "id_number", "phone", "power_of_attorney"};
    size_t count = sizeof(members) / sizeof(members[0]) - (has_power ? 0 : 1);

    for (const struct base_json *item = base_json_first(person); item != NULL; item = base_json_next(item)) {
        size_t i = 0;

        while (i < count && strcmp(members[i], base_json_key(item)) != 0)
            i++;
        if (i == count)
            say(problems, place_of(role, base_json_key(item)), "unknown_field",
                has_power ? "没有此项；允许：name, id_type, id_number, phone, power_of_attorney" : "没有此项；允许：name, id_type, id_number, phone",
                has_power ? "there is no such member; allowed: name, id_type, id_number, phone, power_of_attorney"
                          : "there is no such member; allowed: name, id_type, id_number, phone");
    }
}

/* False when it is no object, which is told. */
static bool person_check(const struct base_json *person, const char *role, bool has_power, struct catalog_problems *problems)
{
    if (base_json_type(person) != BASE_JSON_OBJECT) {
        say(problems, place_of(role, NULL), "type", "须为含 name 的对象", "this is to be an object with a name");
        return false;
    }
    members_check(person, role, has_power, problems);
    (void)catalog_text_check(person, place_of(role, "name"), "name", true, CATALOG_PERSON_NAME_LENGTH_MAX, problems);
    (void)catalog_text_check(person, place_of(role, "id_type"), "id_type", false, CATALOG_PERSON_ID_LENGTH_MAX, problems);
    (void)catalog_text_check(person, place_of(role, "id_number"), "id_number", false, CATALOG_PERSON_ID_LENGTH_MAX, problems);
    const char *phone = catalog_text_check(person, place_of(role, "phone"), "phone", false, CATALOG_PHONE_LENGTH_MAX, problems);
    if (phone != NULL && phone[0] != '\0' && !catalog_is_phone(phone))
        say(problems, place_of(role, "phone"), "format", "电话号码只能包含数字、空格、- ( ) . 和开头的 +，至少三位数字",
            "a phone number has digits, spaces, - ( ) . and a leading +, at least three digits");
    return true;
}

void catalog_agent_check(const struct base_json *applicant, struct catalog_problems *problems)
{
    const struct base_json *agent = base_json_member(applicant, "agent"), *power = base_json_member(agent, "power_of_attorney");

    if (agent == NULL || !person_check(agent, "agent", true, problems))
        return;
    if (base_json_type(power) != BASE_JSON_OBJECT) {
        say(problems, place_of("agent", "power_of_attorney"), power == NULL ? "required" : "type",
            "代办须有授权委托书：含 name 或 sha256 的对象", "an agent needs a power of attorney: an object with its document's name or sha256");
        return;
    }
    catalog_document_check(power, place_of("agent", "power_of_attorney"), problems);
    if (base_json_member_text(power, "name") == NULL && base_json_member_text(power, "sha256") == NULL)
        say(problems, place_of("agent", "power_of_attorney"), "required", "请写明授权委托书的 name 或 sha256",
            "the power of attorney is told by its document's name or sha256");
}

void catalog_representative_check(const struct base_json *applicant, struct catalog_problems *problems)
{
    const struct base_json *representative = base_json_member(applicant, "representative");
    const char *kind = base_json_member_text(applicant, "kind");

    if (representative == NULL || !person_check(representative, "representative", false, problems))
        return;
    if (kind != NULL && strcmp(kind, "organization") != 0)
        say(problems, place_of("representative", NULL), "choice", "仅组织（organization）有法定代表人",
            "only an organization has a legal representative");
}
