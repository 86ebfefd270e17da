# SPDX-License-Identifier: Apache-2.0
"""Fees from the guide to the books: published, reckoned, paid, refused, refunded, reconciled; over HTTP, the CLI and a page."""
import csv
import io
import json
import os
import subprocess

import pytest

from hub import BUILD, DemoOf, center, matter, service, text
from test_desk import keyed

BASIS = {"title": text("《收费办法》", "Rules on Fees"), "article": "3"}
LAND = [{"id": "use", "name": text("占用费", "Use of the ground"), "currency": "CNY", "legal_basis": BASIS,
         "standard": {"kind": "per_unit", "field": "area", "times": "days", "unit_amount": "0.50"},
         "exemptions": [{"when": {"field": "charity", "op": "==", "value": True}, "share": "100%", "legal_basis": BASIS}]},
        {"id": "card", "name": text("工本费", "Card"), "currency": "CNY", "amount": "20", "charged_on": "approval", "legal_basis": BASIS}]
FORM = [{"id": "area", "type": "number", "label": text("面积", "Area"), "unit": "m2", "required": True, "min": 0, "max": 10000},
        {"id": "days", "type": "integer", "label": text("天数", "Days"), "required": True, "min": 1, "max": 366},
        {"id": "charity", "type": "boolean", "label": text("公益", "Charity"), "required": False}]
KEYS = {"desk": (["front_desk"], None), "boss": (["supervisor"], None), "land": (["officer"], "land")}


def priced(folder):
    return keyed(center(folder, ["land"], [matter("m", "land", fees=LAND, fields=["area"])],
                        [service("stand", ["m"], form=FORM, example_form={"area": 36.5, "days": 160})]), **KEYS)


class Desk(DemoOf):
    def __init__(self, folder, config):
        super().__init__(folder, config)
        self.config["keys"] += config["keys"]

    def ask(self, method, path, key="desk", body=None, **headers):
        return self.request(method, path, body, headers={"Authorization": "Bearer " + key, **headers})

    def apply(self, **form):
        body = self.example("stand")
        body["form"].update(form)
        return self.ask("POST", "/v1/applications", body=body).json

    def fees(self, number):
        return self.ask("GET", f"/v1/applications/{number}/fees").json

    def pay(self, number, amount, receipt, fee="use", **more):
        return self.ask("POST", f"/v1/applications/{number}/payments",
                        body={"fee": fee, "amount": amount, "receipt": receipt, "method": "card", **more})

    def public(self, path, body):
        """As somebody without a key."""
        key, self.key = self.key, None
        try:
            return self.post(path, body)
        finally:
            self.key = key

    def decide(self, number, opinion="approve"):
        task = f"/v1/tasks/{number}.1"
        assert self.ask("POST", task + "/take", "land", {}).status == 200
        assert self.ask("POST", task + "/opinion", "land", {"opinion": opinion, "reasons": ["no room"]}).status == 200
        return number

    def cli(self, *words, key="desk", code=0):
        done = subprocess.run([str(BUILD / "bin" / "onedoor"), *words, "--lang", "en"], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "ONEDOOR_URL": self.address, "ONEDOOR_KEY": key, "LC_ALL": "C.UTF-8"})
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout + done.stderr


@pytest.fixture
def hub(tmp_path):
    with Desk(tmp_path, priced(tmp_path)) as made:
        yield made


def test_a_fee_is_published_reckoned_and_paid(hub):
    published = hub.get("/v1/services/stand").json["matters"][0]["fees"]
    assert published[0]["words"]["en"] == "0.50 CNY × Area (m²) × Days; nothing where Charity is yes"
    assert published[0]["standard"]["unit_amount"] == "0.50" and published[1]["amount"] == "20"
    number = hub.apply()["number"]
    line = hub.fees(number)["lines"][0]
    assert (line["how"], line["standard"], line["due"], line["open"], line["state"]) == ("0.50 × 36.5 × 160", "2920.00", "2920.00", "2920.00", "open")
    answer = hub.pay(number, "2920", "A-1")
    assert answer.status == 201 and answer.json["line"]["state"] == "paid" and answer.headers["ETag"] == '"1"'
    again = hub.pay(number, "2920", "A-1")
    assert again.status == 201 and again.headers["Idempotency-Replayed"] == "true" and again.json["payment"] == answer.json["payment"]
    assert hub.fees(number)["totals"] == [{"currency": "CNY", "owed": "2920.00", "paid": "2920.00", "refunded": "0.00", "open": "0.00", "overpaid": "0.00"}]
    event = next(e for e in hub.ask("GET", f"/v1/applications/{number}/events").json["items"] if e["type"] == "payment_recorded")
    assert event["amount"] == "2920" and event["entry"]["kind"] == "payment" and len(event["entry"]["hash"]) == 64


