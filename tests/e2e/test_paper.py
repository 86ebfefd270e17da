# SPDX-License-Identifier: Apache-2.0
"""Papers: printed to PDF in a real browser and read back. Text, pages, running head, fonts, QR code; in both languages and
side by side; and who may print what."""
import datetime
import json
import re

import pytest

import console_browser
import paper_pdf
from console_browser import DESK, PHONE, Browser
from hub import DemoOf, Hub, center, matter, service, text
from paper_pdf import Paper, families, plain
from test_desk import keyed

printed = pytest.mark.skipif((console_browser.missing() or paper_pdf.missing()) is not None,
                             reason=str(console_browser.missing() or paper_pdf.missing()))
SITE = "https://zwfw.binhe.example/hall"
KEYS = {"desk": (["front_desk"], None), "fire": (["officer"], "fire"), "health": (["officer"], "health"), "land": (["officer"], "land"),
        "watch": (["supervisor"], None), "links": (["connector"], "fire")}
WHO = {"kind": "person", "name": "王小明<&>", "id_type": "resident_id", "id_number": "110101199003074258", "phone": "+86 138 0013 8000"}
SIX = {"zh-CN": ["事项名称", "设定依据", "办理程序", "申报材料", "办理时限", "收费标准"],
       "en": ["Matter:", "Legal basis", "Procedure", "Materials", "Time limits", "Charging standard"]}
LEVELS = {"zh-CN": ["非常满意", "基本满意", "非常不满意", "服务态度", "业务能力"],
          "en": ["Very good", "Fair", "Very bad", "Attitude", "Professional ability"]}


def in_words(iso, language):
    day = datetime.date.fromisoformat(iso)
    return f"{day:%A}, {day.day} {day:%B} {day.year}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"


# -- A center of two departments that answer by hand --

def paper_center(folder, **more):
    materials = [{"id": "plan", "name": text("平面布局图", "Floor plan"), "required": True, "tolerant": False},
                 {"id": "lease", "name": text("租赁合同", "Lease"), "required": True, "tolerant": True}]
    fee = [{"id": "test", "name": text("检验费", "Inspection fee"), "amount": "120.00", "currency": "CNY",
            "legal_basis": {"title": text("收费目录", "Fee catalogue"), "article": "12"}}]
    matters = [matter("fire-check", "fire", materials=materials, fees=fee), matter("food-licence", "health", materials=materials[:1]),
               matter("land-use", "land")]
    for each, zh, en in zip(matters, ("消防安全检查", "食品经营许可", "土地用途审查"), ("Fire safety check", "Food licence", "Land use review")):
        each["name"] = text(zh, en)
    when = {"field": "area", "op": ">"}
    made = service("open", ["fire-check", "food-licence", {"matter": "land-use", "when": {**when, "value": 800}}],
                   form=[{"id": "area", "type": "integer", "label": text("营业面积", "Floor area"), "unit": "m2", "required": True, "min": 0, "max": 9000},
                         {"id": "gas", "type": "boolean", "label": text("使用燃气", "Uses gas"), "required": False}],
                   example_form={"area": 120})
    made["name"] = text("开一家餐馆", "Open a restaurant")
    made["limits"]["supplement"] = {"unit": "working_day", "length": 8}
    made["limits"]["tolerance"] = {"unit": "working_day", "length": 10}
    made["example"]["materials"] = [{"material": "plan", "name": "plan.pdf"}, {"material": "lease", "name": "lease.pdf"}]
    made["competence"] = [{"when": {**when, "value": 5000}, "body": text("市住房和城乡建设局", "Municipal Housing Office"),
                           "text": text("大型场所由市级机关办理。", "Large premises are the municipal office's.")}]
    made["corrections"] = [{"id": "no-area", "when": {"field": "area", "op": "==", "value": 0}, "fields": ["area"],
                            "text": text("营业面积不能为零。", "The floor area cannot be zero.")}]
    only = json.loads(json.dumps(made)) | {"id": "only", "matters": [{"matter": "food-licence", "when": {**when, "value": 10}}]}
    only["example"] = made["example"] | {"service": "only", "materials": made["example"]["materials"][:1]}
    del only["limits"]["tolerance"], only["competence"], only["corrections"]
    config = center(folder, ["fire", "health", "land"], matters, [made, only])
    path = folder / "catalog" / "all.json"
    whole = json.loads(path.read_text())
    for each, name in zip(whole["departments"], (text("消防救援大队", "Fire Department"), text("卫生健康局", "Health Department"), text("自然资源局", "Land Office"))):
        each["name"] = name
    whole["center"] |= {"name": text("滨河县政务服务中心", "Binhe County Service Center"), **more}
    path.write_text(json.dumps(whole, ensure_ascii=False))
    return keyed(config, **KEYS)


