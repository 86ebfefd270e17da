# SPDX-License-Identifier: Apache-2.0
"""A day in the life of a center, told in steps. Ms. Lu asks about a teahouse and applies for one, with a terrace. Six departments
look at it, each with the software that it has. Five agree; the terrace is refused with reasons, so the decision is a partial one.
She pays, gets her papers by courier, rates the window badly, complains, and is answered; the month's figures and the register
show it, and a stranger verifies the file of it. In the middle of it, at a seeded moment, the hub is killed."""
import datetime
import json
import os
import random
import shutil
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import console_browser
import paper_pdf
import working_days
from actors import Citizen, Staff, as_the_page_says, filled_in
from town import BINARIES, BUILD, CONDITION, FAKETIME, PDF, REASONS, ROOT, Town, key_as_published

SEED = int(os.environ.get("OD_DAY_SEED", 14))
MOMENTS = ("a text message is on its way", "the receipt is out", "the document is up", "the departments work", "the inspectors are out",
           "the fee is paid", "the parcel is on its way")
WHO, PHONE, ID_NUMBER, HOME, SHOP = "陆羽生", "+8613800000733", "000000199003070018", "清溪县柳树巷3号", "清溪县竹林路21号"
ABSENT = console_browser.missing() or paper_pdf.missing() or (None if BINARIES else "no PostgreSQL server is installed") or (
    None if FAKETIME else "libfaketime is not installed")
pytestmark = pytest.mark.skipif(ABSENT is not None, reason=str(ABSENT))


def until(predicate, timeout=30, told=lambda: ""):
    """What predicate gives once it gives something; a bounded wait, after which `told` says how things stand."""
    end = time.monotonic() + timeout
    while not (found := predicate()):
        assert time.monotonic() < end, f"it did not happen {told()}"
        time.sleep(0.03)
    return found


@pytest.fixture(scope="class")
def day(tmp_path_factory):
    """The town, the people, and what they remember."""
    folder = tmp_path_factory.mktemp("day")
    with Town(folder, "2026-06-09T09:30") as town, Citizen(town.address) as citizen, Staff(town.address) as staff:
        day = SimpleNamespace(town=town, citizen=citizen, staff=staff, folder=folder, moment=random.Random(SEED).choice(MOMENTS), deaths=0)

        def may_die(moment):
            if moment == day.moment:
                town.die_and_come_back()
                day.deaths += 1

        day.may_die = may_die
        day.number = day.code = day.inquiry = day.complaint = day.rating = ""
        day.words = lambda: {"ONEDOOR_URL": town.address, "NUMBER": day.number, "CODE": day.code, "INQUIRY": day.inquiry,
                             "COMPLAINT": day.complaint, "RATING": day.rating}
        day.follow = lambda title: as_the_page_says(title, folder, **day.words())
        yield day


def messages(day, kind=None):
    """What the gateway has, once each: it knows a repeat by its key."""
    return [m for m in day.town.gateway.messages.values() if (m["number"] == day.number if kind is None else m["kind"] == kind)]


def task(day, department):
    return next(t for t in day.town.show(day.number)["tasks"] if t["department"] == department)


def tasks(day, *departments):
    return {t["department"]: t for t in day.town.show(day.number)["tasks"] if not departments or t["department"] in departments}


def delivery(day):
    return day.town.ask("watch", "GET", f"/v1/applications/{day.number}/delivery").json


def counted(first, last):
    return [d.isoformat() for d in working_days.days_between(first, last) if oracle().is_worked(d)]


def oracle():
    return working_days.from_project(ROOT / "configs" / "calendars" / "cn.json")


def verified(place, name, hidden):
    """By a stranger: a folder with three files in it. Where the machine lets it, without a network, and with our own folders out of sight."""
    away = ["unshare", "--net", "--mount", "--map-root-user", "sh", "-ec", 'for each in $HIDDEN; do mount -t tmpfs none "$each"; done; exec "$@"', "sh"]
    environment = {"PATH": os.environ["PATH"], "HIDDEN": " ".join(map(str, hidden))}
    is_possible = subprocess.run([*away, "true"], check=False, capture_output=True, env=environment).returncode == 0
    words = [*(away if is_possible else []), sys.executable, "-I", "verify_evidence.py", name, "--key", "evidence.pub"]
    return subprocess.run(words, cwd=place, env=environment, capture_output=True, text=True, timeout=60, check=False)


