# SPDX-License-Identifier: Apache-2.0
"""Every page and every GET route of a hub that is full: which addresses, and how long each takes to answer."""
import re
import time
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
BUDGET_MS = 200
ROUNDS = 20
STREAMS = {"/v1/events", "/applications/{number}/live"}  # no answer that ends
PAPERS = ("acceptance", "decision", "evaluation")


def pages():
    """The patterns of all pages that are looked at, as the table of the hub has them."""
    rows = re.findall(r'\{"(/[^"]*)", "[^"]*", (front_\w+|NULL),', (ROOT / "hub" / "front" / "pages.c").read_text())
    return {pattern for pattern, show in rows if show != "NULL"} - STREAMS


def routes():
    """The patterns of all GET routes."""
    rows = re.findall(r'\{FRONT_\w+, GET, "(/[^"]*)",', (ROOT / "hub" / "front" / "routes.c").read_text())
    return set(rows) - STREAMS


def is_of(pattern, path):
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path.split("?")[0]) is not None


class Sights:
    """The addresses, of things that are there: old ones, new ones, one of several departments; first pages and deep ones."""

    def __init__(self, crowd, center, plan_days):
        self.crowd, self.center = crowd, center
        self.first, self.last = str(plan_days[0])[:7], str(plan_days[-1])[:7]
        self.from_day, self.to_day = str(plan_days[0]), str(plan_days[-1])
        self.found = []

    def get(self, path, **query):
        return self.crowd.ask("GET", path + ("?" + urlencode(query) if query else ""))

    def add(self, path, **query):
        self.found.append(path + ("?" + urlencode(query, quote_via=quote) if query else ""))

    def all(self):
        self.applications = self.applications_find()
        self.catalogue()
        self.lists()
        self.ones()
        self.concerns()
        self.figures()
        self.rest()
        self.found += sorted(p for p in pages() | routes() if "{" not in p)  # whatever there is that needs no name
        return self.found

    def applications_find(self):
        """The newest, one from the middle, the oldest, an open one: by number."""
        newest = self.get("/v1/applications", limit=1)
        top = int(newest["next_cursor"] or 1)
        wanted = [newest] + [self.get("/v1/applications", limit=1, cursor=c) for c in (top // 2 + 1, 2)]
        self.top = top
        return [w["items"][0]["number"] for w in wanted]

    # -- What is looked at --

    def catalogue(self):
        service, matter = self.center.joint[0]["id"], self.center.matters[0]["id"]
        department = self.center.departments[0]["id"]
        for path in ("/", "/guide", "/hall", "/track", "/ask", "/complain", "/reply", "/evaluate", "/kiosk", "/sign-in", "/catalog", "/calendars"):
            self.add(path)
        for query in ({"q": "登记"}, {"q": "licence"}, {"initial": "s"}, {"department": department}, {"for": "person"}):
            self.add("/guide", **query)
            self.add("/v1/services", **query)
        for path in (f"/guide/{service}", f"/apply/{service}", f"/calendars/{self.center.calendar['id']}", f"/v1/services/{service}",
                     f"/v1/services/{service}/example", f"/v1/matters/{matter}", f"/v1/matters/{matter}/quantity", "/v1/departments", "/v1/calendars",
                     f"/v1/calendars/{self.center.calendar['id']}"):
            self.add(path)
        for path in ("/v1/services", "/v1/matters"):
            self.add(path)
            self.add(path, limit=200)
        version = self.get("/v1/center")["catalog_version"]
        self.add(f"/catalog/{version}/sources")
        self.add(f"/v1/catalog/versions/{version}/sources")

    def deep(self, page, route, **query):
        """First, and far back: by keys, so a page far back costs what the first one does."""
        self.add(page, **query)
        self.add(route, **query)
        self.add(route, limit=200, **query)
        for cursor in (self.top // 2, max(self.top // 50, 2)):
            self.add(page, cursor=cursor, **query)
            self.add(route, cursor=cursor, **query)

    def lists(self):
        services = [self.center.spot[0]["id"], self.center.joint[0]["id"]]
        department = self.center.departments[-1]["id"]
        self.deep("/applications", "/v1/applications")
        for query in ([{"status": s} for s in ("in_review", "decided", "closed", "withdrawn", "incomplete", "received", "lapsed", "not_accepted")] +
                      [{"service": s} for s in services] + [{"department": department}, {"overdue": "true"}, {"overdue": "false"}, {"due_before": self.to_day},
                       {"department": department, "status": "in_review"}, {"service": services[1], "status": "in_review"},
                       {"service": services[0], "status": "withdrawn"}, {"overdue": "true", "status": "in_review"}]):
            self.deep("/applications", "/v1/applications", **query)
        for happened in ("received", "accepted", "decided"):
            for day in (self.from_day, self.to_day):
                self.add("/applications", happened=happened, on=day)
                self.add("/v1/applications", happened=happened, on=day, limit=200)
        self.deep("/register", "/v1/register")
        self.add("/v1/delegations")
        for query in [{"outcome": o} for o in ("approved", "rejected", "not_required")] + [{"service": s} for s in services]:
            self.deep("/register", "/v1/register", **query)
        for query in [{}] + [{"department": d["id"]} for d in (self.center.departments[0], self.center.departments[-1])]:
            self.worklist(query)
        self.worklist_filters(department)
        for query in [{}, {"kind": "overdue"}, {"kind": "bad_rating"}, {"department": department}, {"kind": "due_soon", "department": department}]:
            self.paged("/alerts", "/v1/alerts", query)
        for query in [{}] + [{"state": s} for s in ("waiting", "delivered", "failed")]:
            self.paged("/messages", "/v1/messages", query)

    def worklist(self, query):
        self.paged("/worklist", "/v1/tasks", query)
        if query:
            self.add("/v1/tasks", state="queued", **query)

    def worklist_filters(self, department):
        matter = self.center.joint[0]["matters"][0]
        for query in ({"matter": matter}, {"late": "true"}, {"due_before": self.to_day}, {"claim": "mine"}, {"claim": "none"},
                      {"department": department, "late": "true"}, {"department": department, "due_before": self.from_day}, {"matter": matter, "claim": "none"}):
            self.add("/worklist", **query)
            self.add("/v1/tasks", **query)
        for query in ({"kind": "late"}, {"kind": "parked"}, {"kind": "messages"}, {"department": department}):
            self.add("/incidents", **query)
            self.add("/v1/incidents", **query)

    def paged(self, page, route, query):
        """With the pages that follow, as the reader turns them."""
        self.add(page, **query)
        cursor = None
        for _ in range(3):
            more = {"cursor": cursor} if cursor else {}
            self.add(route, **query, **more)
            if cursor:
                self.add(page, **query, **more)
            try:
                cursor = self.get(route, **query, **more)["next_cursor"]
            except Exception:  # a filter that the route does not know: measured as it answers
                return
            if cursor is None:
                return

    def ones(self):
        tasks = self.get("/v1/tasks", limit=1)["items"]
        for task in tasks:
            self.add(f"/tasks/{task['id']}")
            self.add(f"/v1/tasks/{task['id']}")
        numbers = self.applications + [t["id"].rsplit(".", 1)[0] for t in tasks]
        for number in numbers:
            for path in ("", "/documents", "/certificate", "/result", "/documents/1"):
                self.add(f"/applications/{number}{path}")
            for path in ("", "/events", "/clocks", "/notices", "/certificate", "/bundle", "/materials", "/evaluation", "/fees", "/delivery", "/paper",
                         "/result", "/materials/1/content"):
                self.add(f"/v1/applications/{number}{path}")
            self.add(f"/v1/applications/{number}/clocks", explain="true")
            events = self.get(f"/v1/applications/{number}/events")["items"]
            for seq in {events[0]["seq"], events[-1]["seq"]}:
                self.add(f"/v1/applications/{number}", as_of=seq)
            for path in ("", *(f"/{kind}" for kind in PAPERS)):
                self.add(f"/paper/{number}{path}")
                self.add(f"/track/{number}/paper{path}")
            for path in (f"/track/{number}", f"/track/{number}/result", f"/evaluate/{number}"):
                self.add(path)

    def concerns(self):
        for name, word in (("inquiries", "inquiry"), ("complaints", "complaint"), ("evaluations", "evaluation"), ("grievances", "grievance")):
            for query in ({}, {"state": "open"}, {"overdue": "true"}, {"department": self.center.departments[-1]["id"]}):
                self.add(f"/v1/{name}", **query)
            self.add(f"/v1/{name}", number=self.applications[0])
            self.add("/concerns", type=word)
            self.add("/concerns", type=word, state="open")
            for item in self.get(f"/v1/{name}", limit=1)["items"][:1] or [{"id": {"inquiry": "inq-1", "complaint": "cmp-1", "evaluation": "evl-1", "grievance": "grv-1"}[word]}]:
                self.add(f"/v1/{name}/{item['id']}")
                self.add(f"/concerns/{item['id']}")
        self.add("/concerns")

    def figures(self):
        year = {"from": self.last[:4] + "-01", "to": self.last}
        long = {"from": f"{max(int(self.last[:4]) - 9, 1970)}-01", "to": f"{self.last[:4]}-12"}
        for path in ("/statistics", "/v1/center", "/v1/statistics", "/payments", "/v1/payments/report", "/payments/csv", "/evidence", "/v1/checkpoints"):
            self.add(path)
        for span in (year, long):
            self.add("/statistics", **span)
            self.add("/statistics", department=self.center.departments[-1]["id"], **span)
            self.add("/statistics", after_service=self.center.spot[len(self.center.spot) // 2]["id"], **span)
            for by in (None, "service", "department", "window", "month", "officer", "department,service", "service,month", "service,window", "department,month"):
                self.add("/v1/statistics", **span, **({"by": by} if by else {}))
            self.add("/statistics/csv", by="department", **span)
            self.add("/v1/statistics", by="month", service=self.center.joint[0]["id"], **span)
            self.add("/v1/statistics", by="month", department=self.center.departments[-1]["id"], **span)
        for span in ({"month": self.last}, {"month": self.first}, {"year": self.last[:4]}, {"year": self.first[:4]}):
            for path in ("/assessments", "/assessments/csv", "/v1/assessments"):
                self.add(path, **span)
            for by in ("department", "window", "officer"):
                self.add("/v1/assessments", by=by, **span)
        days = [{"from": self.to_day, "to": self.to_day}, {"from": self.from_day, "to": self.from_day}, {"from": self.last + "-01", "to": self.to_day},
                {"from": self.last[:4] + "-01-01", "to": self.to_day}]
        for span in days:
            for path in ("/payments", "/payments/csv", "/v1/payments/report"):
                self.add(path, **span)

    def rest(self):
        for connector in self.get("/v1/connectors")["items"][:1]:
            for path in ("", "/logs", "/history"):
                self.add(f"/v1/connectors/{connector['id']}{path}")
            self.add(f"/connectors/{connector['id']}")
        for path in ("/v1/checkpoints/1", "/v1/messages/msg-1", "/messages/msg-1"):
            self.add(path)

    def missing(self):
        """Patterns that none of the addresses is of: nothing may be left out."""
        return {p for p in pages() | routes() if not any(is_of(p, path) for path in self.found)}


def look(crowd, path):
    """(ms, status, bytes) of one request."""
    start = time.perf_counter()
    status, body = crowd.look(path)
    return (time.perf_counter() - start) * 1000, status, len(body)


def cpu_ms(pid):
    """What the threads of a process have spent so far."""
    return sum(int(p.read_text().split()[0]) for p in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def measure(crowd, pid, paths, rounds=ROUNDS, say=lambda text: None):
    """[{path, status, bytes, p50, p99, max, cpu}] of every address, asked one after another: milliseconds as the reader waits, and
    of the hub's processor time, which other programs on the machine do not lengthen."""
    rows = []
    for path in dict.fromkeys(paths):
        spent = cpu_ms(pid)
        seen = [look(crowd, path) for _ in range(rounds)]
        spent = (cpu_ms(pid) - spent) / rounds
        times = sorted(ms for ms, _, _ in seen)
        rows.append({"path": path, "status": seen[-1][1], "bytes": seen[-1][2], "first": round(seen[0][0], 2), "p50": round(times[rounds // 2], 2),
                     "p99": round(times[max(0, -(-rounds * 99 // 100) - 1)], 2), "max": round(times[-1], 2), "cpu": round(spent, 2)})
        if rows[-1]["p50"] > BUDGET_MS:
            say(f"slow: {rows[-1]}")
    return rows


def slow(rows):
    return [r for r in rows if r["max"] > BUDGET_MS]


def faulty(rows):
    """What did not answer as a page does: 404 and 409 are answers where a thing has none of that kind."""
    return [r for r in rows if r["status"] not in (200, 302, 303, 401, 403, 404, 409, 422)]