class Center(DemoOf):
    """With the keys of the configuration, each its own secret; or a demonstration with a clock that the test moves."""

    def __init__(self, folder, config, *arguments):
        super().__init__(folder, config, *arguments)
        if arguments:
            del self.config["keys"]
            self.key = None
        else:
            self.config["keys"] += config["keys"]

    def with_key(self, method, path, key, body=None):
        return self.request(method, path, body, headers={"Authorization": "Bearer " + key})

    def clock(self, day):
        assert self.post("/v1/test/clock", {"now": f"{day}T10:00:00+08:00"}).status == 200

    def submitted(self, of="open", **more):
        example = self.example(of)
        answer = self.with_key("POST", "/v1/applications", "desk", example | {"applicant": WHO, "channel": "window", "window": "12"} | more)
        assert answer.status == 201, answer.raw
        return answer.json

    def act(self, key, path, body=None):
        answer = self.with_key("POST", path, key, body or {})
        assert answer.status == 200, answer.raw
        return answer.json

    def decided(self, fire, health):
        number = self.submitted()["number"]
        for task, key, opinion in ((1, "fire", fire), (2, "health", health)):
            self.act(key, f"/v1/tasks/{number}.{task}/take")
            self.act(key, f"/v1/tasks/{number}.{task}/opinion", opinion)
        return number

    def paper(self, number, key="desk"):
        return self.with_key("GET", f"/v1/applications/{number}/paper", key)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with Center(folder := tmp_path_factory.mktemp("paper"), paper_center(folder)) as made:
        yield made


TODAY = datetime.date(2026, 1, 27)


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    """On paper: where it is, both languages. One application was asked about the day before, so that the notice is told."""
    folder = tmp_path_factory.mktemp("hall")
    contact = {"address": text("滨河县中心路一号", "1 Center Road, Binhe"), "phone": "0543-5551234", "complaints": "12345", "site": SITE}
    with Center(folder, paper_center(folder, contact=contact, paper_languages=["zh-CN", "en"]), "--demo", "--clock", "virtual") as made:
        made.clock("2026-01-26")
        made.asked = made.submitted()["number"]
        made.act("health", f"/v1/tasks/{made.asked}.2/take")
        made.act("health", f"/v1/tasks/{made.asked}.2/ask", {"text": "请补充厨房平面图", "materials": ["plan"], "fields": ["gas"]})
        assert "notice" not in kinds(made, made.asked), "requests are gathered until the end of the day"
        made.clock(TODAY)
        yield made


def kinds(hub, number):
    return hub.paper(number).json["papers"]


APPROVE, REJECT = {"opinion": "approve"}, {"opinion": "reject", "reasons": ["疏散通道宽度不足"]}


# -- What there is to print, and for whom --

