/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks. Phone and e-mail are checked for their shape only: whether somebody
 * answers is for the notice to find out. */
#include "catalog/applicant.h"

#include <string.h>

#include "catalog/line.h"

#define PHONE_DIGITS_MIN 3
#define EMAIL_LENGTH_MAX 254

size_t catalog_text_length(const char *text)
{
    size_t length = 0;

    for (; *text != '\0'; text++)
        length += ((unsigned char)*text & 0xc0) != 0x80;
    return length;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Does text begin with a character that no plain text may hold? C1 controls are C2 80..9F,
 * U+202A..202E are E2 80 AA..AE, U+2066..2069 are E2 81 A6..A9. */
static bool is_steering(const unsigned char *text)
{
    if (text[0] == 0xc2)
        return text[1] >= 0x80 && text[1] <= 0x9f;
    if (text[0] != 0xe2)
        return false;
    if (text[1] == 0x80)
        return text[2] >= 0xaa && text[2] <= 0xae;
    return text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9;
}

bool catalog_text_is_plain(const char *text, bool is_multiline)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool is_control = *at < ' ' || *at == 0x7f;
        bool is_allowed = is_multiline && (*at == '\n' || *at == '\t');
        if ((is_control && !is_allowed) || (*at >= 0xc2 && is_steering(at)))
            return false;
    }
    return true;
}

void catalog_plain_problem(struct catalog_problems *problems, struct catalog_place place,
                           const struct catalog_text *name, bool is_multiline)
{
    struct catalog_problem *problem = catalog_problem_add(problems, place, "format");

    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”不得含控制字符%s或文字方向控制符", name->in[CATALOG_ZH_CN],
                        is_multiline ? "（换行和制表符除外）" : "、换行");
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" may hold no control characters%s and no bidirectional overrides",
                        name->in[CATALOG_EN], is_multiline ? " but line feed and tab" : " or line breaks");
}

const char *catalog_text_check(const struct base_json *object, struct catalog_place place, const char *key,
                               bool is_required, size_t length_max, struct catalog_problems *problems)
{
    const struct base_json *json = base_json_member(object, key);
    const char *text = base_json_text(json);
    struct catalog_problem *problem = NULL;

    if (json == NULL || (text != NULL && is_required && is_blank(text))) {
        if (!is_required)
            return NULL;
        problem = catalog_problem_add(problems, place, "required");
        catalog_problem_say(problem, CATALOG_ZH_CN, "缺少“%s”", key);
        catalog_problem_say(problem, CATALOG_EN, "\"%s\" is missing", key);
        return NULL;
    }
    if (text == NULL) {
        problem = catalog_problem_add(problems, place, "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”须为文本", key);
        catalog_problem_say(problem, CATALOG_EN, "\"%s\" is to be a text", key);
        return NULL;
    }
    if (!catalog_text_is_plain(text, false)) {
        catalog_plain_problem(problems, place, &(struct catalog_text){{key, key}}, false);
        return NULL;
    }
    if (strlen(text) <= length_max || catalog_text_length(text) <= length_max)
        return text;
    problem = catalog_problem_add(problems, place, "length");
    catalog_problem_say(problem, CATALOG_ZH_CN, "“%s”不得超过 %zu 个字符", key, length_max);
    catalog_problem_say(problem, CATALOG_EN, "\"%s\" may have at most %zu characters", key, length_max);
    return NULL;
}

static struct catalog_place in_applicant(const char *key)
{
    return (struct catalog_place){"applicant", key, NULL};
}

static void members_check(const struct base_json *applicant, struct catalog_problems *problems)
{
    static const char *const members[] = {"kind", "name", "id_type", "id_number", "phone", "email", "locale", "agent", "representative"};

    for (const struct base_json *item = base_json_first(applicant); item != NULL; item = base_json_next(item)) {
        const char *key = base_json_key(item);
        size_t i = 0;
        while (i < sizeof(members) / sizeof(members[0]) && strcmp(members[i], key) != 0)
            i++;
        if (i < sizeof(members) / sizeof(members[0]))
            continue;
        struct catalog_problem *problem = catalog_problem_add(problems, in_applicant(key), "unknown_field");
        catalog_problem_say(problem, CATALOG_ZH_CN,
                            "申请人没有此项；允许：kind, name, id_type, id_number, phone, email, locale, agent, representative");
        catalog_problem_say(problem, CATALOG_EN,
                            "an applicant has no such member; allowed: kind, name, id_type, id_number, phone, email, locale, agent, representative");
    }
}

/* A service for one kind only needs not be told which. */
static void kind_check(const struct catalog_service *service, const struct base_json *applicant,
                       struct catalog_problems *problems)
{
    static const char *const allowed[] = {"", "person", "organization", "person, organization"};
    bool has_choice = service->applicant_kinds == (CATALOG_APPLICANT_PERSON | CATALOG_APPLICANT_ORGANIZATION);
    const char *kind = catalog_text_check(applicant, in_applicant("kind"), "kind", has_choice, CATALOG_PERSON_ID_LENGTH_MAX,
                                          problems);
    uint8_t bit = CATALOG_APPLICANT_NONE;

