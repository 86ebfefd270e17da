/* SPDX-License-Identifier: Apache-2.0 */
/* Every check of a load, one row each: change the fixture in one place, and say which
 * finding must come, at the place of which text. */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/fixture.h"
#include "lib/check.h"

static struct catalog_findings findings;

struct row {
    const char *find, *replace; /* in the fixture; the first */
    const char *text;           /* part of the finding */
    const char *mark;           /* where it must be: the first of this in the changed file; NULL = the whole file */
    const char *why;
};

static const struct row rows[] = {
    /* documents */
    {"{\"id\": \"id-copy\"", "{\"types\": [\"pdf\", \"exe\"], \"id\": \"id-copy\"", "a kind of document is one of pdf, png,", "\"exe\"", "a kind that there is not"},
    {"{\"id\": \"id-copy\"", "{\"types\": [], \"id\": \"id-copy\"", "\"types\" is empty", "[], \"id\": \"id-copy\"", "no kind at all"},
    {"{\"id\": \"id-copy\"", "{\"max_bytes\": 1073741825, \"id\": \"id-copy\"", "from 1 to 1073741824", "1073741825", "1 GiB + 1"},
    {"{\"id\": \"id-copy\"", "{\"max_bytes\": 0, \"id\": \"id-copy\"", "from 1 to 1073741824", "0, \"id\": \"id-copy\"", "nothing"},
    {"{\"id\": \"id-copy\"", "{\"valid_for\": {\"months\": 601}, \"id\": \"id-copy\"", "from 1 to 600", "601", "50 years and a month"},
    {"{\"id\": \"id-copy\"", "{\"valid_for\": {}, \"id\": \"id-copy\"", "\"months\" is missing", "{}, \"id\": \"id-copy\"", "validity without its length"},
    {"{\"id\": \"id-copy\"", "{\"same_as\": [\"m0\", \"m1\", \"m2\", \"m3\", \"m4\", \"m5\", \"m6\", \"m7\", \"m8\", \"m9\", \"m10\", \"m11\", \"m12\", \"m13\", \"m14\", \"m15\", \"m16\"], \"id\": \"id-copy\"", "at most 16", "[\"m0\"", "CATALOG_SAME_AS_MAX and one more"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"deemed_consent\", \"opinion_reuse\": 17171", "true or false", "17171", "a flag that is none"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"deemed_consent\", \"opinion_valid_for\": {\"months\": 1000}", "from 1 to 600", "1000", "an opinion that is never valid"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"none\", \"quantity\": {\"per\": \"year\"}", "\"available\" is missing", "{\"per\": \"year\"}", "how many is not said"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"none\", \"quantity\": {\"available\": 0, \"per\": \"year\"}", "from 1 to 100000", "0, \"per\"", "none at all"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"none\", \"quantity\": {\"available\": 100001, \"per\": \"year\"}", "from 1 to 100000", "100001", "CATALOG_QUANTITY_MAX and one more"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"none\", \"quantity\": {\"available\": 3, \"per\": \"month\"}", "one of: year, ever", "\"month\"", "a period that there is not"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"deemed_consent\", \"quantity\": {\"available\": 3, \"per\": \"ever\"}", "silence may not grant what is limited", "{\"available\"", "silence would grant out of turn"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"none\", \"opinion_valid_for\": {\"months\": 5}, \"quantity\": {\"available\": 3, \"per\": \"ever\"}", "does not stand for another application", "{\"available\"", "a place taken over"},
    {"\"expiry\": \"deemed_consent\"", "\"gives_opinion\": false, \"quantity\": {\"available\": 3, \"per\": \"ever\"}", "grants nothing that could be limited", "{\"available\"", "no opinion, no grant"},
    {"{\"id\": \"riverside\"", "{\"materials\": {\"max_bytes\": 1073741825}, \"id\": \"riverside\"", "from 1 to 1073741824", "1073741825", "of the center"},
    /* unknown and bad ids */
    {"\"department\": \"market\"", "\"department\": \"markt\"", "no department \"markt\"; did you mean \"market\"?", "\"markt\"", "department of a matter"},
    {"\"department\": \"fire\"", "\"department\": \"tax-office\"", "no department \"tax-office\"; define it", "\"tax-office\"", "nothing is near"},
    {"\"after\": [\"license\"], \"fields\"", "\"after\": [\"licence\"], \"fields\"", "no matter \"licence\"; did you mean \"license\"?", "\"licence\"", "after of a matter"},
    {"[\"license\", \"fire-check\",", "[\"license\", \"fire-chek\",", "no matter \"fire-chek\"; did you mean", "\"fire-chek\"", "matter of a service"},
    {"{\"matter\": \"sign\"", "{\"matter\": \"sing\"", "no matter \"sing\"; did you mean \"sign\"?", "\"sing\"", "matter of a service, as an object"},
    {"\"calendar\": \"cn\"", "\"calendar\": \"de\"", "no calendar \"de\"", "\"de\"", "calendar of the center"},
    {"\"id\": \"health\",", "\"id\": \"Health\",", "\"Health\" is no id", "\"Health\"", "capitals"},
    {"\"id\": \"health\",", "\"id\": \"-health\",", "\"-health\" is no id", "\"-health\"", "leading dash"},
    {"\"id\": \"health\",", "\"id\": \"\",", "is no id", "\"\",", "empty"},
    {"\"id\": \"health\",", "\"id\": 7,", "this is no id", "7, \"name\"", "a number"},
    {"\"id\": \"health\",", "\"id\": \"a0000000000000000000000000000000000000000000000000000000000000000\",", "is no id: 1 to 64", "\"a000", "65 characters"},
    /* duplicates */
    {"\"id\": \"health\",", "\"id\": \"fire\",", "\"fire\" is defined already at catalog.json:11", "\"fire\", \"name\": {\"zh-CN\": \"卫生\"", "department twice"},
    {"\"id\": \"sign\"", "\"id\": \"license\"", "\"license\" is defined already at catalog.json:15", "\"license\", \"department\": \"market\", \"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter sign\"", "matter twice"},
    {"\"id\": \"open-stand\"", "\"id\": \"open-cafe\"", "\"open-cafe\" is defined already at catalog.json:", "\"open-cafe\", \"name\": {\"zh-CN\": \"摆摊\"", "service twice"},
    {"[\"license\", \"fire-check\",", "[\"license\", \"license\", \"fire-check\",", "matter \"license\" stands twice in the service", "\"license\", \"fire-check\",", "matter twice in a service"},
    {"\"id\": \"seats\"", "\"id\": \"area_m2\"", "field \"area_m2\" stands twice in the form", "{\"id\": \"area_m2\", \"type\": \"integer\", \"label\": {\"zh-CN\": \"座位\"", "field twice"},
    {"\"id\": \"gas\"", "\"id\": \"plan\"", "material \"plan\" stands twice in the matter", "{\"id\": \"plan\", \"name\": {\"zh-CN\": \"燃气\"", "material twice"},
    {"{\"id\": \"new\"", "{\"id\": \"old\"", "choice \"old\" stands twice", "{\"id\": \"old\", \"label\": {\"zh-CN\": \"新城\"", "choice twice"},
    {"[\"fire-check\", \"health-permit\"]", "[\"fire-check\", \"fire-check\"]", "\"fire-check\" stands twice in the list", "\"fire-check\"]}", "after twice"},
    {"\"center\":", "\"departments\": [], \"center\":", "\"departments\" stands twice in this file", "\"departments\": [\n", "member twice"},
    /* members */
    {"\"phone\": \"119\"", "\"phon\": \"119\"", "unknown member \"phon\"; did you mean \"phone\"? (allowed: id, name, phone, address, calendar, remedies)", "\"119\"", "of a department"},
    {"\"expiry\": \"deemed_consent\"", "\"colour\": \"red\"", "unknown member \"colour\" (allowed: id, department,", "\"red\"", "of a matter"},
    {"\"center\":", "\"center2\": {}, \"center\":", "unknown member \"center2\"", "{}, \"center\"", "of the file"},
    {"\"stops_on_veto\": true", "\"stops_on_vetos\": true", "unknown member \"stops_on_vetos\"; did you mean \"stops_on_veto\"?", "true,\n     \"limits\"", "of a service"},
    {"\"article\": \"7\"", "\"articel\": \"7\"", "\"article\" is missing", "{\"title\": {\"zh-CN\": \"收费标准\"", "of a legal basis"},
    /* texts in both languages */
    {"{\"zh-CN\": \"消防\", \"en\": \"Fire\"}", "{\"zh-CN\": \"消防\"}", "the text in en is missing", "{\"zh-CN\": \"消防\"}", "no English"},
    {"{\"zh-CN\": \"消防\", \"en\": \"Fire\"}", "{\"zh-CN\": \" \", \"en\": \"Fire\"}", "the text in zh-CN is missing", "\" \", \"en\": \"Fire\"", "blank Chinese"},
    {"{\"zh-CN\": \"消防\", \"en\": \"Fire\"}", "\"Fire\"", "a text in both languages is expected", "\"Fire\"", "a bare string"},
    {"{\"zh-CN\": \"消防\", \"en\": \"Fire\"}", "{\"zh-CN\": \"消防\", \"en\": 5}", "the text in en is to be a string", "5}", "a number"},
    {"{\"zh-CN\": \"消防\", \"en\": \"Fire\"}", "{\"zh-CN\": \"消防\", \"en\": \"Fire\", \"de\": \"Feuer\"}", "unknown member \"de\"", "\"Feuer\"", "a third language"},
    {"[{\"zh-CN\": \"受理\", \"en\": \"Receive\"},", "[{\"zh-CN\": \"受理\"},", "the text in en is missing", "{\"zh-CN\": \"受理\"}", "in a list"},
    /* the six disclosures */
    {"\"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter license\"},", "", "\"name\" is missing", "{\"id\": \"license\"", "name"},
    {"\"legal_basis\": [{\"title\": {\"zh-CN\": \"行政许可法\", \"en\": \"Administrative Licensing Law\"}, \"article\": \"42\"}],", "", "\"legal_basis\" is missing", "{\"id\": \"license\"", "legal basis"},
    {"\"legal_basis\": [{\"title\": {\"zh-CN\": \"行政许可法\", \"en\": \"Administrative Licensing Law\"}, \"article\": \"42\"}]", "\"legal_basis\": []", "\"legal_basis\" is empty", "[],\n", "empty legal basis"},
    {"\"procedure\": [{\"zh-CN\": \"受理\", \"en\": \"Receive\"}, {\"zh-CN\": \"审查\", \"en\": \"Examine\"}]", "\"procedure\": []", "\"procedure\" is empty", "[],\n", "procedure"},
    {"\"materials\": [{\"id\": \"id-copy\", \"name\": {\"zh-CN\": \"身份证\", \"en\": \"Identity card\"}}],", "", "\"materials\" is missing", "{\"id\": \"license\"", "materials"},
    {"\"limits\": {\"statutory\": {\"unit\": \"working_day\", \"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}},", "", "\"limits\" is missing", "{\"id\": \"license\"", "limits"},
    {", \"promised\": {\"unit\": \"working_day\", \"length\": 5}", "", "\"promised\" is missing", "{\"statutory\": {\"unit\": \"working_day\", \"length\": 20}}", "promise"},
    {"\"fees\": []},", "\"pauses\": []},", "\"fees\" is missing", "{\"id\": \"license\"", "fees"},
    {",\n               \"legal_basis\": {\"title\": {\"zh-CN\": \"收费标准\", \"en\": \"Standard\"}, \"article\": \"7\"}", "", "the fee has no legal basis", "{\"id\": \"fee\"", "fee without a basis"},
    {"\"amount\": \"12.50\"", "\"amount\": \"12.505\"", "\"amount\" is to be a decimal", "\"12.505\"", "three decimals"},
    {"\"amount\": \"12.50\"", "\"amount\": 12.5", "\"amount\" is to be a string", "12.5,", "a number"},
    {"\"currency\": \"CNY\"", "\"currency\": \"yua\"", "ISO 4217", "\"yua\"", "currency"},
    {"\"kind\": \"promised\",", "\"kind\": \"promise\",", "\"kind\" is to be one of: promised, on_the_spot; did you mean \"promised\"?", "\"promise\",", "kind"},
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"deemed\"", "\"expiry\" is to be one of: none, deemed_consent,", "\"deemed\"", "expiry"},
    {"\"pauses\": [\"inspection\"]", "\"pauses\": [\"inspection\", \"lunch\"]", "a pause is to be one of", "\"lunch\"", "pause"},
    {"\"valid_to\": \"2030-12-31\"", "\"valid_to\": \"2023-12-31\"", "\"valid_to\" lies before \"valid_from\"", "\"2023-12-31\"", "validity"},
    {"\"valid_from\": \"2024-01-01\"", "\"valid_from\": \"2024-02-30\"", "\"valid_from\" is to be a date", "\"2024-02-30\"", "no such day"},
    /* limits */
    {"\"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 10}", "\"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 21}", "the promise (21 working days) can end later than the statutory limit (20 working days)", "{\"unit\": \"working_day\", \"length\": 21}", "promise later than statute"},
    {"\"promised\": {\"unit\": \"working_day\", \"length\": 15}", "\"promised\": {\"unit\": \"working_day\", \"length\": 46}", "the promise (46 working days) can end later", "{\"unit\": \"working_day\", \"length\": 46}", "joint promise"},
    {"\"promised\": {\"unit\": \"working_day\", \"length\": 5}", "\"promised\": {\"unit\": \"week\", \"length\": 5}", "\"unit\" is to be one of: working_day, calendar_day, hour, month", "\"week\"", "unit"},
    {"\"promised\": {\"unit\": \"working_day\", \"length\": 5}", "\"promised\": {\"unit\": \"working_day\", \"length\": 0}", "\"length\" is to be a whole number from 1 to 3650", "0}}", "length 0"},
    {"\"statutory\": {\"unit\": \"working_day\", \"length\": 45}", "\"statutory\": {\"unit\": \"working_day\", \"length\": 3651}", "\"length\" is to be a whole number from 1 to 3650", "3651", "length max + 1"},
    {"\"promised\": {\"unit\": \"working_day\", \"length\": 5}", "\"promised\": {\"unit\": \"working_day\", \"length\": 5, \"end_roll\": \"previous\"}", "\"end_roll\" is to be one of: none, next_working_day", "\"previous\"", "end roll"},
    /* cycles */
    {"\"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter license\"},", "\"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter license\"}, \"after\": [\"sign\"],", "\"after\" goes in a circle: license -> sign -> fire-check -> license", "[\"license\"], \"fields\"", "over three matters"},
    {"\"after\": [\"license\"], \"fields\"", "\"after\": [\"fire-check\"], \"fields\"", "\"after\" goes in a circle: fire-check -> fire-check", "[\"fire-check\"], \"fields\"", "of itself"},
    {"[\"license\", \"fire-check\", {\"matter\": \"health-permit\", \"after\": [\"license\"]}", "[{\"matter\": \"license\", \"after\": [\"health-permit\"]}, \"fire-check\", {\"matter\": \"health-permit\", \"after\": [\"license\"]}", "in a circle in this service: license -> health-permit -> license", "{\"matter\": \"license\"", "by the service"},
    {"\"after\": [\"license\"]},", "\"after\": [\"nowhere\"]},", "\"after\" names \"nowhere\", which is no matter of this service", "\"nowhere\"", "after of a service: unknown"},
    /* after-care */
    {"\"rolls_receipt\": true}}", "\"rolls_receipt\": true}, \"aftercare\": {\"inquiry\": {\"unit\": \"week\", \"length\": 1}}}", "\"unit\" is to be one of: working_day, calendar_day, hour, month", "\"week\"", "unit of a reply"},
    {"\"rolls_receipt\": true}}", "\"rolls_receipt\": true}, \"aftercare\": {\"complaint\": {\"unit\": \"working_day\", \"length\": 3651}}}", "\"length\" is to be a whole number from 1 to 3650", "3651", "length max + 1"},
    {"\"rolls_receipt\": true}}", "\"rolls_receipt\": true}, \"aftercare\": {\"repair\": {\"unit\": \"working_day\", \"length\": 15, \"pause_on\": [\"hearing\"]}}}", "nothing stops this limit", "[\"hearing\"]", "a pause"},
    /* third parties */
    {"\"expiry\": \"deemed_consent\"", "\"expiry\": \"deemed_consent\", \"gives_opinion\": false", "has none to be deemed", "false,\n", "an expiry of no opinion"},
    {"\"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter license\"},", "\"name\": {\"zh-CN\": \"事项\", \"en\": \"Matter license\"}, \"gives_opinion\": false,", "no matter of this service gives an opinion", "[\"license\"], \"policy\"", "third parties alone"},
    /* policy */
    {"\"weights\": {\"health\": 2}", "\"weights\": {\"helth\": 2}", "no department \"helth\"; did you mean \"health\"?", "2}}", "unknown department"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"veto\", \"vetoers\": [\"fire\"]}", "names department \"fire\", which has no matter in this service", "\"fire\"]}", "absent department"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"veto\", \"vetoers\": []}", "\"vetoers\" is empty", "[]},\n     \"limits\"", "nobody has a veto"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"veto\"}", "\"vetoers\" is missing", "{\"kind\": \"veto\"}", "veto without vetoers"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"lead\", \"lead\": \"sign\"}", "names matter \"sign\", which is not in this service", "\"sign\"}", "absent lead"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"lead\"}", "\"lead\" is missing", "{\"kind\": \"lead\"}", "no lead"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"most\"}", "\"kind\" is to be one of: all, lead, veto, quorum, partial", "\"most\"", "unknown kind"},
    {"\"policy\": {\"kind\": \"all\"}", "\"policy\": {\"kind\": \"all\", \"lead\": \"license\"}", "\"lead\" does not belong to this kind of policy", "\"license\"}", "member of another kind"},
    {", \"policy\": {\"kind\": \"all\"}", "", "\"policy\" is missing", "{\"id\": \"open-stand\"", "no policy"},
    {"\"policy\": {\"kind\": \"all\"},", "\"policy\": {\"kind\": \"quorum\"},", "\"threshold\" is missing", "{\"kind\": \"quorum\"},", "quorum without a threshold"},
    {"\"threshold\": 3", "\"threshold\": 4", "the threshold 4 cannot be reached: the matters that are always included weigh 3", "4, \"weights\"", "limit + 1: license 1 and health 2 are always in"},
    {"\"threshold\": 3", "\"threshold\": 0", "\"threshold\" is to be a whole number from 1", "0, \"weights\"", "threshold 0"},
    {"{\"health\": 2}", "{\"health\": -1}", "\"health\" is to be a whole number from 0", "-1}", "negative weight"},
    /* service */
    {"\"matters\": [\"license\"]", "\"matters\": []", "the service has no matter", "[], \"policy\"", "no matter"},
    {"\"applicant_kinds\": [\"person\"]", "\"applicant_kinds\": [\"robot\"]", "an applicant kind is to be one of", "\"robot\"", "applicant kind"},
    {"\"applicant_kinds\": [\"person\"]", "\"applicant_kinds\": []", "\"applicant_kinds\" is empty", "[], \"matters\"", "for nobody"},
    {"\"fields\": [\"area_m2\", \"seats\"]", "\"fields\": [\"area_m2\", \"seat\"]", "declares field \"seat\", which the form of this service does not have; did you mean \"seats\"?", "\"fire-check\", {\"matter\"", "field not in the form"},
    /* conditions */
    {"\"field\": \"area_m2\", \"op\": \">\"", "\"field\": \"area\", \"op\": \">\"", "asks for field \"area\", which the form of service \"open-cafe\" does not have", "{\"field\": \"area\"", "unknown field"},
    {"\"field\": \"kitchen\", \"op\": \"==\"", "\"field\": \"kitchn\", \"op\": \"==\"", "field \"kitchn\", which the form of service \"open-cafe\" does not have; did you mean \"kitchen\"?", "{\"field\": \"kitchn\"", "of a material"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \">\", \"value\": \"300\"", "an integer takes", "{\"field\": \"area_m2\", \"op\"", "a text for a number"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"kitchen\", \"op\": \">\", \"value\": true", "a boolean takes", "{\"field\": \"kitchen\", \"op\": \">\"", "order of booleans"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"zone\", \"op\": \"==\", \"value\": \"east\"", "a choice takes", "{\"field\": \"zone\", \"op\"", "no such choice"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"opens_on\", \"op\": \">\", \"value\": \"soon\"", "a date takes", "{\"field\": \"opens_on\", \"op\"", "no date"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"title\", \"op\": \">\", \"value\": \"a\"", "a text takes", "{\"field\": \"title\", \"op\"", "order of texts"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \"contains\", \"value\": 3", "an integer takes", "{\"field\": \"area_m2\", \"op\"", "contains without a list"},
    {"\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"", "\"field\": \"foods\", \"op\": \"contains\", \"value\": \"warm\"", "a list takes", "{\"field\": \"foods\"", "no such choice of a list"},
    {"\"field\": \"foods\", \"op\": \"contains\", \"value\": \"hot\"", "\"field\": \"foods\", \"op\": \"==\", \"value\": \"hot\"", "a list takes", "{\"field\": \"foods\"", "equality of a list"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"zone\", \"op\": \"in\", \"value\": \"old\"", "\"value\" is to be an array", "\"old\"},\n     \"after\"", "in without an array"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"zone\", \"op\": \"in\", \"value\": []", "\"value\" is empty", "[]},\n     \"after\"", "in of nothing"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \"=>\", \"value\": 300", "\"op\" is to be one of: ==, !=,", "\"=>\"", "operator"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \">\"", "\"value\" is missing", "{\"field\": \"area_m2\", \"op\"", "no value"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \"exists\", \"value\": 300", "\"exists\" has no value", "300}", "value of exists"},
    {"\"field\": \"area_m2\", \"op\": \">\", \"value\": 300", "\"field\": \"area_m2\", \"op\": \">\", \"value\": null", "a value is to be a text, a number", "null", "null"},
    {"\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "\"when\": {\"all\": []}", "\"all\" is empty", "[]},\n     \"after\"", "all of nothing"},
    {"\"when\": {\"field\": \"area_m2\", \"op\": \">\", \"value\": 300}", "\"when\": true", "a condition is expected here", "true,\n     \"after\"", "no condition"},
    /* form */
    {"\"type\": \"boolean\"", "\"type\": \"bool\"", "\"type\" is to be one of: text, integer, number,", "\"bool\"", "type"},
    {"\"min\": 0, \"max\": 500", "\"min\": 501, \"max\": 500", "\"min\" is larger than \"max\"", "{\"id\": \"seats\"", "empty range"},
    {"\"min\": 0, \"max\": 500", "\"min_length\": 3", "\"min_length\" does not belong", "3}", "member of another type"},
    {"\"max_length\": 10", "\"max_length\": 10, \"min_length\": 11", "\"min_length\" is larger than \"max_length\"", "{\"id\": \"title\"", "empty length"},
    {", \"choices\": [{\"id\": \"old\"", ", \"hint2\": [{\"id\": \"old\"", "\"choices\" is missing", "{\"id\": \"zone\"", "choice without choices"},
    {"\"max_length\": 10", "\"max_length\": 0", "\"max_length\" is to be a whole number from 1", "0},\n        {\"id\": \"slope\"", "length 0"},
    /* example */
    {"\"example\": {\"service\": \"open-stand\"", "\"example\": {\"service\": \"open-cafe\"", "the example's \"service\" is to be \"open-stand\"", "{\"service\": \"open-cafe\", \"applicant\": {\"name\": \"Li\"}", "of another service"},
    {"\"form\": {\"area_m2\": 312", "\"form\": {\"area_m2\": 0", "the example would not be taken: \"Area\" is to be from 1 to 100000 m²", "0, \"title\"", "a problem"},
    {", {\"material\": \"plan\"}", "", "the example lacks material \"plan\" of matter \"fire-check\"", "{\"service\": \"open-cafe\",", "a missing material"},
    {",\n     \"example\": {\"service\": \"open-stand\", \"applicant\": {\"name\": \"Li\"}, \"form\": {}, \"materials\": [{\"material\": \"id-copy\"}]}", "", "\"example\" is missing", "{\"id\": \"open-stand\"", "no example"},
    /* center */
    {"\"time_zone\": \"Asia/Shanghai\"", "\"time_zone\": \"Asia Shanghai\"", "no IANA time zone name", "\"Asia Shanghai\"", "zone"},
    {"\"opens\": \"09:00\"", "\"opens\": \"18:00\"", "\"opens\" is to lie before \"closes\"", "{\"opens\"", "hours"},
    {"\"opens\": \"09:00\"", "\"opens\": \"9:00\"", "\"opens\" is to be a time HH:MM", "\"9:00\"", "no time"},
    {"\"closes\": \"17:30\"", "\"closes\": \"24:01\"", "\"closes\" is to be a time HH:MM, 00:00 to 24:00", "\"24:01\"", "past midnight"},
    /* calendar */
    {"\"from\": \"2024-05-01\"", "\"from\": \"2024-02-17\"", "2024-02-17 is listed twice", "{\"from\": \"2024-02-17\"", "overlap of holidays"},
    {"\"date\": \"2024-02-04\"", "\"date\": \"2024-02-10\"", "2024-02-10 is listed as a day off and as a working day", "{\"date\": \"2024-02-10\"", "off and worked"},
    {"\"to\": \"2024-02-17\"", "\"to\": \"2024-02-09\"", "\"to\" lies before \"from\"", "{\"from\": \"2024-02-10\"", "backwards"},
    {"\"from\": \"2024-05-01\"", "\"from\": \"2025-05-01\"", "the day lies after \"published_until\"", "{\"from\": \"2025-05-01\"", "not published"},
    {"[\"saturday\", \"sunday\"]", "[\"saturday\", \"sonday\"]", "a day of the weekend is to be one of", "\"sonday\"", "weekday"},
    {"[\"saturday\", \"sunday\"]", "[\"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \"sunday\"]", "\"weekend\" has 7 items, at most 6", "[\"monday\"", "never a working day"},
    {"\"published_until\": \"2024-12-31\"", "\"published_until\": \"2200-01-01\"", "lies after 2199-12-31", "\"2200-01-01\"", "limit + 1"},
    /* no catalogue file */
    {"\"kind\": \"promised\",", "\"kind\": \"promised\" \"x\",", "", "\"x\",", "a missing comma"},
    {"[\"fire-check\", \"health-permit\"]}],", "[\"fire-check\", \"health-permit\"]},", "", NULL, "a missing bracket"},
    {"\"phone\": \"119\"", "\"id\": \"fire2\"", "", "\"id\": \"fire2\"", "the gate: a duplicate key"},
    {"\"departments\": [", "\"departments\": [3, ", "an object {...} is expected here", "3, ", "a number for an object"},
};