def test_each_state_has_its_papers(hub):
    late = (datetime.date.today() + datetime.timedelta(days=5)).isoformat()
    plan = [{"material": "plan", "name": "plan.pdf"}]
    rows = [({}, ["acceptance", "evaluation"], "accepted"),
            ({"materials": []}, ["acceptance", "notice", "evaluation"], "incomplete"),
            ({"form": {"area": 0}}, ["acceptance", "notice", "evaluation"], "to be put right"),
            ({"materials": plan, "promise": {"materials": ["lease"], "until": late}}, ["acceptance", "notice", "evaluation"], "promised"),
            ({"form": {"area": 6000}}, ["not-accepted"], "another body")]
    for more, wanted, why in rows:
        assert kinds(hub, hub.submitted(**more)["number"]) == wanted, why
    assert kinds(hub, hub.submitted("only", form={"area": 3}, materials=[])["number"]) == ["not-accepted"], "nothing is required"
    assert kinds(hub, hub.decided(APPROVE, APPROVE)) == ["acceptance", "decision", "certificate", "evaluation"]
    assert kinds(hub, hub.decided(REJECT, APPROVE)) == ["acceptance", "decision", "evaluation"]


def test_the_document_masks_who_it_is(hub):
    made = hub.submitted()
    paper = hub.paper(made["number"]).json
    assert paper["applicant"] == {"kind": "person", "name": WHO["name"], "id_type": "resident_id", "id_number": "110***********4258",
                                  "phone": "+86**********8000"}
    assert paper["code"] == made["code"] and paper["received_by"] == "desk" and paper["window"] == "12"
    assert paper["particulars"] == [{"field": "area", "label": text("营业面积", "Floor area"), "value": text("120", "120"), "unit": "m2"}]
    assert [item["name"]["en"] for item in paper["given"]] == ["Floor plan", "Lease"]
    assert [(line["name"]["en"], line["due"], line["currency"]) for line in paper["fees"]] == [("Inspection fee", "120.00", "CNY")]
    firm = hub.submitted(applicant={"kind": "organization", "name": "滨河餐饮有限公司", "id_type": "unified_social_credit_code", "id_number": "91371600MA3C00000X"})
    assert hub.paper(firm["number"]).json["applicant"]["id_number"] == "91371600MA3C00000X", "an organization's number is public"
    short = hub.submitted(applicant={"kind": "person", "name": "李", "id_type": "passport", "id_number": "E123456"})
    assert hub.paper(short["number"]).json["applicant"]["id_number"] == "*******", "too short to leave its ends"


def test_who_may_print(hub):
    made = hub.submitted()
    number = made["number"]
    for key, status in (("desk", 200), ("fire", 200), ("health", 200), ("watch", 200), ("land", 403), ("links", 403)):
        assert hub.paper(number, key).status == status, key
        page = hub.with_key("GET", f"/paper/{number}/acceptance", key)
        assert page.status == (status if key != "links" else 403), key
    assert "code" not in hub.paper(number, "fire").json and "code" not in hub.paper(number, "watch").json
    assert hub.request("GET", f"/v1/applications/{number}/paper", headers={"Authorization": ""}).status in (400, 401)
    hub.key = None
    try:
        assert hub.get(f"/v1/applications/{number}/paper").status == 401
        page = hub.get(f"/paper/{number}/acceptance")
        assert page.status == 303 and page.headers["Location"].startswith("/sign-in?next=")
        asked = hub.post("/v1/track", {"number": number, "code": made["code"], "paper": True})
        assert asked.status == 200 and asked.json["code"] == made["code"] and asked.json["papers"] == ["acceptance", "evaluation"]
        assert hub.post("/v1/track", {"number": number, "code": "WRONG", "paper": True}).status == 404
        assert "Cache-Control" in asked.headers and "no-store" in asked.headers["Cache-Control"]
    finally:
        hub.key = hub.SECRET


