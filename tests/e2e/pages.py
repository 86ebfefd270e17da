# SPDX-License-Identifier: Apache-2.0
"""Every page of the console, by who reads it.

ROWS is the table: one row for each address worth looking at, of class "citizen", "staff", "print" or "kiosk":

    Row("staff", "task", "/tasks/{task}")            class, name, path with the names of objects in braces
    Row("citizen", "progress", "/track/{decided}", opens="decided")   opens: the tracking of that application is kept
    Row("citizen", "lost", "/nothing", status=404)   status: what it answers, 200 otherwise

filled(hub) brings a running sample center (Hub()) to a state in which all of them show something, by the API, and returns
the names: {"decided": "20261129-000001-4", "decided.code": "...", "task": ...}. pages(names) gives the addresses as

    Page(kind, name, path, status, cookies)          cookies: {name: value}, for requests or a browser

leaving out the rows whose names are not there: a test with a center of its own passes its own names, as many as it has.

    with Hub() as hub:
        for page in pages(filled(hub)):
            answer = open_page(hub, page, language="en")

A new page needs a row here (test_weights.py compares with the table in hub/front/pages.c)."""
import io
import json
import re
import tarfile
import time
import zipfile
from typing import NamedTuple

from hub import ROOT

CLASSES = ("citizen", "staff", "print", "kiosk")
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
# Rows of hub/front/pages.c that answer with a file, or with a part of a page.
NOT_PAGES = {"/payments/csv", "/statistics/csv", "/assessments/csv", "/applications/{number}/live", "/applications/{number}/documents/{id}",
             "/catalog/{version}/sources"}


class Row(NamedTuple):
    kind: str
    name: str
    path: str
    status: int = 200
    opens: str = ""


class Page(NamedTuple):
    kind: str
    name: str
    path: str
    status: int
    cookies: dict


ROWS = [
    Row("citizen", "home", "/"),
    Row("citizen", "guide", "/guide"),
    Row("citizen", "search", "/guide?q=restaurant"),
    Row("citizen", "search-none", "/guide?q=zzzz"),
    Row("citizen", "service", "/guide/{service}"),
    Row("citizen", "service-fee", "/guide/{fee_service}"),
    Row("citizen", "apply", "/apply/{service}"),
    Row("citizen", "apply-fee", "/apply/{fee_service}"),
    Row("citizen", "register", "/register"),
    Row("citizen", "track", "/track"),
    Row("citizen", "track-number", "/track/{decided}"),
    Row("citizen", "progress", "/track/{decided}", opens="decided"),
    Row("citizen", "progress-incomplete", "/track/{incomplete}", opens="incomplete"),
    Row("citizen", "progress-review", "/track/{review}", opens="review"),
    Row("citizen", "progress-closed", "/track/{closed}", opens="closed"),
    Row("citizen", "progress-withdrawn", "/track/{withdrawn}", opens="withdrawn"),
    Row("citizen", "result", "/track/{closed}/result", opens="closed"),
    Row("citizen", "papers", "/track/{decided}/paper", opens="decided"),
    Row("citizen", "ask", "/ask"),
    Row("citizen", "complain", "/complain"),
    Row("citizen", "reply", "/reply"),
    Row("citizen", "evaluate", "/evaluate"),
    Row("citizen", "evaluate-number", "/evaluate/{decided}"),
    Row("citizen", "evidence", "/evidence"),
    Row("citizen", "sign-in", "/sign-in"),
    Row("citizen", "lost", "/nothing", status=404),
    Row("staff", "worklist", "/worklist"),
    Row("staff", "worklist-department", "/worklist?department={department}"),
    Row("staff", "worklist-filtered", "/worklist?department={department}&claim=none&late=true"),
    Row("staff", "operations", "/operations"),
    Row("staff", "incidents", "/incidents"),
    Row("staff", "task", "/tasks/{task}"),
    Row("staff", "task-taken", "/tasks/{taken}"),
    Row("staff", "task-done", "/tasks/{done}"),
    Row("staff", "applications", "/applications"),
    Row("staff", "applications-filtered", "/applications?status=in_review&service={review_service}"),
    Row("staff", "application", "/applications/{review}"),
    Row("staff", "application-decided", "/applications/{decided}"),
    Row("staff", "application-incomplete", "/applications/{incomplete}"),
    Row("staff", "application-withdrawn", "/applications/{withdrawn}"),
    Row("staff", "application-fee", "/applications/{fee}"),
    Row("staff", "documents", "/applications/{review}/documents"),
    Row("staff", "application-result", "/applications/{closed}/result"),
    Row("staff", "certificate-none", "/applications/{review}/certificate", status=409),
    Row("staff", "paper-list", "/paper/{decided}"),
    Row("staff", "alerts", "/alerts"),
    Row("staff", "messages", "/messages"),
    Row("staff", "message", "/messages/{message}"),
    Row("staff", "concerns", "/concerns"),
    Row("staff", "concerns-complaints", "/concerns?type=complaint"),
    Row("staff", "concerns-evaluations", "/concerns?type=evaluation"),
    Row("staff", "concerns-grievances", "/concerns?type=grievance"),
    Row("staff", "inquiry", "/concerns/{inquiry}"),
    Row("staff", "complaint", "/concerns/{complaint}"),
    Row("staff", "evaluation", "/concerns/{evaluation}"),
    Row("staff", "grievance", "/concerns/{grievance}"),
    Row("staff", "payments", "/payments"),
    Row("staff", "statistics", "/statistics"),
    Row("staff", "assessments", "/assessments"),
    Row("staff", "assessments-by", "/assessments?by=officer"),
    Row("staff", "assessments-sheets", "/assessments?sheets=true"),
    Row("staff", "connectors", "/connectors"),
    Row("staff", "connector", "/connectors/{connector}"),
    Row("staff", "calendars", "/calendars"),
    Row("staff", "calendar", "/calendars/{calendar}"),
    Row("staff", "catalog", "/catalog"),
    Row("staff", "catalog-look", "/catalog?look={candidate}"),
    Row("staff", "catalog-unknown", "/catalog?look=0123456789abcdef", status=404),
    Row("staff", "keys", "/keys"),
    Row("print", "acceptance", "/paper/{decided}/acceptance"),
    Row("print", "decision", "/paper/{decided}/decision"),
    Row("print", "certificate", "/paper/{decided}/certificate"),
    Row("print", "evaluation-slip", "/paper/{decided}/evaluation"),
    Row("print", "notice", "/paper/{incomplete}/notice"),
    Row("print", "not-accepted", "/paper/{not_accepted}/not-accepted"),
    Row("print", "decision-both", "/paper/{decided}/decision?languages=both"),
    Row("print", "own-decision", "/track/{decided}/paper/decision", opens="decided"),
    Row("kiosk", "kiosk", "/kiosk"),
    Row("kiosk", "hall", "/hall"),
]