def test_what_the_standard_does_not_say_is_refused_and_told(hub):
    number, exempt = hub.apply()["number"], hub.apply(charity=True)["number"]
    for target, amount, fee in ((number, "2920.01", "use"), (number, "10", "rush"), (exempt, "0.01", "use"), (number, "20", "card")):
        answer = hub.pay(target, amount, "X-1", fee)
        assert answer.status == 422 and answer.json["errors"][0]["code"] == "outside_standard", answer.raw
    alerts = hub.ask("GET", "/v1/alerts?kind=outside_standard", "boss").json["items"]
    assert [a["number"] for a in alerts] == [number, exempt, number, number] and alerts[0]["level"] == "red"
    assert hub.fees(number)["totals"][0]["paid"] == "0.00"
    assert hub.fees(exempt)["lines"][0]["exemption"]["share"] == "100%"


def test_only_who_may_does(hub):
    number = hub.apply()["number"]
    assert hub.ask("POST", f"/v1/applications/{number}/payments", "land", {"fee": "use", "amount": "1", "receipt": "R", "method": "cash"}).status == 403
    assert hub.ask("POST", f"/v1/applications/{number}/payments", "boss", {"fee": "use", "amount": "1", "receipt": "R", "method": "cash"}).status == 403
    payment = hub.pay(number, "1", "R-1").json["payment"]["id"]
    refund = f"/v1/applications/{number}/payments/{payment}/refund"
    assert hub.ask("POST", refund, "desk", {"reason": "mistake"}).status == 403
    assert hub.ask("GET", "/v1/payments/report", "desk").status == 403
    assert hub.ask("POST", refund, "boss", {"reason": "mistake"}, **{"If-Match": '"7"'}).status == 412
    assert hub.ask("POST", refund, "boss", {"reason": "mistake"}, **{"If-Match": '"1"'}).status == 200
    assert hub.request("GET", f"/v1/applications/{number}/fees", headers={"Authorization": "Bearer nobody"}).status == 401


def test_an_applicant_sees_what_is_owed(hub):
    made = hub.apply()
    hub.pay(made["number"], "20", "R-1")
    seen = hub.public("/v1/track/fees", {"number": made["number"], "code": made["code"]}).json
    assert seen["lines"][0]["state"] == "underpaid" and seen["lines"][0]["payments"][0]["receipt"] == "R-1"
    assert "by" not in seen["lines"][0]["payments"][0]
    assert hub.public("/v1/track/fees", {"number": made["number"], "code": "AAAAAAAAAA"}).status == 404


def test_the_books_balance_after_a_crash(hub):
    numbers = [hub.apply()["number"] for _ in range(3)]
    hub.pay(numbers[0], "2920", "B-1")
    hub.pay(numbers[1], "2000", "B-2")
    hub.kill()
    hub.start()
    hub.pay(numbers[2], "3000", "B-3", overpaid=True)
    paid = hub.fees(numbers[2])["lines"][0]
    assert (paid["state"], paid["overpaid"]) == ("overpaid", "80.00")
    refund = hub.ask("POST", f"/v1/applications/{numbers[2]}/payments/{paid['payments'][0]['id']}/refund", "boss", {"amount": "80", "reason": "多收"})
    assert refund.json["line"]["state"] == "paid"
    report = hub.ask("GET", "/v1/payments/report", "boss").json
    assert report["count"] == 3 and report["totals"][0]["net"] == "7840.00"
    assert [(d["number"], d["difference"]) for d in report["differences"]] == [(numbers[1], "-920.00")]
    rows = list(csv.DictReader(io.StringIO(hub.ask("GET", "/v1/payments/report?format=csv", "boss").raw.decode())))
    assert [r["receipt"] for r in rows] == ["B-1", "B-2", "B-3"] and rows[2]["state"] == "refunded_in_part" and rows[2]["refunded"] == "80.00"

    # Page by page, in order; the sums are of all, on every page.
    path, receipts = "/v1/payments/report?limit=2", []
    while path:
        page = hub.ask("GET", path, "boss")
        assert page.json["totals"] == report["totals"] and page.json["differences"] == report["differences"]
        receipts += [i["receipt"] for i in page.json["items"]]
        path = page.headers["Link"].split("<")[1].split(">")[0] if page.json["next_cursor"] else None
    assert receipts == ["B-1", "B-2", "B-3"]
    for query in ("limit=0", "limit=201", "cursor=x"):
        assert hub.ask("GET", f"/v1/payments/report?{query}", "boss").status == 422


def test_the_desk_works_at_a_terminal(hub):
    number = hub.apply()["number"]
    assert "0.50 × 36.5 × 160" in hub.cli("fee", "show", number)
    assert "owed 2920.00, paid 920.00" in hub.cli("fee", "pay", number, "use", "920", "--receipt", "C-1", "--method", "cash")
    assert "outside_standard" in hub.cli("fee", "pay", number, "use", "2001", "--receipt", "C-2", "--method", "cash", code=5)
    hub.cli("fee", "pay", number, "use", "1", "--method", "cash", code=2)
    hub.cli("fee", "pay", number, "use", "1", "--receipt", "C-3", "--method", "gold", code=2)
    assert "refunded 920.00" in hub.cli("fee", "refund", number, "pay-1", "--reason", "mistake", key="boss")
    hub.cli("fee", "refund", number, "pay-9", "--reason", "mistake", key="boss", code=3)
    hub.cli("fee", "refund", number, "../x", "--reason", "mistake", key="boss", code=2)
    assert json.loads(hub.cli("fee", "report", "--json", key="boss"))["count"] == 1
    assert hub.cli("fee", "report", "--csv", key="boss").startswith("id,recorded_at,receipt,")