def test_a_citizen_prints_with_number_and_code(hub):
    made, other = hub.submitted(), hub.submitted()
    number, kept = made["number"], f"onedoor_track={made['number']}.{made['code']}"
    hub.key = None
    try:
        def get(path, cookie=kept):
            return hub.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        page = get(f"/track/{number}/paper/acceptance?languages=en")
        assert page.status == 200 and made["code"] in page.raw.decode() and "no-store" in page.headers["Cache-Control"]
        assert f'href="/track/{number}/paper"' in page.raw.decode()
        listed = get(f"/track/{number}/paper").raw.decode()
        assert f'/track/{number}/paper/evaluation"' in listed and f'href="/track/{number}"' in listed and "/paper/decision" not in listed
        for path, cookie in ((f"/track/{other['number']}/paper/acceptance", kept), (f"/track/{number}/paper/acceptance", None)):
            page = get(path, cookie)
            assert page.status == 303 and page.headers["Location"] == path[:path.index("/paper")], "the code is asked for first"
        assert get(f"/track/{number}/paper/acceptance", f"onedoor_track={number}.WRONG0CODE").status == 404
        strange = get("/track/%E4%B8%80%20b/paper", None)
        assert strange.headers["Location"] == "/track/%E4%B8%80%20b"
    finally:
        hub.key = hub.SECRET


def test_the_code_leads_to_where_the_reader_came_in(hub):
    """No site in the catalogue."""
    number, host = hub.submitted()["number"], hub.address[len("http://"):]

    def scanned(**headers):
        page = hub.request("GET", f"/paper/{number}/acceptance?languages=en", headers=headers).raw.decode()
        return re.search(r'aria-label="QR code: ([^"]*)"', page).group(1)
    assert scanned() == f"http://{host}/track/{number}"
    assert scanned(**{"X-Forwarded-Proto": "https"}) == f"https://{host}/track/{number}"
    assert scanned(**{"X-Forwarded-Proto": "javascript"}) == f"http://{host}/track/{number}"
    assert scanned(Host="zwfw.binhe.example:8443") == f"http://zwfw.binhe.example:8443/track/{number}"