def pages(names, *kinds):
    """The pages of these classes (all of them where none is named) whose objects have names."""
    found = []
    for row in ROWS:
        wanted = re.findall(r"\{(\w+)\}", row.path) + ([row.opens + ".code"] if row.opens else [])
        if (kinds and row.kind not in kinds) or any(name not in names for name in wanted):
            continue
        cookies = {"onedoor_track": f"{names[row.opens]}.{names[row.opens + '.code']}"} if row.opens else {}
        found.append(Page(row.kind, row.name, row.path.format(**names), row.status, cookies))
    return found


def patterns():
    """The paths that hub/front/pages.c shows."""
    rows = re.findall(r'^    \{"(/[^"]*)", "[a-z-]+", (\w+), \w+, \w+\},', (ROOT / "hub/front/pages.c").read_text(), re.M)
    assert len(rows) > 40, "the table in hub/front/pages.c is not read any more"
    return [path for path, show in rows if show != "NULL"]


def uncovered():
    """Patterns of the hub that no row looks at."""
    paths = {re.sub(r"\{\w+\}", "x", row.path).split("?")[0] for row in ROWS}
    return [pattern for pattern in patterns() if pattern not in NOT_PAGES and
            not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) for path in paths)]


def open_page(hub, page, language="en"):
    cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    return hub.get(page.path, headers={"Accept-Language": language, **({"Cookie": cookie} if cookie else {})})


# -- A sample center with something on every page --

def unpacked(hub, version):
    """The files of a catalogue's version by their paths; a start packs them beside its work."""
    for _ in range(100):
        answer = hub.get(f"/v1/catalog/versions/{version}/sources")
        if answer.status == 200:
            break
        time.sleep(0.05)
    with tarfile.open(fileobj=io.BytesIO(answer.raw), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read().decode() for member in archive}


def made(answer):
    assert answer.status in (200, 201), answer.raw
    return answer.json


