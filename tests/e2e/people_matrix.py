# SPDX-License-Identifier: Apache-2.0
"""The table of objects: for each route of docs/openapi.yaml, which object of the caller's own department and of another
one its path names, and what somebody who is bound to a department is answered about the other's.

A new route needs a row here; Route() where its path names nothing that belongs to a department."""


class Route:
    """own, other: values of the path's parameters, by names of World; denied: status for the other's object;
    body: what is sent where a body is due; passes: statuses that do not mean "denied" here, beside the usual ones;
    narrow: {name of a key: the statuses that it gets, whoever's the object is};
    absent: the status that everybody gets, where the hub of the test has no such route."""

    def __init__(self, own=None, other=None, denied=None, body=None, passes=(), narrow=None, absent=None, query=""):
        assert (other is None) == (denied is None), "an object of another department, and what is answered about it"
        self.own, self.other, self.denied = own or {}, other, denied
        self.body, self.passes, self.narrow, self.absent, self.query = body, set(passes), narrow or {}, absent, query


APPLICATION = dict(own={"number": "number"}, other={"number": "other_number"}, denied=403)
TASK = dict(own={"id": "task"}, other={"id": "other_task"}, denied=403)
# Of no department they are the front desk's; those of a department are not, and to it there is no such id.
NOT_THE_DESKS = {"front_desk": {404}}
INQUIRY = dict(own={"id": "inquiry"}, other={"id": "other_inquiry"}, denied=404, narrow=NOT_THE_DESKS)
COMPLAINT = dict(own={"id": "complaint"}, other={"id": "other_complaint"}, denied=404, narrow=NOT_THE_DESKS)
EVALUATION = dict(own={"id": "evaluation"}, other={"id": "other_evaluation"}, denied=404, narrow=NOT_THE_DESKS)
# A grievance is for who recorded it (the officer of the fire department), supervisors and admins.
GRIEVANCE = dict(own={"id": "grievance"}, narrow={name: {404} for name in ("front_desk", "head", "fire-head", "land")})
# By the look-up code, too: who has neither it nor a fitting role is refused as one who guesses.
PDF = b"%PDF-1.4\n%%EOF\n"  # sent as it is
BY_CODE = dict(**APPLICATION, passes=[401, 403, 404, 429])
NO_CONNECTOR = dict(own={"id": "no_connector"}, passes=[404])