def test_a_page_shows_and_takes_it(hub):
    number = hub.apply()["number"]
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert 'action="/applications/' + number + '/pay"' in page and "2920.00" in page and "Use of the ground" in page
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer desk"}
    sent = hub.request("POST", f"/applications/{number}/pay", b"line=m%2Fuse&amount=2920.00&receipt=P-1&method=card", headers=form)
    assert sent.status == 303 and sent.headers["Location"].endswith("?done=pay"), sent.raw
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert "P-1" in page and '/pay"' not in page
    refused = hub.request("POST", f"/applications/{number}/pay", b"line=m%2Fuse&amount=1&receipt=P-2&method=card", headers=form)
    assert refused.status == 422 and "may not be asked for" in refused.raw.decode()
    guide = hub.get("/guide/stand?lang=en").raw.decode()
    assert "0.50 CNY × Area (m²) × Days" in guide


def test_a_page_hands_nothing_over_unpaid_without_asking(hub):
    number = hub.decide(hub.apply()["number"])
    page = hub.ask("GET", f"/applications/{number}?lang=en").raw.decode()
    assert 'href="#pay"' in page and 'href="#deliver"' in page, "the next acts are within reach"
    assert page.count('name="unpaid_sure" value="1" required') == 3 and "Not paid yet:" in page
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer desk"}
    for way in (b"way=window", b"way=electronic", b"way=courier&name=W&phone=1&address=R&carrier=E&waybill=1"):
        refused = hub.request("POST", f"/applications/{number}/delivery?lang=en", way, headers=form)
        assert refused.status == 422 and "A fee is not paid yet" in refused.raw.decode()
    assert hub.ask("GET", f"/v1/applications/{number}").json["status"] == "decided"
    assert hub.request("POST", f"/applications/{number}/delivery", b"way=window&unpaid_sure=1", headers=form).status == 303
    told = [item["number"] for item in hub.ask("GET", "/v1/alerts?kind=handed_over_unpaid", "boss").json["items"]]
    assert told == [number], "supervision is told"
    assert "handed_over_unpaid" in [event["type"] for event in hub.ask("GET", f"/v1/applications/{number}/events").json["items"]]
    paid = hub.decide(hub.apply()["number"])
    for index, line in enumerate(hub.fees(paid)["lines"]):
        if line["state"] == "open":
            assert hub.pay(paid, line["open"], f"U-{index}", line["fee"]).status == 201
    assert "unpaid_sure" not in hub.ask("GET", f"/applications/{paid}").raw.decode()
    assert hub.request("POST", f"/applications/{paid}/delivery", b"way=window", headers=form).status == 303
    assert len(hub.ask("GET", "/v1/alerts?kind=handed_over_unpaid", "boss").json["items"]) == 1
    api = hub.decide(hub.apply()["number"])
    assert hub.ask("POST", f"/v1/applications/{api}/delivery", body={"way": "courier", "carrier": "E", "waybill": "1", "recipient": {"name": "W", "phone": "1", "address": "R"}}).status == 200
    assert hub.ask("POST", f"/v1/applications/{api}/delivery", body={"way": "courier", "state": "delivered"}).status == 200
    assert len(hub.ask("GET", "/v1/alerts?kind=handed_over_unpaid", "boss").json["items"]) == 2, "of the API's handover, too, once"


def test_supervision_refunds_and_keeps_the_books_on_pages(hub):
    number = hub.apply()["number"]
    hub.pay(number, "2920", "S-1")
    form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer boss"}
    page = hub.ask("GET", f"/applications/{number}?lang=en", "boss").raw.decode()
    assert 'value="pay-1"' in page and "/refund" in page
    assert "/refund" not in hub.ask("GET", f"/applications/{number}?lang=en").raw.decode(), "the front desk gives nothing back"
    sent = hub.request("POST", f"/applications/{number}/refund", b"second=pay-1&amount=20&reason=x&confirmed=1", headers=form)
    assert sent.status == 303 and sent.headers["Location"].endswith("?done=refund"), sent.raw
    assert hub.request("POST", f"/applications/{number}/refund", b"second=pay-1&reason=x", headers=form).status == 422, "not confirmed"
    assert hub.request("POST", f"/applications/{number}/refund", b"second=pay-7&reason=x&confirmed=1", headers=form).status == 404
    assert hub.request("POST", f"/applications/{number}/refund", b"reason=x&confirmed=1", headers=form).status == 404, "which one?"
    books = hub.ask("GET", "/payments?lang=en", "boss").raw.decode()
    assert "S-1" in books and "-20.00" in books and "2900.00" in books
    assert hub.ask("GET", "/payments?from=2026-02-30", "boss").status == 422
    assert hub.ask("GET", "/payments/csv", "boss").raw.decode("utf-8-sig").startswith("id,recorded_at,receipt,")
    assert hub.ask("GET", "/payments").status == 403
