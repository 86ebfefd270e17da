# SPDX-License-Identifier: Apache-2.0
"""The whole way of an application, from outside: submit, parallel review, decision, and what lies beside it."""
import json
import time

from hub import DemoOf, center, connector, matter, service


def opinions(application):
    return {t["department"]: t["opinion"] and t["opinion"]["opinion"] for t in application["tasks"]}


def test_joint_application_reaches_one_decision(demo):
    body = demo.example("open-restaurant")
    answer = demo.submit(body, "way-1")
    assert answer.status == 201
    assert answer.headers["Location"].endswith(answer.json["number"])
    number = answer.json["number"]
    assert {t["department"] for t in answer.json["tasks"]} == {
        "market-regulation", "fire", "health", "environment", "urban-management", "water"}
    assert answer.json["promised_date"] <= answer.json["statutory_date"]
    application = demo.wait_for(number, lambda a: a["status"] == "decided")
    assert application["decision"]["outcome"] == "approved_with_conditions"
    assert application["decision"]["policy"] == "all"
    assert [c["department"] for c in application["decision"]["conditions"]] == ["fire"]
    assert opinions(application)["fire"] == "approve_with_conditions"
    types = [e["type"] for e in demo.events(number)]
    assert types[0] == "received"
    assert types.count("decided") == 1
    assert max(i for i, t in enumerate(types) if t == "offered") < min(i for i, t in enumerate(types) if t == "opined")


def test_a_condition_leaves_a_department_out_and_says_why(demo):
    body = demo.example("open-restaurant")
    body["form"]["premises_area_m2"] = 120
    guide = demo.get("/v1/services/open-restaurant").json
    fire = next(m for m in guide["matters"] if m["department"]["id"] == "fire")
    others = {m["id"] for x in guide["matters"] if x is not fire for m in x["materials"]}
    body["materials"] = [m for m in body["materials"] if m["material"] in others]
    application = demo.submit(body).json
    task = next(t for t in application["tasks"] if t["department"] == "fire")
    assert task["state"] == "skipped"
    assert "120" in task["reason"]


def test_same_key_same_body_is_the_same_application_for_ever(demo):
    body = demo.example("open-restaurant")
    first = demo.submit(body, "once")
    shuffled = json.dumps(body, sort_keys=True, indent=3).encode()
    again = demo.post("/v1/applications", shuffled, headers={"Idempotency-Key": "once"})
    assert (again.status, again.json["number"], again.json["code"]) == (201, first.json["number"], first.json["code"])
    assert again.headers["Idempotency-Replayed"] == "true"
    other = {**body, "form": {**body["form"], "seats": 81}}
    assert demo.submit(other, "once").status == 422
    demo.kill()
    demo.start()
    assert demo.submit(body, "once").json["number"] == first.json["number"]


def test_missing_material_is_201_incomplete_with_one_notice_and_goes_on_when_supplied(demo):
    body = demo.example("open-restaurant")
    supplied, body["materials"] = body["materials"], []
    answer = demo.submit(body)
    assert (answer.status, answer.json["status"]) == (201, "incomplete")
    missing = [m["material"] for m in answer.json["notice"]["missing"]]
    assert len(missing) == len(set(missing)) > 3
    number = answer.json["number"]
    half = demo.post(f"/v1/applications/{number}/supplement", {"materials": supplied[:1]})
    assert half.json["status"] == "incomplete"
    assert len(half.json["notice"]["missing"]) == len(missing) - 1
    whole = demo.post(f"/v1/applications/{number}/supplement", {"materials": supplied[1:]})
    assert (whole.status, whole.json["status"]) == (200, "in_review")
    assert demo.wait_for(number, lambda a: a["status"] == "decided")["decision"]


def test_withdrawal_reaches_every_department(demo):
    number = demo.submit(demo.example("open-restaurant")).json["number"]
    answer = demo.post(f"/v1/applications/{number}/withdraw", {"reason": "changed my mind"})
    assert (answer.status, answer.json["status"]) == (200, "withdrawn")
    assert {t["state"] for t in answer.json["tasks"]} <= {"cancelled", "done", "skipped"}
    assert demo.post(f"/v1/applications/{number}/withdraw", {}).status == 409