ROUTES = {
    "POST /v1/applications": Route(),
    "GET /v1/applications": Route(),  # a bound reader's list holds the own department's: test_people.py
    "GET /v1/applications/{number}": Route(**APPLICATION),
    "GET /v1/applications/{number}/events": Route(**APPLICATION),
    "GET /v1/applications/{number}/clocks": Route(**APPLICATION),
    "GET /v1/applications/{number}/notices": Route(**APPLICATION),
    "GET /v1/applications/{number}/certificate": Route(**APPLICATION),
    "POST /v1/applications/{number}/notices/{id}/told": Route(own={"number": "number", "id": "no_connector"},
                                                              other={"number": "other_number", "id": "no_connector"}, denied=403, passes=[404]),
    "POST /v1/applications/{number}/supplement": Route(**APPLICATION),
    "POST /v1/applications/{number}/withdraw": Route(**APPLICATION),
    "POST /v1/applications/{number}/delivery": Route(**APPLICATION),
    "POST /v1/applications/{number}/check": Route(**APPLICATION),
    "POST /v1/applications/{number}/extend": Route(**APPLICATION, passes=[403]),  # whose rank grants it: test_clocks.py
    "POST /v1/track": Route(body={"number": "20261129-000001-4", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/services": Route(),
    "GET /v1/services/{id}": Route(own={"id": "service"}),
    "GET /v1/services/{id}/example": Route(own={"id": "service"}),
    "GET /v1/matters": Route(),
    "GET /v1/matters/{id}": Route(own={"id": "matter"}),
    "GET /v1/matters/{id}/quantity": Route(own={"id": "matter"}),
    "GET /v1/departments": Route(),
    "GET /v1/tasks": Route(),  # a bound reader's list is the own department's
    "GET /v1/tasks/{id}": Route(**TASK),
    "POST /v1/tasks/{id}/take": Route(**TASK),
    "POST /v1/tasks/{id}/opinion": Route(**TASK),
    "POST /v1/tasks/{id}/pause": Route(**TASK),
    "POST /v1/tasks/{id}/resume": Route(**TASK),
    "POST /v1/tasks/{id}/ask": Route(**TASK),
    "POST /v1/tasks/{id}/extend": Route(**TASK, passes=[403]),  # whose rank grants it: test_clocks.py
    "POST /v1/tasks/{id}/milestone": Route(**TASK),
    "POST /v1/tasks/{id}/requeue": Route(**TASK),
    "POST /v1/tasks/{id}/bar": Route(**TASK),
    "POST /v1/tasks/{id}/claim": Route(**TASK),
    "POST /v1/tasks/{id}/release": Route(**TASK),
    "POST /v1/tasks/batch": Route(body={"act": "claim", "tasks": ["20261129-000001-4.1"]}),  # each task by its own route's rules: test_worklist.py
    "GET /v1/incidents": Route(),  # a bound reader's groups are the own department's: test_incidents.py
    "POST /v1/incidents/{id}/retry": Route(own={"id": "no_connector"}, passes=[404]),
    "GET /v1/operations": Route(),  # sums, of nobody
    "GET /v1/alerts": Route(),  # a bound reader's list is the own department's
    "GET /v1/calendars": Route(),
    "GET /v1/calendars/{id}": Route(own={"id": "calendar"}),
    "POST /v1/catalog/reload": Route(),
    "GET /v1/config": Route(),
    "GET /v1/catalog/versions": Route(),
    "GET /v1/catalog/versions/{version}/sources": Route(own={"version": "no_connector"}, passes=[404]),
    "POST /v1/catalog/candidates": Route(body=PDF, query="?name=a.zip"),
    "GET /v1/catalog/candidates": Route(),
    "DELETE /v1/catalog/candidates/{version}": Route(own={"version": "no_connector"}, passes=[404]),
    "GET /v1/modules": Route(),
    "GET /v1/connectors": Route(),
    "GET /v1/connectors/{id}": Route(**NO_CONNECTOR),
    "GET /v1/connectors/{id}/logs": Route(**NO_CONNECTOR),
    "PUT /v1/connectors/{id}": Route(**NO_CONNECTOR),
    "DELETE /v1/connectors/{id}": Route(**NO_CONNECTOR),
    "POST /v1/connectors/{id}/upgrade": Route(**NO_CONNECTOR),
    "POST /v1/connectors/{id}/rollback": Route(**NO_CONNECTOR),
    "POST /v1/connectors/{id}/drain": Route(**NO_CONNECTOR),
    "POST /v1/connectors/{id}/enable": Route(**NO_CONNECTOR),
    "POST /v1/connectors/{id}/disable": Route(**NO_CONNECTOR),
    "GET /v1/connectors/{id}/history": Route(**NO_CONNECTOR),
    "GET /v1/statistics": Route(),  # sums, of nobody
    "POST /v1/statistics/repair": Route(),
    "GET /v1/assessments": Route(),  # everybody's own lines: test_assessment.py
    "GET /v1/events": Route(),  # numbers and states, of nobody
    "POST /v1/connector/{request}": Route(own={"request": "hello"}, body={"id": "1"}, passes=[404]),  # for the key's own connector alone
    "POST /v1/callbacks/{connector}/{reference}": Route(own={"connector": "no_connector", "reference": "no_connector"}, passes=[401, 404, 429]),
    "POST /v1/services/{id}/preview": Route(own={"id": "service"}),
    "POST /v1/materials": Route(body=PDF, query="?name=a.pdf"),
    "POST /v1/applications/{number}/materials": Route(**BY_CODE, body=PDF, query="?name=a.pdf&material=plan"),
    "GET /v1/applications/{number}/materials": Route(**BY_CODE),
    "GET /v1/applications/{number}/materials/{id}/content": Route(own={"number": "number", "id": "no_connector"},
                                                                  other={"number": "other_number", "id": "no_connector"},
                                                                  denied=403, passes=[401, 403, 404, 429]),
    "POST /v1/inquiries": Route(passes=[429]),
    "GET /v1/inquiries": Route(),  # a bound reader's list is the own department's: test_aftercare.py
    "POST /v1/inquiries/track": Route(body={"id": "inq-999", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/inquiries/{id}": Route(**INQUIRY),
    "POST /v1/inquiries/{id}/reply": Route(**INQUIRY, body={"text": "soon"}),
    "POST /v1/inquiries/{id}/pass": Route(**INQUIRY, body={"department": "fire"}),  # it has its reply: nothing moves
    "POST /v1/complaints": Route(passes=[429]),
    "GET /v1/complaints": Route(),
    "POST /v1/complaints/track": Route(body={"id": "cmp-999", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/complaints/{id}": Route(**COMPLAINT),
    "POST /v1/complaints/{id}/reply": Route(**COMPLAINT, body={"text": "sorry", "upheld": True}),
    "POST /v1/complaints/{id}/pass": Route(**COMPLAINT, body={"department": "fire"}),
    "POST /v1/applications/{number}/evaluation": Route(**BY_CODE),
    "GET /v1/applications/{number}/evaluation": Route(**APPLICATION),
    "GET /v1/evaluations": Route(),
    "POST /v1/evaluations/track": Route(body={"id": "evl-999", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/evaluations/{id}": Route(**EVALUATION),
    "POST /v1/evaluations/{id}/repair": Route(**EVALUATION, body={"text": "put right"}),
    "POST /v1/evaluations/{id}/pass": Route(**EVALUATION, body={"department": "fire"}),
    "POST /v1/grievances": Route(),
    "GET /v1/grievances": Route(),
    "GET /v1/grievances/{id}": Route(**GRIEVANCE),
    "POST /v1/grievances/{id}/confirm": Route(**GRIEVANCE, body={"confirmed": True}),
    "GET /v1/applications/{number}/fees": Route(**APPLICATION),
    "GET /v1/applications/{number}/paper": Route(**APPLICATION, passes=[404]),
    "POST /v1/applications/{number}/payments": Route(**APPLICATION),
    "POST /v1/applications/{number}/payments/{id}/refund": Route(own={"number": "number", "id": "no_connector"},
                                                                 other={"number": "other_number", "id": "no_connector"}, denied=403, passes=[404]),
    "GET /v1/payments/report": Route(query="?from=2026-01-01&to=2026-12-31"),
    "GET /v1/applications/{number}/delivery": Route(**APPLICATION),
    "POST /v1/track/fees": Route(body={"number": "20261129-000001-4", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/center": Route(),
    "GET /v1/register": Route(),  # decisions without persons
    "GET /v1/delegations": Route(),
    "GET /v1/applications/{number}/bundle": Route(own={"number": "number"}),  # for desk and supervision, who see all departments
    "GET /v1/applications/{number}/result": Route(**APPLICATION, passes=[404]),
    "POST /v1/track/result": Route(body={"number": "20261129-000001-4", "code": "AAAAAAAAAA"}, passes=[404, 429]),
    "GET /v1/evidence/key": Route(passes=[404]),
    "GET /v1/checkpoints": Route(),
    "POST /v1/checkpoints": Route(),
    "GET /v1/checkpoints/{number}": Route(own={"number": "no_connector"}, passes=[404]),
    "GET /v1/messages": Route(),
    "GET /v1/messages/{id}": Route(own={"id": "no_connector"}, passes=[404]),  # for desk and supervision, who see all departments
    "POST /v1/messages/{id}/retry": Route(own={"id": "no_connector"}, passes=[404]),
    "POST /v1/keys": Route(),
    "GET /v1/keys": Route(),
    "POST /v1/keys/{id}/revoke": Route(own={"id": "key"}),
    "POST /v1/sessions": Route(body={"key": "of nobody"}, passes=[401, 429]),
    "GET /v1/sessions": Route(),
    "DELETE /v1/sessions/{id}": Route(own={"id": "current"}, passes=[404]),  # another's is 403 for all but admins: tests/front/session_test.c
    "GET /metrics": Route(),
    "GET /healthz": Route(),
    "GET /readyz": Route(),
    "GET /openapi.json": Route(),
    "POST /v1/test/clock": Route(absent=404),
}

HELP = """{route} (x-roles {roles}) has no row in the table of objects.
Add one to ROUTES in tests/e2e/people_matrix.py: Route(own={{...}}, other={{...}}, denied=403 or 404) with an object of the
caller's department and one of another department for each parameter of the path (make them in World, if they are not
there), and the status that somebody who is bound to a department gets about the other's; or Route(...) without other where
what the path names belongs to no department. Say in docs/people.md who may use it."""


class World:
    """What the routes are asked about, by name. Seen from the fire department: land's side is turned around."""

    def __init__(self, hub):
        fire, land = hub.apply("fire-only")["number"], hub.apply("land-only")["number"]
        def make(name, path, body):
            answer = hub.ask(name, "POST", path, body)
            assert answer.status == 201, answer.json
            return answer.json["id"]

        self.names = {"number": fire, "other_number": land, "task": fire + ".1", "other_task": land + ".1", "service": "fire-only",
                      "matter": "f", "calendar": "test", "no_connector": "nobody", "hello": "hello", "current": "current"}
        for prefix, of, number in (("", "fire-only", fire), ("other_", "land-only", land)):
            self.names[prefix + "inquiry"] = make("admin", "/v1/inquiries", {"text": "when?", "service": of})
            self.names[prefix + "complaint"] = make("admin", "/v1/complaints", {"text": "too slow", "service": of})
            self.names[prefix + "evaluation"] = make("front_desk", f"/v1/applications/{number}/evaluation",
                                                     {"attitude": 1, "ability": 1, "task": number + ".1"})
        self.names["grievance"] = make("officer", "/v1/grievances", {"text": "shouted at"})
        self.names["key"] = make("admin", "/v1/keys", {"id": "matrix", "roles": ["supervisor"]})

    def path(self, pattern, params, is_turned):
        path = pattern
        for name, of in params.items():
            other = of[len("other_"):] if of.startswith("other_") else "other_" + of
            path = path.replace("{" + name + "}", self.names[other if is_turned and other in self.names else of])
        assert "{" not in path, f"{pattern}: a parameter is not named"
        return path