    if (kind == NULL)
        return;
    if (strcmp(kind, "person") == 0)
        bit = CATALOG_APPLICANT_PERSON;
    if (strcmp(kind, "organization") == 0)
        bit = CATALOG_APPLICANT_ORGANIZATION;
    if ((service->applicant_kinds & bit) != 0)
        return;
    struct catalog_problem *problem = catalog_problem_add(problems, in_applicant("kind"), "choice");
    catalog_problem_say(problem, CATALOG_ZH_CN, "本事项不受理此类申请人；允许：%s",
                        allowed[service->applicant_kinds]);
    catalog_problem_say(problem, CATALOG_EN, "the service is not open to this kind of applicant; allowed: %s",
                        allowed[service->applicant_kinds]);
}

bool catalog_is_phone(const char *text)
{
    size_t digits = 0;

    if (text[0] == '+')
        text++;
    for (; *text != '\0'; text++) {
        if (*text >= '0' && *text <= '9')
            digits++;
        else if (strchr(" -().", *text) == NULL)
            return false;
    }
    return digits >= PHONE_DIGITS_MIN;
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL)
        return false;
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    }
    return text[-1] != '.' && at[1] != '.';
}

static void contact_check(const struct base_json *applicant, struct catalog_problems *problems)
{
    const char *phone = catalog_text_check(applicant, in_applicant("phone"), "phone", false, CATALOG_PHONE_LENGTH_MAX,
                                           problems);
    const char *email = catalog_text_check(applicant, in_applicant("email"), "email", false, EMAIL_LENGTH_MAX,
                                           problems);
    struct catalog_problem *problem = NULL;

    if (phone != NULL && phone[0] != '\0' && !catalog_is_phone(phone)) {
        problem = catalog_problem_add(problems, in_applicant("phone"), "format");
        catalog_problem_say(problem, CATALOG_ZH_CN, "电话号码只能包含数字、空格、- ( ) . 和开头的 +，至少三位数字");
        catalog_problem_say(problem, CATALOG_EN,
                            "a phone number has digits, spaces, - ( ) . and a leading +, at least three digits");
    }
    if (email != NULL && email[0] != '\0' && !is_email(email)) {
        problem = catalog_problem_add(problems, in_applicant("email"), "format");
        catalog_problem_say(problem, CATALOG_ZH_CN, "电子邮箱的格式为 名称@域名");
        catalog_problem_say(problem, CATALOG_EN, "an e-mail address is name@domain, without spaces");
    }
}

static void locale_check(const struct base_json *applicant, struct catalog_problems *problems)
{
    const char *locale = catalog_text_check(applicant, in_applicant("locale"), "locale", false, CATALOG_PERSON_ID_LENGTH_MAX,
                                            problems);

    if (locale == NULL || strcmp(locale, "zh-CN") == 0 || strcmp(locale, "en") == 0)
        return;
    struct catalog_problem *problem = catalog_problem_add(problems, in_applicant("locale"), "choice");
    catalog_problem_say(problem, CATALOG_ZH_CN, "语言须为 zh-CN 或 en");
    catalog_problem_say(problem, CATALOG_EN, "the locale is to be zh-CN or en");
}

void catalog_applicant_check(const struct catalog_service *service, const struct base_json *body,
                             struct catalog_problems *problems)
{
    const struct base_json *applicant = base_json_member(body, "applicant");
    struct catalog_problem *problem = NULL;

    catalog_text_check(body, (struct catalog_place){"channel", NULL, NULL}, "channel", false, CATALOG_PERSON_ID_LENGTH_MAX,
                       problems);
    catalog_text_check(body, (struct catalog_place){"window", NULL, NULL}, "window", false, CATALOG_PERSON_ID_LENGTH_MAX, problems);
    if (base_json_type(applicant) != BASE_JSON_OBJECT) {
        problem = catalog_problem_add(problems, in_applicant(NULL), applicant == NULL ? "required" : "type");
        catalog_problem_say(problem, CATALOG_ZH_CN, "缺少申请人：须为含 name 的对象");
        catalog_problem_say(problem, CATALOG_EN, "the applicant is missing: an object with a name is needed");
        return;
    }
    members_check(applicant, problems);
    kind_check(service, applicant, problems);
    catalog_text_check(applicant, in_applicant("name"), "name", true, CATALOG_PERSON_NAME_LENGTH_MAX, problems);
    catalog_text_check(applicant, in_applicant("id_type"), "id_type", false, CATALOG_PERSON_ID_LENGTH_MAX, problems);
    catalog_text_check(applicant, in_applicant("id_number"), "id_number", false, CATALOG_PERSON_ID_LENGTH_MAX, problems);
    contact_check(applicant, problems);
    locale_check(applicant, problems);
    catalog_agent_check(applicant, problems);
    catalog_representative_check(applicant, problems);
}