/* All rows are tried, so that one change that breaks several shows them at once. */
static bool row_holds(const struct row *row)
{
    char *text = fixture_replace(fixture_text, row->find, row->replace);
    struct catalog *catalog = NULL;
    uint32_t line = 0, column = 0;

    int rc = fixture_load_text(text, &catalog, &findings);
    const struct catalog_finding *finding = fixture_finding(&findings, row->text);
    if (row->mark != NULL)
        fixture_place(text, row->mark, &line, &column);
    bool is_there = finding != NULL && strcmp(finding->file, "catalog.json") == 0;
    bool holds = rc == OD_EINVAL && catalog == NULL && is_there &&
                 (row->mark == NULL || (finding->line == line && finding->column == column));
    if (!holds) {
        fprintf(stderr, "%s: expected at %u:%u \"%s\", found:\n", row->why, (unsigned)line, (unsigned)column, row->text);
        fixture_print(&findings);
    }
    catalog_release(catalog);
    free(text);
    return holds;
}

static void each_check_tells_its_finding_and_place(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        failed += !row_holds(&rows[i]);
    CHECK_I64(0, failed, "rows without their finding");
}

static void pointer_names_the_value(void **state)
{
    char *text = fixture_replace(fixture_text, "\"op\": \"contains\", \"value\": \"hot\"", "\"op\": \"contains\", \"value\": \"warm\"");
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "refused");
    CHECK_I64(1, findings.count, "one thing is wrong, one finding");
    CHECK_TEXT("/services/0/matters/3/when/any/0", findings.items[0].pointer, "RFC 6901");
    free(text);
}

