# SPDX-License-Identifier: Apache-2.0
"""How to appeal, where and within how long: as the catalogue states it, in the decision and on paper."""
import json

import pytest

from hub import DemoOf, center, matter, service, text
from test_desk import keyed
from test_fees import Desk

REVIEW = {"kind": "review", "body": text("河滨县人民政府", "the People's Government of Riverside"), "address": text("县府路 1 号", "1 Hall Road"),
          "phone": "0000-1", "within": {"days": 60}, "legal_basis": {"title": text("行政复议法", "Administrative Reconsideration Law"), "article": "20"}}
COURT = {"kind": "litigation", "body": text("河滨县人民法院", "the People's Court of Riverside"), "within": {"months": 6}}
OWN = {"kind": "objection", "body": text("水务局", "the Water Bureau"), "within": {"days": 15}}


def stated(folder, change):
    config = keyed(center(folder, ["land"], [matter("m", "land")], [service("stand", ["m"])]),
                   desk=(["front_desk"], None), boss=(["supervisor"], None), land=(["officer"], "land"))
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    change(catalog)
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    return config


@pytest.mark.parametrize("where, given, zh, en", ids=["center", "department", "service", "law"], argvalues=[
    ("center", [REVIEW, COURT], "在 60 日内向河滨县人民政府（县府路 1 号，0000-1）申请行政复议，或者在 6 个月内向河滨县人民法院提起行政诉讼。",
     "ask for an administrative review by the People's Government of Riverside (1 Hall Road, 0000-1) within 60 days, or bring an action before "
     "the People's Court of Riverside within 6 months."),
    ("departments", [OWN], "在 15 日内向水务局提出异议。", "object to the Water Bureau within 15 days."),
    ("services", [COURT], "在 6 个月内向河滨县人民法院提起行政诉讼。", "within 6 months."),
    (None, [], "六十日内申请行政复议", "sixty days"),
])
def test_a_refusal_says_how_to_appeal(tmp_path, where, given, zh, en):
    def change(catalog):
        if where is not None:
            catalog["center"]["remedies"] = [REVIEW, COURT]
        if where == "departments":
            catalog["departments"][0]["remedies"] = given
        if where == "services":
            catalog["departments"][0]["remedies"] = [OWN]
            catalog["services"][0]["remedies"] = given

    with Desk(tmp_path, stated(tmp_path, change)) as hub:
        number = hub.decide(hub.apply()["number"], "reject")
        decision = hub.show(number)["decision"]
        assert zh in decision["remedies"]["zh-CN"] and en in decision["remedies"]["en"]
        assert [a["kind"] for a in decision.get("appeals", [])] == [r["kind"] for r in given]
        if where == "center":
            assert decision["appeals"][0] == REVIEW
        page = hub.ask("GET", f"/paper/{number}/decision?lang=zh-CN").raw.decode()
        assert zh in page


@pytest.mark.parametrize("remedy, says", [
    ({**REVIEW, "kind": "prayer"}, "kind"),
    ({**REVIEW, "within": {}}, "within"),
    ({**REVIEW, "within": {"days": 60, "months": 2}}, "within"),
    ({**REVIEW, "within": {"months": 121}}, "120"),
    ({"kind": "review", "within": {"days": 60}}, "body"),
])
def test_remedies_that_cannot_be(tmp_path, remedy, says):
    hub = DemoOf(tmp_path, stated(tmp_path, lambda catalog: catalog["services"][0].update(remedies=[COURT, remedy])))
    with pytest.raises(RuntimeError) as refused:
        hub.start()
    assert says in str(refused.value), refused.value


def test_one_of_a_kind_and_no_seven(tmp_path):
    for remedies, says in (([COURT, COURT], "stands twice"), ([COURT] * 7, "6")):
        hub = DemoOf(tmp_path, stated(tmp_path, lambda catalog: catalog["center"].update(remedies=remedies)))
        with pytest.raises(RuntimeError) as refused:
            hub.start()
        assert says in str(refused.value), refused.value
