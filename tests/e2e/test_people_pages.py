# SPDX-License-Identifier: Apache-2.0
"""Every page by every role, for own and other objects: a page shows what its route of the API shows to the same reader, and
to who is refused there not a word of anybody."""
import pytest

import pages
from people import EMAIL, ID_NUMBER, NAME, PHONE, SECRET_FIELD, People, secret_of
from people_matrix import ROUTES, World
from test_people import BOUND, KEYS, expected, operations

# For everybody: what one gets to see by number and code is asked for by the form.
PUBLIC = {"/", "/guide", "/guide/{id}", "/register", "/hall", "/track", "/track/{number}", "/track/{number}/result", "/track/{number}/paper",
          "/track/{number}/paper/{kind}", "/apply/{id}", "/ask", "/complain", "/reply", "/evaluate", "/evaluate/{number}", "/kiosk", "/evidence",
          "/calendars", "/calendars/{id}", "/sign-in"}
# Whose rules a page of staff follows; where its path names an object, by which names of World.
OF = {
    "/worklist": "GET /v1/tasks",
    "/operations": "GET /v1/operations",
    "/incidents": "GET /v1/incidents",
    "/tasks/{id}": "GET /v1/tasks/{id}",
    "/applications": "GET /v1/applications",
    "/applications/{number}": "GET /v1/applications/{number}",
    "/applications/{number}/documents": "GET /v1/applications/{number}",
    "/applications/{number}/live": "GET /v1/applications/{number}",
    "/applications/{number}/certificate": "GET /v1/applications/{number}/certificate",
    "/applications/{number}/result": "GET /v1/applications/{number}/result",
    "/paper/{number}": "GET /v1/applications/{number}/paper",
    "/paper/{number}/acceptance": "GET /v1/applications/{number}/paper",
    "/alerts": "GET /v1/alerts",
    "/messages": "GET /v1/messages",
    "/messages/{id}": "GET /v1/messages/{id}",
    "/payments": "GET /v1/payments/report",
    "/payments/csv": "GET /v1/payments/report",
    "/statistics": "GET /v1/statistics",
    "/statistics/csv": "GET /v1/statistics",
    "/assessments": "GET /v1/assessments",
    "/assessments/csv": "GET /v1/assessments",
    "/connectors": "GET /v1/connectors",
    "/connectors/{id}": "GET /v1/connectors/{id}",
    "/catalog": "POST /v1/catalog/reload",
    "/keys": "GET /v1/keys",
    "/concerns": "GET /v1/inquiries",
    "/concerns/{inquiry}": "GET /v1/inquiries/{id}",
    "/concerns/{complaint}": "GET /v1/complaints/{id}",
    "/concerns/{evaluation}": "GET /v1/evaluations/{id}",
    "/concerns/{grievance}": "GET /v1/grievances/{id}",
}
PERSON = {"name": NAME, "id_number": ID_NUMBER, "phone": PHONE, "email": EMAIL, "home": SECRET_FIELD}
REFUSED = {303, 401, 403, 404}
LISTS = ("/applications", "/worklist", "/alerts")  # of who is bound to a department: its own alone


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with People(tmp_path_factory.mktemp("pages")) as made:
        made.world = World(made)
        made.routes = dict(operations(made))
        yield made


def seen(hub, name, path):
    """Status and text; of an event stream the status alone."""
    connection = hub.connection()
    connection.request("GET", path, headers={"Accept-Language": "en", **({"Authorization": "Bearer " + secret_of(name)} if name else {})})
    answer = connection.getresponse()
    is_stream = answer.headers.get("Content-Type") == "text/event-stream"
    text = "" if is_stream else answer.read().decode()
    connection.close()
    return answer.status, text


def path_of(hub, pattern, row, name, is_other):
    params = dict(row.other if is_other else row.own)
    for kind in ("inquiry", "complaint", "evaluation", "grievance"):
        if "{" + kind + "}" in pattern:
            params = {kind: params["id"]}
    params = {key: of for key, of in params.items() if "{" + key + "}" in pattern}
    return hub.world.path(pattern, params, BOUND.get(name) == "land") + (row.query if pattern.startswith("/payments") else "")


def test_every_page_by_every_role_for_own_and_other_objects(hub):
    faults, asked = [], 0
    for pattern, route in OF.items():
        row, roles = ROUTES[route], hub.routes[route]["x-roles"]
        for is_other in [False, True] if row.other else [False]:
            for name in KEYS:
                path = path_of(hub, pattern, row, name, is_other)
                status, text = seen(hub, name, path)
                may = 200 in expected(row, roles, name, is_other)
                asked += 1
                if may and status not in {200, 409, *row.passes}:
                    faults.append(f"{path} by {name}, who may: {status}")
                if not may and (status not in REFUSED or any(secret in text for secret in PERSON.values())):
                    faults.append(f"{path} by {name or 'nobody'}, who may not: {status}")
    assert not faults, "\n".join(faults)
    assert asked > 300


def test_what_of_a_person_a_page_shows(hub):
    """Supervision sees the name, the front desk and the own department what they need, and nobody else anything."""
    faults = []
    for name, may in (("supervisor", {"name"}), ("land", set()), ("connector", set()), (None, set())):
        for pattern, route in OF.items():
            row = ROUTES[route]
            _, text = seen(hub, name, path_of(hub, pattern, row, "officer", False))  # as the fire department's officer would ask
            faults += [f"{pattern} shows {name or 'nobody'} the {kind}" for kind, secret in PERSON.items() if secret in text and kind not in may]
    assert not faults, "\n".join(faults)


def test_lists_of_who_is_bound_hold_the_own_department(hub):
    fire, land = hub.world.names["number"], hub.world.names["other_number"]
    for path in LISTS:
        assert land not in hub.ask("officer", "GET", path).raw.decode(), path
        assert fire not in hub.ask("land", "GET", path).raw.decode(), path
    assert fire in hub.ask("officer", "GET", "/applications").raw.decode()
    assert land in hub.ask("land", "GET", "/worklist").raw.decode()


def test_no_page_of_staff_is_open_to_everybody(hub):
    """Also those that this file does not name yet: add them to OF with their route, or to PUBLIC."""
    world = {"number": "number", "id": "no_connector", "kind": "no_connector", "verb": "no_connector", "version": "no_connector"}
    for pattern in set(pages.patterns()) - PUBLIC:
        path = hub.world.path(pattern, {key: of for key, of in world.items() if "{" + key + "}" in pattern}, False)
        for name in (None, "connector"):
            status, _ = seen(hub, name, path)
            assert status in REFUSED, f"{path} by {name or 'nobody'}: {status}"
    for pattern in ("/guide", "/register", "/hall", "/kiosk", "/evidence", "/calendars"):
        assert hub.ask(None, "GET", pattern).status == 200, pattern