/* Two files, four faults: none hides another. */
static void all_findings_are_collected(void **state)
{
    const char *folder = fixture_folder();
    struct catalog *catalog = NULL;
    const char other[] = "{\"departments\": [{\"id\": \"fire\", \"name\": {\"zh-CN\": \"甲\", \"en\": \"A\"}},\n{\"id\": \"x\"}]}";
    char *text = fixture_replace(fixture_text, "\"fees\": []},", "\"fees\": [], \"rate\": 1},");
    char *more = fixture_replace(text, "\"length\": 20}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}", "\"length\": 4}, \"promised\": {\"unit\": \"working_day\", \"length\": 5}");

    (void)state;
    fixture_write(folder, "catalog.json", more, strlen(more));
    fixture_write(folder, "other.json", other, strlen(other));
    CHECK_I64(OD_EINVAL, catalog_load(folder, &catalog, &findings), "refused");
    CHECK_I64(4, findings.count, "all four");
    CHECK_I64(1, fixture_finding(&findings, "\"fire\" is defined already at catalog.json:11")->line, "in the other file");
    CHECK_TEXT("other.json", fixture_finding(&findings, "\"name\" is missing")->file, "the file by its name");
    CHECK(fixture_finding(&findings, "unknown member \"rate\"") != NULL, "third");
    CHECK(fixture_finding(&findings, "the promise (5 working days)") != NULL, "fourth");
    fixture_remove(folder);
    free(text);
    free(more);
}