def test_worklist_officer_takes_and_decides(tmp_path):
    config = center(tmp_path, ["water", "land"], [matter("w", "water"), matter("l", "land")], [service("two", ["w", "l"])])
    config["connectors"] = [connector("water")]
    with DemoOf(tmp_path, config) as hub:
        application = hub.submit(hub.example("two")).json
        land = next(t for t in application["tasks"] if t["department"] == "land")
        items = hub.get("/v1/tasks?department=land").json["items"]
        assert [t["id"] for t in items] == [land["id"]]
        assert hub.post(f"/v1/tasks/{land['id']}/take").json["state"] == "accepted"
        refused = hub.post(f"/v1/tasks/{land['id']}/opinion", {"opinion": "reject"})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/reasons")
        done = hub.post(f"/v1/tasks/{land['id']}/opinion", {"opinion": "reject", "reasons": ["No access road."]})
        assert done.json["state"] == "done"
        application = hub.wait_for(application["number"], lambda a: a["status"] == "decided")
        assert application["decision"]["outcome"] == "rejected"
        assert application["decision"]["reasons"] == [{"department": "land", "text": "No access road."}]
        assert application["decision"]["remedies"]["en"]
        assert hub.get("/v1/tasks?department=land").json["items"] == []
        assert hub.post(f"/v1/tasks/{land['id']}/opinion", {"opinion": "approve"}).status == 409


def test_parallel_is_parallel(tmp_path):
    names = ["a", "b", "c", "d", "e", "f"]
    config = center(tmp_path, names, [matter("m-" + n, n) for n in names],
                    [service("six", ["m-" + n for n in names]), service("one", ["m-a"])])
    config["connectors"] = [connector(n, delay_ms=200, accept=True) for n in names]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()

        def seconds(name):
            started = time.monotonic()
            number = hub.submit(hub.example(name)).json["number"]
            hub.wait_for(number, lambda a: a["status"] == "decided")
            return time.monotonic() - started

        seconds("six")
        one, six = min(seconds("one") for _ in range(3)), min(seconds("six") for _ in range(3))
        assert six < 1.5 * one


def test_one_that_hangs_or_crashes_delays_nobody_else(tmp_path):
    names = ["a", "b", "bad"]
    field = {"id": "sign", "type": "text", "label": {"zh-CN": "标记", "en": "Sign"}, "required": False, "min_length": 1, "max_length": 20}
    config = center(tmp_path, names, [matter("m-" + n, n, fields=["sign"]) for n in names],
                    [service("all", ["m-" + n for n in names], form=[field])])
    config["connectors"] = [connector("a"), connector("b"),
                            connector("bad", crash_on={"field": "sign", "value": "crash"}, hang_on={"field": "sign", "value": "hang"})]
    config["watchdog_ms"] = 1000
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        for sign in ("hang", "crash"):
            number = hub.submit({**hub.example("all"), "form": {"sign": sign}}).json["number"]
            hub.wait_for(number, lambda a: [t["state"] for t in a["tasks"]][:2] == ["done", "done"], timeout=3)
            # The offending task is parked after two deaths with it in hand; the connector lives on.
            parked = hub.wait_for(number, lambda a: a["tasks"][2]["state"] == "parked", timeout=20)
            assert parked["tasks"][2]["park_reason"] == "poison"
            assert parked["tasks"][2]["owner"] == "officer"
            done = hub.post(f"/v1/tasks/{parked['tasks'][2]['id']}/opinion", {"opinion": "approve"})
            assert done.status == 200
            assert hub.show(number)["status"] == "decided"
        other = hub.submit(hub.example("all")).json["number"]
        hub.wait_for(other, lambda a: a["status"] == "decided", timeout=20)


def test_hot_load_and_unload_of_a_seventh_department(demo):
    body = demo.example("hold-public-event")
    number = demo.submit(body).json["number"]
    manual = sorted({t["department"] for t in demo.show(number)["tasks"] if t["owner"] == "officer"})
    assert manual
    department = manual[0]
    planned = demo.request("PUT", f"/v1/connectors/{department}?dry_run=true", {"module": "sim-1.0.0", "config": {}})
    assert (planned.status, planned.json["dry_run"]) == (200, True)
    loaded = demo.request("PUT", f"/v1/connectors/{department}", {"module": "sim-1.0.0", "config": {}})
    assert loaded.status == 202
    demo.wait_for(number, lambda a: all(t["state"] == "done" for t in a["tasks"] if t["department"] == department))
    assert demo.request("DELETE", f"/v1/connectors/{department}").status == 202
    until = time.monotonic() + 10
    while demo.get(f"/v1/connectors/{department}").status != 404:
        assert time.monotonic() < until
        time.sleep(0.05)
    number = demo.submit(body).json["number"]
    demo.wait_for(number, lambda a: all(t["owner"] == "officer" for t in a["tasks"] if t["department"] == department))