class Filling:
    def __init__(self, hub):
        self.hub, self.names = hub, {"service": "open-restaurant", "fee_service": "street-use", "review_service": "build-house",
                                     "department": "agriculture", "connector": "fire"}

    def submit(self, name, service, without=(), **form):
        example = self.hub.example(service)
        example["form"].update(form)
        example["materials"] = [item for item in example["materials"] if item["material"] not in without]
        answer = made(self.hub.submit(example))
        self.names[name], self.names[name + ".code"] = answer["number"], answer["code"]
        return answer["number"]

    def applications(self):
        hub = self.hub
        decided, closed = self.submit("decided", "open-restaurant"), self.submit("closed", "food-licence")
        self.submit("incomplete", "open-restaurant", without=("floor-plan", "staff-roster"))
        self.submit("not_accepted", "hold-public-event", expected_attendance=6000)
        self.submit("fee", "street-use")
        review, withdrawn = self.submit("review", "build-house"), self.submit("withdrawn", "build-house")
        made(hub.post(f"/v1/applications/{withdrawn}/withdraw", {"reason": "改变计划", "confirm": withdrawn}))
        made(hub.request("POST", f"/v1/applications/{review}/materials?name=plan.pdf&material=house-design", PDF,
                         {"Content-Type": "application/pdf"}))
        self.tasks(review)
        hub.wait_for(decided, lambda a: a["status"] == "decided")
        hub.wait_for(closed, lambda a: a["status"] == "decided")
        made(hub.post(f"/v1/applications/{closed}/delivery", {"way": "electronic"}))

    def officers_tasks(self, number):
        """Of a house: one for agriculture, one for natural resources."""
        shown = self.hub.wait_for(number, lambda a: sum(t["owner"] == "officer" and t["state"] == "offered" for t in a["tasks"]) == 2)
        return [task["id"] for task in shown["tasks"] if task["owner"] == "officer"]

    def tasks(self, review):
        self.names["done"], self.names["taken"] = self.officers_tasks(review)
        self.names["task"], _ = self.officers_tasks(self.submit("waiting", "build-house"))
        for name in ("done", "taken"):
            made(self.hub.post(f"/v1/tasks/{self.names[name]}/take"))
        made(self.hub.post(f"/v1/tasks/{self.names['done']}/opinion",
                           {"opinion": "approve_with_conditions", "conditions": ["施工前公示。", "Put up a notice first."]}))

    def concerns(self):
        hub, decided = self.hub, self.names["decided"]
        rows = (("inquiry", "/v1/inquiries", {"text": "几号窗口办理？", "service": "open-restaurant", "contact": {"name": "王小明", "phone": "13800000000"}}),
                ("complaint", "/v1/complaints", {"text": "材料退了三次。", "number": decided, "about": {"window": "3"}}),
                ("evaluation", f"/v1/applications/{decided}/evaluation", {"attitude": 1, "ability": 2, "window": "3", "text": "太慢"}),
                ("grievance", "/v1/grievances", {"text": "被当事人辱骂", "happened_on": "2026-01-25"}))
        for name, path, body in rows:
            self.names[name] = made(hub.post(path, body))["id"]

    def catalogue(self):
        """Another catalogue waits: that of the sample with one text said anew."""
        version = self.hub.get("/v1/catalog/versions").json["version"]
        files = unpacked(self.hub, version)
        name, file = next((name, made) for name, made in ((name, json.loads(text)) for name, text in files.items()) if made.get("services"))
        file["services"][0]["summary"]["zh-CN"] += "（新）"
        files[name] = json.dumps(file, ensure_ascii=False)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in files.items():
                archive.writestr("sample/" + path, text)
        self.names["candidate"] = made(self.hub.request("POST", "/v1/catalog/candidates?name=sample-2027.zip", packed.getvalue(),
                                                        {"Content-Type": "application/zip"}))["version"]

    def registers(self):
        made(self.hub.post("/v1/keys", {"id": "window-3", "roles": ["front_desk"], "note": "Window 3"}))
        for name, path in (("calendar", "/v1/calendars"), ("message", "/v1/messages")):
            for item in self.hub.get(path).json["items"][:1]:
                self.names[name] = item["id"]


def filled(hub):
    """Bring a sample center to a state in which every row has its objects; returns their names. Takes about two seconds."""
    hub.wait_connectors()
    filling = Filling(hub)
    filling.applications()
    filling.concerns()
    filling.registers()
    filling.catalogue()
    return filling.names