/* What a broken object would have defined is not called unknown as well. */
static void a_broken_object_casts_no_shadow(void **state)
{
    char *text = fixture_replace(fixture_text, "\"phone\": \"119\"", "\"phone\": 01");
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "refused");
    CHECK_I64(1, findings.count, "only the number");
    CHECK_TEXT("/departments/0/phone", findings.items[0].pointer, "the pointer from the top of the file");
    free(text);
}

/* More findings than are kept: counted, and the memory of the caller is not passed. */
static void findings_beyond_the_limit_are_counted(void **state)
{
    struct catalog *catalog = NULL;
    static char text[16384] = "{\"departments\": [";

    (void)state;
    for (size_t i = 0; i < CATALOG_FINDINGS_MAX + 1; i++)
        strcat(text, i > 0 ? ",{\"name\": 1, \"id\": \"a\"}" : "{\"id\": \"b\", \"name\": 1}");
    strcat(text, "]}");
    CHECK_I64(OD_EINVAL, fixture_load_text(text, &catalog, &findings), "refused");
    CHECK(findings.count > CATALOG_FINDINGS_MAX + 1, "every one is counted");
}

static void a_file_that_is_no_catalogue_is_refused(void **state)
{
    static const struct { const char *text, *part; uint32_t line, column; const char *why; } bad[] = {
        {"", "", 1, 1, "empty"},
        {"{\"matters\": {}}", "an array [...] is expected here", 1, 13, "an object for an array"},
        {"{\"center\": []}", "an object {...} is expected here", 1, 12, "an array for an object"},
        {"[]", "a catalogue file, one object", 1, 1, "an array"},
        {"{\"center\": {}}x", "", 1, 15, "something behind it"},
        {"{\"center\": {}},", "", 1, 15, "a comma behind it"},
        {"{\n \"matters\": [{\"id\": \"\\u0000\"}]}", "", 2, 22, "a NUL escape"},
        {"{\"center\": {\"id\": \"\xff\"}}", "", 1, 20, "no UTF-8"},
        {"{\"center\": {\"id\": [1}}", "", 1, 21, "crossed brackets"},
        {"{\"center\"", "", 1, 10, "cut"},
        {"{\"matters\": [{}", "", 1, 16, "cut in a list"},
        {"{\"matters\": [{},]}", "", 1, 17, "a trailing comma"},
        {"{,}", "", 1, 2, "a comma for a member"},
    };
    struct catalog *catalog = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_I64(OD_EINVAL, fixture_load_text(bad[i].text, &catalog, &findings), bad[i].why);
        size_t at = 0;
        while (at < findings.count && findings.items[at].line == 0)
            at++; /* that there is no center */
        CHECK(at < findings.count, bad[i].why);
        CHECK(strstr(findings.items[at].text[CATALOG_EN], bad[i].part) != NULL, bad[i].why);
        CHECK_I64(bad[i].line, findings.items[at].line, bad[i].why);
        CHECK_I64(bad[i].column, findings.items[at].column, bad[i].why);
    }
}

static void a_catalogue_without_a_center_is_refused(void **state)
{
    struct catalog *catalog = NULL;

    (void)state;
    CHECK_I64(OD_EINVAL, fixture_load_text("{}", &catalog, &findings), "nothing in it");
    CHECK(fixture_finding(&findings, "no file has a \"center\"") != NULL, "told");
    CHECK_I64(OD_ENOTFOUND, catalog_load("/nonexistent/catalog", &catalog, &findings), "no such folder");
    const char *folder = fixture_folder();
    CHECK_I64(OD_EINVAL, catalog_load(folder, &catalog, &findings), "an empty folder");
    CHECK(fixture_finding(&findings, "there is no *.json file") != NULL, "told");
    fixture_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_tells_its_finding_and_place),
        cmocka_unit_test(pointer_names_the_value),
        cmocka_unit_test(all_findings_are_collected),
        cmocka_unit_test(a_broken_object_casts_no_shadow),
        cmocka_unit_test(findings_beyond_the_limit_are_counted),
        cmocka_unit_test(a_file_that_is_no_catalogue_is_refused),
        cmocka_unit_test(a_catalogue_without_a_center_is_refused),
    };

    return fixture_open() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