def test_what_there_is_not_is_said(hub):
    number = hub.submitted()["number"]
    for path, status in ((f"/paper/{number}/decision", 409), (f"/paper/{number}/poster", 404), ("/paper/20260101-000001-0/acceptance", 404),
                         ("/paper/x/acceptance", 404), (f"/paper/{number}/acceptance/x", 404)):
        assert hub.get(path).status == status, path
    assert hub.post(f"/paper/{number}/acceptance", b"", headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 405
    assert hub.get("/v1/applications/20260101-000001-0/paper").status == 404


# -- Printed --

@pytest.fixture(scope="module")
def browser(hall):
    with Browser(hall.address, "zh-CN", DESK) as made:
        yield made


def printed_paper(browser, name, path, language):
    """The paper as PDF; what holds for each."""
    browser.open(f"{path}?languages={language}")
    assert browser.complaints() == []
    assert browser.overflow() <= 0 and browser.faint() == []
    assert browser.one("html").get_attribute("lang") == ("en" if language == "en" else "zh-CN")
    paper = Paper(browser, f"{name}-{language}")
    assert all(abs(width - A4[0]) < 2 and abs(height - A4[1]) < 2 for width, height in paper.sizes())
    assert paper.has_all_fonts()
    paper.lacks("English", "paper_", WHO["id_number"], "{{")
    return paper


A4 = (595, 842)
LANGUAGES = ["zh-CN", "en", "both"]


def read_pages(paper, number, head):
    """Each page has the running head and its number."""
    for index, page in enumerate(paper.pages, 1):
        assert plain(head) in page and plain(number) in page, f"{paper.path}, page {index}"
        assert f"{index}/{len(paper.pages)}" in page, f"{paper.path}, page {index}"


@printed
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_acceptance_form(hall, browser, language):
    made = hall.submitted()
    number = made["number"]
    paper = printed_paper(browser, "acceptance", f"/paper/{number}/acceptance", language)
    assert 3 <= len(paper.pages) <= 4
    read_pages(paper, number, "Binhe County Service Center" if language == "en" else "滨河县政务服务中心")
    for each in ("zh-CN", "en") if language == "both" else (language,):
        paper.holds(*SIX[each], *LEVELS[each], in_words(made["promised_date"], each), in_words(made["statutory_date"], each))
        paper.holds(*({"zh-CN": ["受理通知书", "办理受理表", "消防安全检查", "卫生健康局", "营业面积", "平面布局图", "检验费", "行政许可法", "盖章处", "申请人(签字)", "12号窗口", "扫码查询进度"],
                       "en": ["Notice of Acceptance", "Handling Acceptance Form", "Fire safety check", "Health Department", "Floor area", "Floor plan",
                              "Inspection fee", "Licensing Law", "Applicant (signature)", "Window 12", "Scan to follow it"]}[each]))
    paper.holds(number, made["code"], WHO["name"], "110***********4258", "plan.pdf", "120.00", "12345", "0543-5551234", f"{SITE}/track/{number}")
    set_in = families(browser)
    assert language == "en" or any("CJK SC" in family or "Song" in family for family in set_in), set_in
    paper.lacks("土地用途审查" if language != "en" else "Land use review")
    assert plain(SIX["zh-CN" if language != "en" else "en"][1]) not in paper.pages[0], "the disclosures have a page of their own"
    assert paper.codes() == [f"{SITE}/track/{number}"]


@printed
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notices(hall, browser, language):
    plan = [{"material": "plan", "name": "plan.pdf"}]
    late = (TODAY + datetime.timedelta(days=5)).isoformat()
    first, second = ("en", "en") if language == "en" else ("zh-CN", "en" if language == "both" else "zh-CN")
    rows = [("incomplete", hall.submitted(materials=[])["number"], {"zh-CN": ["申请材料补正一次性告知书", "平面布局图", "租赁合同", "消防救援大队", "逾期后果"],
                                                                "en": ["One-Time Notice of What Is Missing", "Floor plan", "Lease", "Fire Department", "Otherwise"]}),
            ("correctable", hall.submitted(form={"area": 0})["number"], {"zh-CN": ["当场更正告知书", "营业面积不能为零"],
                                                                        "en": ["Errors to Be Put Right", "cannot be zero"]}),
            ("tolerated", hall.submitted(materials=plan, promise={"materials": ["lease"], "until": late})["number"],
             {"zh-CN": ["容缺受理告知承诺书", "租赁合同", "申请人承诺", in_words(late, "zh-CN")], "en": ["Tolerant Acceptance", "Lease", "promise", in_words(late, "en")]}),
            ("supplement", hall.asked, {"zh-CN": ["补充材料一次性告知书", "卫生健康局", "请补充厨房平面图", "使用燃气"],
                                   "en": ["What Is to Be Supplied", "Health Department", "Uses gas"]})]
    for kind, number, words in rows:
        paper = printed_paper(browser, f"notice-{kind}", f"/paper/{number}/notice", language)
        assert len(paper.pages) == 1, kind
        read_pages(paper, number, "Binhe County Service Center" if language == "en" else "滨河县政务服务中心")
        paper.holds(*words[first], *words[second], number, WHO["name"])
        assert paper.codes() == [f"{SITE}/track/{number}"]
        if kind == "incomplete":
            until = hall.with_key("GET", f"/v1/applications/{number}", "desk").json["notice"]["until"]
            paper.holds(in_words(until, first), in_words(until, second))


@printed
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_accepted(hall, browser, language):
    number = hall.submitted(form={"area": 6000})["number"]
    paper = printed_paper(browser, "not-accepted", f"/paper/{number}/not-accepted", language)
    assert len(paper.pages) == 1
    words = {"zh-CN": ["不予受理通知书", "市住房和城乡建设局", "大型场所由市级机关办理", "行政复议", "盖章处"],
             "en": ["Notice of Non-Acceptance", "Municipal Housing Office", "administrative review"]}
    paper.holds(*words["en" if language == "en" else "zh-CN"], *(words["en"] if language == "both" else []), number)


@printed
@pytest.mark.parametrize("language", LANGUAGES)
def test_decisions_and_the_certificate(hall, browser, language):
    condition = {"opinion": "approve_with_conditions", "conditions": ["三十日内完成油烟净化"], "document_no": "滨消检〔2026〕12号"}
    granted, refused = hall.decided(condition, APPROVE), hall.decided(REJECT, APPROVE)
    is_zh, is_en = language != "en", language != "zh-CN"
    paper = printed_paper(browser, "decision-granted", f"/paper/{granted}/decision", language)
    assert len(paper.pages) <= 2
    paper.holds("三十日内完成油烟净化", "滨消检〔2026〕12号", *["准予行政许可决定书", "附条件准予", "条件"][:3 * is_zh], *["Approved with conditions"][:is_en])
    paper.lacks("行政复议", "administrative review")
    paper = printed_paper(browser, "decision-refused", f"/paper/{refused}/decision", language)
    assert len(paper.pages) <= 2
    paper.holds("疏散通道宽度不足", *["不予行政许可决定书", "理由", "行政复议", "六个月", "行政诉讼"][:5 * is_zh],
                *["Decision: Rejected", "Reasons", "administrative review", "six months"][:4 * is_en])
    paper = printed_paper(browser, "certificate", f"/paper/{granted}/certificate", language)
    assert len(paper.pages) == 1
    paper.holds(WHO["name"], granted, "滨消检〔2026〕12号", "三十日内完成油烟净化", *["准予行政许可证书", "消防安全检查", "食品经营许可"][:3 * is_zh],
                *["Certificate of Approval", "Fire safety check"][:2 * is_en])
    assert paper.codes() == [f"{SITE}/track/{granted}"]
    paper = printed_paper(browser, "evaluation", f"/paper/{granted}/evaluation", language)
    assert len(paper.pages) == 1 and paper.codes() == [f"{SITE}/evaluate/{granted}"]
    paper.lacks("✓")
    assert hall.post(f"/v1/applications/{granted}/evaluation", {"attitude": 4, "ability": 2, "text": "等了太久", "officer": "li"}).status == 201
    rated = printed_paper(browser, "evaluation-rated", f"/paper/{granted}/evaluation", language)
    assert rated.text.count("✓") == 2
    rated.holds("li").lacks("等了太久")
    paper.holds(*LEVELS["zh-CN"][:5 * is_zh], *LEVELS["en"][:5 * is_en], granted)
    form = printed_paper(browser, "acceptance-rated", f"/paper/{granted}/acceptance", language)
    assert form.text.count("✓") == 2, "and on the handling acceptance form"


# -- Other pages, printed by the browser --

@printed
@pytest.mark.parametrize("language, head, words", ids=["zh-CN", "en"], argvalues=[
    ("zh-CN", ["设定依据", "申报材料", "办理程序", "办理时限", "收费标准"], ["开一家餐馆", "消防安全检查", "消防救援大队", "行政许可法", "平面布局图", "检验费", "审查"]),
    ("en", ["Legal basis", "Materials", "Procedure", "Time limits", "Charges"],
     ["Open a restaurant", "Fire safety check", "Fire Department", "Licensing Law", "Floor plan", "Inspection fee", "Review"])])
def test_the_guide_is_printed_with_all_that_is_disclosed(hall, browser, language, head, words):
    browser.open(f"/guide/open?lang={language}")
    assert browser.all(".noprint") and browser.all("nav.ways")
    paper = Paper(browser, f"guide-{language}")
    paper.holds(*head, *words, "120.00", hall.get("/v1/services").json["catalog_version"])
    paper.lacks("办理进度", "在线申请", "Apply", "Sign out", "JSON")  # what one presses is not printed
    assert all(paper.text.count(plain(each)) >= 3 for each in head), "for each of the three matters"
    assert all(abs(width - A4[0]) < 2 and abs(height - A4[1]) < 2 for width, height in paper.sizes()) and len(paper.pages) <= 4
    assert paper.has_all_fonts()


@printed
def test_the_register_is_printed_whole(hall, browser):
    number = hall.decided(REJECT, APPROVE)
    browser.open("/register?lang=zh-CN")
    paper = Paper(browser, "register")
    paper.holds(number, "王**", "不予").lacks("小明", "显示")
    assert all(abs(width - A4[0]) < 2 for width, _ in paper.sizes()) and paper.has_all_fonts()


@printed
def test_what_is_over_is_said_and_long_names_fit(hall, browser):
    name = "滨河" + "很长的名字" * 39
    made = hall.submitted(applicant={"kind": "organization", "name": name, "id_type": "unified_social_credit_code", "id_number": "91371600MA3C00000X"})
    hall.act("desk", f"/v1/applications/{made['number']}/withdraw", {"reason": "不开了"})
    paper = printed_paper(browser, "withdrawn", f"/paper/{made['number']}/acceptance", "both")
    paper.holds(name, "已撤回", "Withdrawn", "91371600MA3C00000X", "你单位于")
    assert len(paper.pages) <= 4


@printed
def test_the_center_chooses_the_languages_and_the_reader_may_have_others(hall, browser):
    number = hall.submitted()["number"]
    browser.open(f"/paper/{number}/evaluation")
    assert "服务评价表" in browser.text and "Evaluation Slip" in browser.text, "both, as the center wants it"
    browser.press("a[href='?languages=en']")
    assert "服务评价表" not in browser.text and "Evaluation Slip" in browser.text
    browser.press("a[href='?languages=both']")
    assert "服务评价表" in browser.text and "Evaluation Slip" in browser.text
    assert browser.one("h1 .other").get_attribute("lang") == "en"
    browser.open(f"/applications/{number}")
    browser.press(f"a[href='/paper/{number}']")
    assert len(browser.all(".cards li")) == 2
    browser.press(f"a[href='/paper/{number}/acceptance']")
    assert number in browser.text


# -- The sample center: real names, real lengths, seven departments --

@pytest.fixture(scope="module")
def sample():
    with Hub() as made:
        made.wait_connectors()
        yield made


@printed
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_center(sample, language):
    made = sample.submit(sample.example("open-restaurant")).json
    number = made["number"]
    decided = sample.wait_for(number, lambda application: application["decision"] is not None)
    with Browser(sample.address, "zh-CN", PHONE) as browser:
        for kind, least, most in (("acceptance", 4, 9), ("decision", 1, 3), ("certificate", 1, 1), ("evaluation", 1, 1)):
            paper = printed_paper(browser, f"sample-{kind}", f"/paper/{number}/{kind}", language)
            assert least <= len(paper.pages) <= most, f"{kind}: {len(paper.pages)} pages"
            address = f"{sample.address}/{'evaluate' if kind == 'evaluation' else 'track'}/{number}"
            assert paper.codes() == [address], kind
            side = "en" if language == "en" else "zh-CN"
            for task in decided["tasks"]:
                if kind in ("acceptance", "decision") and task["state"] != "skipped":
                    paper.holds(task["matter_name"][side], task["department_name"][side])
        browser.open("/track")
        browser.fill("number", number)
        browser.fill("code", made["code"])
        browser.press("main form button.main")
        browser.press(f"a[href='/track/{number}/paper']")
        browser.press(f"a[href='/track/{number}/paper/decision']")
        assert number in browser.text and browser.overflow() <= 0
        browser.open(f"/track/{number}")
        assert number in browser.text
        browser.open(f"/evaluate/{number}")
        assert browser.all("main form") and number in browser.driver.page_source


@printed
def test_the_paper_is_black_on_white_in_the_dark(sample):
    number = sample.submit(sample.example("open-restaurant")).json["number"]
    with Browser(sample.address, "zh-CN", PHONE, is_dark=True) as browser:
        browser.open(f"/paper/{number}/acceptance")
        assert re.fullmatch(r"rgb\(0, 0, 0\)", browser.driver.execute_script("return getComputedStyle(document.querySelector('main')).color"))
        assert browser.faint() == []