def test_live_tasks_move_to_the_worklist_and_keep_their_clocks(tmp_path):
    config = center(tmp_path, ["slow"], [matter("m", "slow")], [service("one", ["m"])])
    config["connectors"] = [connector("slow", accept=True, delay_ms=3600000)]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        before = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")["tasks"][0]
        assert hub.request("DELETE", "/v1/connectors/slow").status == 202
        task = hub.wait_for(number, lambda a: a["tasks"][0]["owner"] == "officer")["tasks"][0]
        assert (task["id"], task["state"], task["promised_date"]) == (before["id"], "accepted", before["promised_date"])
        assert hub.post(f"/v1/tasks/{task['id']}/opinion", {"opinion": "approve"}).status == 200
        assert hub.show(number)["decision"]["outcome"] == "approved"


def test_an_officer_who_looked_too_long_ago_is_told(tmp_path):
    fields = [{"id": n, "type": "integer", "label": {"zh-CN": n, "en": n}, "required": False, "min": 0, "max": 9} for n in ("seen", "unseen")]
    config = center(tmp_path, ["land"], [matter("l", "land", fields=["seen"])], [service("one", ["l"], form=fields)])
    with DemoOf(tmp_path, config) as hub:
        number = hub.submit({**hub.example("one"), "form": {"seen": 1, "unseen": 2}}).json["number"]
        shown = hub.get(f"/v1/tasks/{number}.1")
        assert shown.json["form"] == {"seen": 1}
        taken = hub.post(f"/v1/tasks/{number}.1/take", headers={"If-Match": shown.headers["ETag"]})
        assert (taken.status, taken.headers["ETag"] != shown.headers["ETag"]) == (200, True)
        late = hub.post(f"/v1/tasks/{number}.1/opinion", {"opinion": "approve"}, headers={"If-Match": shown.headers["ETag"]})
        assert late.status == 412
        weak = hub.post(f"/v1/tasks/{number}.1/opinion", {"opinion": "approve"}, headers={"If-Match": "W/" + taken.headers["ETag"]})
        assert weak.status == 412
        assert hub.get(f"/v1/tasks/{number}.1").json["state"] == "accepted"
        assert hub.post(f"/v1/tasks/{number}.1/opinion", {"opinion": "approve"},
                        headers={"If-Match": '"other", ' + taken.headers["ETag"]}).status == 200


def test_a_stream_that_breaks_off_within_a_record_misses_nothing(demo):
    number = demo.submit(demo.example("open-restaurant")).json["number"]
    demo.wait_for(number, lambda a: a["status"] == "decided")
    connection = demo.connection()
    connection.request("GET", f"/v1/applications/{number}/events", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    lines, ids = [], []
    while not lines or "decided" not in lines[-1]:
        line = answer.fp.readline().decode()
        if line.startswith("id: "):
            ids.append(int(line[4:]))
        if line.startswith("data: "):
            lines.append(json.loads(line[6:])["type"])
    connection.close()
    assert lines == [e["type"] for e in demo.events(number)]
    assert ids[:-1] == sorted(set(ids[:-1]))  # one id a record, with its last event
    assert lines.count("offered") == 6


def test_a_department_asks_and_the_answer_reaches_it(tmp_path):
    field = {"id": "licence_no", "type": "text", "label": {"zh-CN": "证号", "en": "Licence no."}, "required": False,
             "min_length": 3, "max_length": 20}
    config = center(tmp_path, ["fire", "land"], [matter("f", "fire", fields=["licence_no"]), matter("l", "land")],
                    [service("two", ["f", "l"], form=[field])])
    config["connectors"] = [connector("fire", need_input_on={"field": "licence_no"}), connector("land")]
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("two")).json["number"]
        waiting = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "waiting_applicant" and a["tasks"][1]["state"] == "done")
        assert (waiting["tasks"][0]["owner"], waiting["tasks"][0]["next_action"]) == ("applicant", "supplement")
        path = f"/v1/applications/{number}/supplement"
        wrong = hub.post(path, {"form": {"licence_no": "x", "other": 1}})
        assert {e["pointer"] for e in wrong.json["errors"]} == {"/form/licence_no", "/form/other"}
        assert hub.show(number)["tasks"][0]["state"] == "waiting_applicant"
        assert hub.post(path, {"form": {"licence_no": "AB-123"}}).status == 200
        hub.wait_for(number, lambda a: a["status"] == "decided")
        assert hub.get(f"/v1/tasks/{number}.1").json["form"] == {"licence_no": "AB-123"}
        assert "AB-123" not in json.dumps(hub.events(number))
        assert hub.post(path, {"text": "too late"}).status == 409