class TestADay:
    # -- Tuesday, 9 June: the morning --

    def test_01_a_citizen_asks_about_a_service(self, day):
        page = day.citizen.open("/guide?q=cg")
        assert "开一家茶馆" in page.text, "found by the letters of its pinyin"
        page.press("a[href='/guide/open-teahouse']")
        assert "食品经营许可" in page.text and "《食品安全法》" in page.text
        page.shoot("day-01-guide")
        page.open("/ask?service=open-teahouse")
        page.fill("text", "露天茶座要另外申请吗？")
        page.fill("name", WHO)
        page.fill("phone", PHONE)
        page.press("main form button.main")
        day.inquiry, day.inquiry_code = page.one("#concern-id").text, page.one("#concern-code").text
        shown = day.town.ask("watch", "GET", f"/v1/inquiries/{day.inquiry}").json
        assert (shown["state"], shown["kind"], shown["due"]) == ("open", "written", oracle().due(datetime.date(2026, 6, 9), 3).isoformat())
        page.shoot("day-01-asked")

    def test_02_a_written_inquiry_gets_a_written_answer(self, day):
        assert day.inquiry in day.follow("A question")
        day.citizen.open("/reply")
        day.citizen.fill("id", day.inquiry)
        day.citizen.fill("code", day.inquiry_code)
        day.citizen.press("main form button.main")
        assert "不必。填写露天茶座面积即可一并办理。" in day.citizen.text
        told = until(lambda: messages(day, "inquiry_replied"))
        assert len(told) == 1 and told[0]["to"] == PHONE and day.inquiry in told[0]["text"]

    def test_03_she_applies_at_a_window_and_one_material_is_missing(self, day):
        gateway, example = day.town.gateway, day.town.get("/v1/services/open-teahouse/example").json
        example["applicant"].update(name=WHO, id_number=ID_NUMBER, phone=PHONE)
        example["form"].update(trade_name="听雨茶馆", address=SHOP, home_address=HOME)
        if day.moment == MOMENTS[0]:
            gateway.hold.set()
        page = day.staff.sign_in("window-3", "/apply/open-teahouse")
        filled_in(page, example, day.folder, without=("floor-plan",))
        page.fill("window", "3")
        page.press("form.apply button[name='look']")
        assert "Streets Office" in page.text and "22 June 2026" in page.text and "80.00" in page.text, "said before anything is submitted"
        assert page.one("[name='window']").get_attribute("value") == "3" and day.town.applications() == []
        page.shoot("day-03-window")
        page.press("form.apply button.main")
        day.number, day.code = page.one("#receipt-number").text, page.one("#receipt-code").text
        assert "Floor plan" in page.text
        page.shoot("day-03-receipt")
        if day.moment == MOMENTS[0]:
            assert gateway.held.wait(20), "the gateway has the message, and its answer is not out"
            day.town.kill()
            gateway.hold.clear()
            gateway.release.set()
            day.town.start(60)
            day.town.wait_for_all()
            day.deaths += 1
        day.may_die("the receipt is out")
        shown = day.town.show(day.number)
        assert (shown["status"], shown["promised_date"]) == ("incomplete", None), "no department works before it is complete"
        assert [m["material"] for m in shown["notice"]["missing"]] == ["floor-plan"]
        assert not day.town.market.messages and not day.town.spool.rows()

    def test_04_one_notice_by_sms_says_all_that_is_missing(self, day):
        until(lambda: messages(day, "incomplete"))
        day.town.gateway.set_all("delivered")
        path = f"/v1/applications/{day.number}/notices"
        shown = until(lambda: [m for m in day.town.ask("watch", "GET", path).json["messages"] if m["state"] == "delivered"])
        assert [(m["notice"], m["channel"]) for m in shown] == [("incomplete", "sms")]
        told, = messages(day)
        assert (told["kind"], told["to"]) == ("incomplete", PHONE)
        assert "平面布局图" in told["text"] and day.number in told["text"] and "{{" not in told["text"]
        keys = [key for key, sent, _ in day.town.gateway.seen if sent["number"] == day.number]
        assert len(set(keys)) == 1, "sent again under the same key, if at all"
        assert len(keys) == 2 or day.moment != MOMENTS[0], "nobody knew whether the first had arrived"
        assert "delivered" in day.follow("One notice")

    def test_05_she_supplies_it_online(self, day):
        (day.folder / "plan.pdf").write_bytes(PDF)
        page = day.citizen.open("/track")
        page.fill("number", day.number)
        page.fill("code", day.code)
        page.press("main form button.main")
        assert "平面布局图" in page.text
        page.shoot("day-05-missing")
        page.one("[name='d.floor-plan']").send_keys(str(day.folder / "plan.pdf"))
        page.press("form[enctype='multipart/form-data'] button.main")
        day.may_die("the document is up")
        shown = day.town.show(day.number)
        assert shown["status"] == "in_review" and shown["notice"] is None
        assert shown["promised_date"] == oracle().due(datetime.date(2026, 6, 9), 8).isoformat() == "2026-06-22", "over the Dragon Boat Festival"
        kept = json.loads(day.follow("The missing paper"))["items"]
        assert sorted((m["id"], m["state"]) for m in kept) == [(f"{m}.1", "stored") for m in ("floor-plan", "health-certificate", "id-copy", "lease")]
        page.open(f"/track/{day.number}")
        assert "2026年6月22日" in page.text and "端午节" in page.driver.page_source
        page.shoot("day-05-track")

    # -- Six departments --

    def test_06_six_departments_work_side_by_side(self, day):
        wanted = {"housing": "done", "water": "done", "fire": "offered", "health": "accepted", "streets": "accepted", "market": "accepted"}
        until(lambda: {department: t["state"] for department, t in tasks(day).items()} == wanted, told=lambda: tasks(day))
        found = tasks(day)
        assert found["housing"]["opinion"]["opinion"] == found["water"]["opinion"]["opinion"] == "approve"
        assert found["water"]["external_ref"] == "W-1"
        connectors = {c["id"]: c["kind"] for c in day.town.ask("admin", "GET", "/v1/connectors").json["items"]}
        assert connectors["water"] == "remote" and "fire" not in connectors and connectors["housing"] == "module"
        assert "6" in day.follow("Six departments")
        day.may_die("the departments work")

    def test_07_each_sees_its_own_part_and_no_more(self, day):
        key = f"{day.number}.6"
        asked = day.town.market.messages[key]["asked"]
        assert (asked["shop"], asked["place"], asked["applicant"]) == ("听雨茶馆", SHOP, WHO)
        assert sorted(asked["whole"]) == ["address", "premises_area_m2", "seats", "trade_name"]
        row, = day.town.postgres.sql("SELECT task_key, area, trade_name, form FROM onedoor_inbox")
        assert row[:3] == [f"{day.number}.4", "120", "听雨茶馆"] and sorted(json.loads(row[3])) == ["premises_area_m2", "trade_name"]
        assert {line[1:] for line in day.town.spool.rows()} == {f",{day.number}.5,18,{SHOP}"}, "D, or R: perhaps in an earlier batch already"
        everywhere = json.dumps([list(day.town.market.messages.values()), row, day.town.spool.rows()], ensure_ascii=False)
        assert HOME not in everywhere and ID_NUMBER not in everywhere and PHONE not in everywhere
        watched, handled = (day.town.ask(who, "GET", f"/v1/tasks/{day.number}.3").json["applicant"] for who in ("watch", "li.na"))
        assert watched["name"] == WHO and not {"id_number", "phone"} & set(watched), "who supervises need not know"
        assert (handled["id_number"], handled["phone"]) == (ID_NUMBER, PHONE), "who handles it does"

    def test_08_an_officer_takes_the_task_and_calls_for_an_inspection(self, day):
        page = day.staff.sign_in("li.na", "/worklist")
        page.shoot("day-08-worklist")
        page.press(f"a[href='/tasks/{day.number}.3']")
        assert "120" in page.text and HOME not in page.driver.page_source and ID_NUMBER not in page.driver.page_source
        page.press("form[action$='/take'] button")
        page.unfold("form[action$='/milestone']")
        page.choose("form[action$='/milestone']", "milestone", "inspectors_assigned")
        page.choose("form[action$='/milestone']", "text", "Li Na, Zhang Wei")
        page.press("form[action$='/milestone'] button")
        page.unfold("form[action$='/pause']")
        page.choose("form[action$='/pause']", "kind", "inspection")
        page.choose("form[action$='/pause']", "expected_days", "2")
        page.choose("form[action$='/pause']", "text", "6月11日下午到场检查。")
        page.press("form[action$='/pause'] button")
        page.shoot("day-08-inspection")
        shown = task(day, "fire")
        assert (shown["state"], shown["pause_kind"]) == ("paused", "inspection")
        told = until(lambda: messages(day, "paused"))
        assert len(told) == 1 and "预计2个工作日，不计入期限" in told[0]["text"], "how long it takes is told in writing: art. 45"
        day.may_die("the inspectors are out")

    def test_09_the_others_answer_in_their_own_ways(self, day):
        day.town.offices_answer(day.number)
        found = until(lambda: (t := tasks(day, "health", "market", "streets")) and all(x["state"] == "done" for x in t.values()) and t)
        assert (found["health"]["opinion"]["opinion"], found["health"]["opinion"]["document_no"]) == ("approve", "WS-2026-17")
        assert found["market"]["opinion"]["conditions"] == [CONDITION]
        assert (found["streets"]["opinion"]["opinion"], found["streets"]["opinion"]["reasons"]) == ("reject", [REASONS])
        shown = day.town.show(day.number)
        assert shown["status"] == "in_review" and shown["decision"] is None, "one rejection cancels nobody, and the inspection is awaited"

    # -- Thursday, 11 June --

    def test_10_the_inspection_is_over_and_the_decision_falls(self, day):
        day.town.at("2026-06-11T14:00")
        page = day.staff.sign_in("li.na", f"/tasks/{day.number}.3")
        page.press("form[action$='/resume'] button")
        page.fill("opinion", "approve")
        page.fill("officers", "li.na\nzhang.wei")
        page.fill("document_no", "XF-2026-5")
        page.press("form[action$='/opinion'] button")
        decision = until(lambda: day.town.show(day.number)["decision"])
        assert (decision["outcome"], decision["policy"]) == ("partially_approved", "partial")
        assert len(decision["opinions"]) == 6
        assert REASONS in [row["text"] for row in decision["reasons"]] and CONDITION in [row["text"] for row in decision["conditions"]]
        assert len([e for e in day.town.events(day.number) if e["type"] == "decided"]) == 1
        fire = task(day, "fire")
        assert fire["promised_date"] > "2026-06-17", "two days of inspection do not count"
        told = until(lambda: messages(day, "decided"))
        assert len(told) == 1

    def test_11_the_decision_is_printed(self, day):
        page = day.staff.sign_in("window-3", f"/paper/{day.number}/decision")
        paper = paper_pdf.Paper(page, "day-decision")
        paper.holds(day.number, WHO, "部分准予", REASONS, CONDITION, "食品经营许可", "行政复议").lacks(ID_NUMBER, HOME, "{{")
        assert paper.has_all_fonts() and 1 <= len(paper.pages) <= 3
        paper.pictures()

    def test_12_the_fee_is_what_the_standard_says(self, day):
        page = day.staff.open(f"/applications/{day.number}")
        assert "80.00" in page.text
        assert "Message delivered" in page.driver.page_source, "among what happened, folded by now"
        page.shoot("day-12-application")
        page.choose("#pay", "line", "health-permit/test")
        page.choose("#pay", "amount", "81")
        page.choose("#pay", "receipt", "A-100")
        page.press("#pay button.main")
        assert "may not be asked for" in page.text, "nobody pays another sum than the published one"
        page.open(f"/applications/{day.number}")
        page.choose("#pay", "line", "health-permit/test")
        page.choose("#pay", "amount", "80.00")
        page.choose("#pay", "receipt", "A-101")
        page.press("#pay button.main")
        day.may_die("the fee is paid")
        assert "80.00" in day.follow("The fee")
        fees = day.town.ask("watch", "GET", f"/v1/applications/{day.number}/fees").json
        lines = {line["fee"]: line for line in fees["lines"]}
        assert [lines["test"][name] for name in ("standard", "exempted", "due", "state")] == ["100.00", "20.00", "80.00", "paid"]
        assert (lines["connection"]["due"], lines["connection"]["state"], lines["ground"]["state"]) == ("30.00", "paid", "not_charged")
        assert fees["totals"][0] == {"currency": "CNY", "owed": "110.00", "paid": "110.00", "refunded": "0.00", "open": "0.00", "overpaid": "0.00"}
        assert {p["receipt"] for line in fees["lines"] for p in line["payments"]} == {"A-101", "A-102"}
        assert [a["number"] for a in day.town.ask("watch", "GET", "/v1/alerts?kind=outside_standard").json["items"]] == [day.number]

    def test_13_the_certificate_goes_by_courier(self, day):
        carrier = day.town.carrier
        page = day.staff.sign_in("window-3", f"/paper/{day.number}/certificate")
        paper_pdf.Paper(page, "day-certificate").holds(WHO, "食品经营许可").lacks("占道露天茶座许可")
        page.open(f"/applications/{day.number}")
        form = "form[action$='/delivery'].stack"
        page.one("#deliver details summary").click()
        for name, value in (("name", WHO), ("phone", PHONE), ("address", HOME)):
            page.choose(f"#deliver details {form}", name, value)
        page.press("#deliver details button")
        until(lambda: carrier.parcels)
        day.may_die("the parcel is on its way")
        parcel = until(lambda: carrier.parcels[0])
        assert parcel["order"] == {"to": WHO, "phone": PHONE, "address": HOME, "reference": day.number}
        carrier.move(parcel["key"], "OUT", place="派送中")
        until(lambda: delivery(day)["parcels"][0].get("external_ref") == parcel["no"])
        assert (delivery(day)["way"], day.town.show(day.number)["status"]) == ("courier", "decided"), "on its way is not delivered"
        day.town.parcel_arrives()
        until(lambda: day.town.show(day.number)["status"] == "closed")
        assert "delivered" in day.follow("The courier") and len(carrier.parcels) == 1 and carrier.strangers == 0
        page.open(f"/applications/{day.number}").shoot("day-13-delivered")
        assert not [line for line in page.all(".events b") if "_" in line.text], "what happened is told in words"

    # -- Afterwards --

    def test_14_she_rates_the_window_badly(self, day):
        page = day.staff.sign_in("window-3", "/kiosk?window=3&officer=window-3")
        page.open("/kiosk?window=3&officer=window-3&lang=zh-CN")
        page.one("label[for=attitude-1]").click()
        page.one("label[for=ability-2]").click()
        page.one("#number").send_keys(day.number)
        page.shoot("day-14-kiosk")
        page.press("button.main")
        page.shoot("day-14-thanks")
        rating, = day.town.ask("watch", "GET", f"/v1/applications/{day.number}/evaluation").json["items"]
        day.rating = rating["id"]
        assert (rating["attitude"], rating["ability"], rating["window"], rating["state"]) == (1, 2, "3", "repair")
        assert [a["kind"] for a in day.town.ask("watch", "GET", "/v1/alerts?kind=bad_rating").json["items"]] == ["bad_rating"]

    def test_15_the_repair_clock_runs_and_explains_its_date(self, day):
        shown = json.loads(day.follow("The repair clock"))
        due = oracle().due(datetime.date(2026, 6, 11), 8)
        assert shown["due"] == due.isoformat() == "2026-06-24"
        days = shown["clocks"][0]["days"]
        assert [d["date"] for d in days if d["counted"]] == counted(datetime.date(2026, 6, 12), due)
        assert "Dragon Boat" in json.dumps(days, ensure_ascii=False)
        page = day.staff.sign_in("watch", f"/concerns/{day.rating}")
        assert "24 June 2026" in page.text and page.all(".calendar .u-counted")
        page.shoot("day-15-repair")

    def test_16_she_complains_at_home(self, day):
        page = day.citizen.open(f"/complain?number={day.number}")
        page.fill("text", "窗口人员说话生硬，材料要求没有一次说清。")
        page.fill("window", "3")
        page.fill("code", day.code)
        page.fill("phone", PHONE)
        page.press("main form button.main")
        day.complaint, day.complaint_code = page.one("#concern-id").text, page.one("#concern-code").text
        page.shoot("day-16-complaint")
        shown = day.town.ask("watch", "GET", f"/v1/complaints/{day.complaint}").json
        assert (shown["state"], shown["number"], shown["due"]) == ("open", day.number, oracle().due(datetime.date(2026, 6, 11), 10).isoformat())

    # -- Tuesday, 23 June --

    def test_17_time_runs_out_and_the_window_is_warned(self, day):
        day.town.at("2026-06-23T10:00")
        soon = until(lambda: day.town.ask("window-5", "GET", "/v1/alerts?kind=due_soon").json["items"])
        assert [(a["concern"], a["level"]) for a in soon] == [(day.rating, "yellow")], soon

    def test_18_nobody_judges_himself_and_somebody_repairs(self, day):
        own = day.town.ask("window-3", "POST", f"/v1/evaluations/{day.rating}/repair", {"text": "没什么。"})
        assert own.status == 403, own.raw
        blank = day.town.ask("window-5", "POST", f"/v1/evaluations/{day.rating}/repair", {"text": " "})
        assert blank.status == 422
        page = day.staff.sign_in("window-5", f"/concerns/{day.rating}")
        page.fill("text", "已电话致歉，并在窗口张贴一次性告知清单。")
        page.press("form[action$='/repair'] button.main")
        shown = day.town.ask("watch", "GET", f"/v1/evaluations/{day.rating}").json
        assert (shown["state"], shown["overdue"]) == ("repaired", False)
        told = until(lambda: messages(day, "evaluation_replied"))
        assert len(told) == 1 and "一次性告知清单" in told[0]["text"]

    def test_19_the_complaint_gets_its_written_reply(self, day):
        assert "upheld" in day.follow("The complaint")
        day.citizen.open("/reply")
        day.citizen.fill("id", day.complaint)
        day.citizen.fill("code", day.complaint_code)
        day.citizen.press("main form button.main")
        assert "对不起，您说得对。" in day.citizen.text
        day.citizen.shoot("day-19-reply")
        assert len(until(lambda: messages(day, "complaint_replied"))) == 1

    # -- Wednesday, 1 July: what remains --

    def test_20_the_month_shows_it(self, day):
        day.town.at("2026-07-01T09:30")
        day.follow("The month")
        month = json.loads((day.folder / "statistics.json").read_text())
        total = month["total"]
        assert (total["accepted"], total["decided"], total["closed"], total["incomplete"]) == (1, 1, 1, 1), total
        assert total["on_time"]["count"] == total["ahead"]["count"] == 1
        care = total["aftercare"]
        assert (care["inquiries"], care["complaints"], care["complaints_upheld"]["count"]) == (1, 1, 1), care
        assert (care["attitude"], care["ability"]) == ([1, 0, 0, 0, 0], [0, 1, 0, 0, 0]), care
        assert (care["bad_evaluations"], care["repairs"], care["repairs_on_time"]["count"]) == (1, 1, 1), care
        window = {item["window"]: item for item in month["items"]}["3"]
        assert window["accepted"] == 1 and window["aftercare"]["complaints"] == 1

    def test_21_so_does_the_months_assessment(self, day):
        first = (day.folder / "assessment.json").read_bytes()
        sheet = json.loads(first)
        assert (sheet["period"], sheet["state"], sheet["asked_by"]) == ("2026-06", "closed", "watch")
        units = {(item["unit"], item["id"]): item for item in sheet["items"]}
        assert sorted(id for unit, id in units if unit == "department") == ["fire", "health", "housing", "market", "streets", "water"]
        streets, window, fire = units["department", "streets"], units["window", "3"], units["officer", "li.na"]
        assert (streets["rejected"], streets["rejected_with_reasons"], fire["decided"]) == (1, 1, 1)
        assert (window["accepted"], window["ahead"]["count"], window["second_notices"]) == (1, 1, 0), window
        care = window["aftercare"]
        assert (care["bad_evaluations"], care["repairs_on_time"]["count"], care["complaints_upheld"]["count"]) == (1, 1, 1), care
        rated = units["officer", "window-3"]["aftercare"]
        assert (rated["attitude_mean"], rated["ability_mean"]) == ("1.0", "2.0"), rated
        assert not [word for word in (WHO, PHONE, ID_NUMBER, HOME, day.number) if word in first.decode()]
        page = day.staff.sign_in("watch", "/assessments?month=2026-06")
        assert "Streets Office" in page.text and "li.na" in page.text
        page.shoot("day-21-assessment")
        assert day.town.ask("watch", "GET", "/v1/assessments?month=2026-06").raw == first, "a closed sheet stays as it is"

    def test_22_the_register_shows_it_and_not_who_she_is(self, day):
        page = day.citizen
        page.forget()
        page.open("/register")
        assert day.number in page.text and "陆**" in page.text and "部分准予" in page.text
        for word in (WHO, "羽生", PHONE[3:], ID_NUMBER, HOME, SHOP, REASONS):
            assert word not in page.driver.page_source, word
        page.shoot("day-22-register")
        hall = day.town.get("/hall").raw.decode()
        assert day.number not in hall and not [word for word in (WHO, "羽生", "陆**", HOME, SHOP) if word in hall], "it calls nobody who has it, and names nobody"
        item, = day.town.get("/v1/register").json["items"]
        assert item["applicant"] == {"kind": "person", "name": "陆**"} and item["outcome"] == "partially_approved"
        assert {m["department"]: m["opinion"] for m in item["matters"]}["streets"] == "reject"

    def test_23_the_journal_names_nobody(self, day):
        told = json.dumps(day.town.events(day.number), ensure_ascii=False)
        log = (day.folder / "hub.log").read_text()
        for word in (WHO, PHONE, ID_NUMBER, HOME, day.code):
            assert word not in told and word not in log, word

    def test_24_nothing_was_lost_or_doubled(self, day):
        assert day.deaths == 1, "once, in the middle of it"
        assert [a["number"] for a in day.town.applications()] == [day.number]
        told = [(m["kind"], m["text"]) for m in messages(day)]
        assert len(told) == len(set(told)) and [kind for kind, _ in told].count("payment_received") == 2, told
        types = [e["type"] for e in day.town.events(day.number)]
        for once in ("decided", "closed", "evaluated"):
            assert types.count(once) == 1, (once, types)
        assert len(day.town.market.messages) == len(day.town.carrier.parcels) == 1
        assert day.town.postgres.sql("SELECT count(*) FROM onedoor_inbox") == [["1"]]

    def test_25_a_stranger_verifies_the_file_on_another_machine(self, day, tmp_path):
        (day.folder / "evidence.pub").write_text(key_as_published(day.town))
        assert "sound" in day.follow("A file for strangers")
        file = day.folder / f"{day.number}.evidence"
        assert not [word for word in (WHO, PHONE, ID_NUMBER, HOME) if word in file.read_text()]
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        for each in (file, day.folder / "evidence.pub", ROOT / "sdk" / "evidence" / "verify_evidence.py"):
            shutil.copy(each, elsewhere)
        day.town.stop()
        done = verified(elsewhere, file.name, [day.folder, ROOT])
        assert done.returncode == 0 and done.stdout.startswith("sound: "), done.stdout + done.stderr
        copy = elsewhere / file.name
        copy.write_bytes(copy.read_bytes().replace(b"partially_approved", b"partially_approvee", 1))
        assert verified(elsewhere, file.name, [day.folder, ROOT]).returncode != 0, "a changed word shows"
        words = [str(BUILD / "bin" / "onedoor"), "journal", "verify", "--data", str(day.folder / "data")]
        sound = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert sound.returncode == 0, sound.stdout + sound.stderr
