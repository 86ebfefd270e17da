# SPDX-License-Identifier: Apache-2.0
"""A dead link is never an opinion: what a failed connector says about the department's books, and what follows."""
import json
import shutil

from hub import BUILD, SIM, DemoOf, center, connector, matter, service


def one(tmp_path, **config):
    made = center(tmp_path, ["a"], [matter("m", "a")], [service("one", ["m"])])
    made["connectors"] = [connector("a", **config)]
    return made


def types(hub, number):
    return [e["type"] for e in hub.events(number)]


def test_not_registered_is_offered_again_after_a_moment(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, fail={"times": 2, "effect": "none"})) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        application = hub.wait_for(number, lambda a: a["status"] == "decided")
        assert application["tasks"][0]["attempt"] == 3
        assert "redelivered" not in application["tasks"][0]
        assert types(hub, number).count("failed") == 2


def test_while_it_waits_for_the_next_try_it_says_so(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, fail={"times": 50, "effect": "none"})) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "queued" and a["tasks"][0]["attempt"] >= 1)["tasks"][0]
        assert (task["owner"], task["next_action"]) == ("connector", "retry")
        assert task["promised_date"] and task["note"]


def test_unknown_is_offered_again_with_the_same_key_where_the_department_can_tell_repeats_apart(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, fail={"times": 1, "effect": "unknown"})) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
        failed = next(e for e in hub.events(number) if e["type"] == "failed")
        assert failed["may_repeat"] is True


def test_unknown_is_parked_where_the_department_cannot(tmp_path):
    modules = tmp_path / "modules"
    shutil.copytree(BUILD / "modules" / SIM, modules / SIM)
    manifest = json.loads((modules / SIM / "manifest.json").read_text())
    manifest["submit_dedupe"] = "none"
    (modules / SIM / "manifest.json").write_text(json.dumps(manifest))
    config = {**one(tmp_path, fail={"times": 1, "effect": "unknown"}), "modules": str(modules)}
    with DemoOf(tmp_path, config) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        task = hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "parked")["tasks"][0]
        assert (task["park_reason"], task["owner"], task["next_action"]) == ("effect_unknown", "officer", "requeue_or_give_opinion")
        assert [t["id"] for t in hub.get("/v1/tasks?state=parked").json["items"]] == [task["id"]]
        assert hub.post(f"/v1/tasks/{task['id']}/requeue").status == 200
        application = hub.wait_for(number, lambda a: a["status"] == "decided")
        assert application["tasks"][0]["attempt"] == 2


def test_done_is_resumed_and_never_offered_again(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, fail={"times": 1, "effect": "done"})) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided")
        seen = types(hub, number)
        assert seen.count("offered") == 1
        assert "resumed" in seen


def test_a_lost_reply_does_not_double(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, lose_replies=1)) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["status"] == "decided", timeout=30)
        assert types(hub, number).count("decided") == 1


def test_what_was_accepted_before_a_crash_is_resumed_and_not_offered(tmp_path):
    with DemoOf(tmp_path, one(tmp_path, accept=True, delay_ms=1500)) as hub:
        hub.wait_connectors()
        number = hub.submit(hub.example("one")).json["number"]
        hub.wait_for(number, lambda a: a["tasks"][0]["state"] == "accepted")
        hub.kill()
        hub.start()
        application = hub.wait_for(number, lambda a: a["status"] == "decided")
        assert application["tasks"][0]["external_ref"]
        seen = types(hub, number)
        assert (seen.count("offered"), seen.count("session_lost"), seen.count("resumed")) == (1, 1, 1)


def test_a_connector_that_cannot_start_keeps_its_tasks_until_it_is_loaded_or_given_up(tmp_path):
    modules = tmp_path / "modules"
    shutil.copytree(BUILD / "modules" / SIM, modules / SIM)
    config = {**center(tmp_path, ["a", "b"], [matter("m", "a"), matter("n", "b")], [service("two", ["m", "n"])]), "modules": str(modules)}
    with DemoOf(tmp_path, config) as hub:
        for id in ("a", "b"):
            assert hub.request("PUT", f"/v1/connectors/{id}", {"module": SIM, "config": {"accept": True, "delay_ms": 3600000}}).status == 202
        hub.wait_connectors()
        number = hub.submit(hub.example("two")).json["number"]
        hub.wait_for(number, lambda a: all(t["state"] == "accepted" for t in a["tasks"]))
        hub.kill()
        (modules / SIM).rename(modules / "gone")
        hub.start()
        listed = {c["id"]: c for c in hub.get("/v1/connectors").json["items"]}
        assert {c["state"] for c in listed.values()} == {"failed"} and SIM in listed["a"]["last_error"]
        later = hub.submit(hub.example("two")).json["number"]
        assert {(t["state"], t["owner"]) for t in hub.show(later)["tasks"]} == {("queued", "connector")}
        assert {t["owner"] for t in hub.show(number)["tasks"]} == {"connector"}
        (modules / "gone").rename(modules / SIM)
        assert hub.request("PUT", "/v1/connectors/a", {"module": SIM, "config": {}}).status == 202
        assert hub.request("DELETE", "/v1/connectors/b").status == 202
        for each in (number, later):
            hub.wait_for(each, lambda a: (a["tasks"][0]["state"], a["tasks"][1]["owner"]) == ("done", "officer"))


def test_a_matter_outside_its_dates_is_not_taken(tmp_path):
    config = center(tmp_path, ["a"], [matter("old", "a", valid_from="2020-01-01", valid_to="2021-12-31"), matter("m", "a")],
                    [service("gone", ["old"]), service("one", ["m"])])
    with DemoOf(tmp_path, config) as hub:
        answer = hub.submit(hub.example("gone"))
        assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not_valid")
        assert "2021-12-31" in answer.json["errors"][0]["detail"]
        assert hub.submit(hub.example("one")).status == 201


def test_what_another_department_does_does_not_touch_a_tasks_tag(tmp_path):
    config = center(tmp_path, ["a", "b"], [matter("m", "a"), matter("n", "b")], [service("two", ["m", "n"])])
    with DemoOf(tmp_path, config) as hub:
        number = hub.submit(hub.example("two")).json["number"]
        tag = hub.get(f"/v1/tasks/{number}.1").headers["ETag"]
        assert hub.post(f"/v1/tasks/{number}.2/take").status == 200
        assert hub.get(f"/v1/tasks/{number}.1").headers["ETag"] == tag
        assert hub.post(f"/v1/tasks/{number}.1/take", headers={"If-Match": tag}).status == 200
        assert hub.post(f"/v1/tasks/{number}.1/opinion", {"opinion": "approve"}, headers={"If-Match": tag}).status == 412


FORM = [{"id": "area", "label": {"zh-CN": "面积", "en": "Area"}, "type": "integer", "required": True},
        {"id": "floors", "label": {"zh-CN": "层数", "en": "Floors"}, "type": "integer", "required": False}]
PLAN = {"material": "plan", "name": "p.pdf", "media_type": "application/pdf", "size": 10, "sha256": "a" * 64}


def test_a_supplement_that_leaves_nothing_to_apply_for_changes_nothing(tmp_path):
    """What would not be taken at the door does not come in by a corrected form (Licensing Law art. 32)."""
    large = {"field": "area", "op": ">", "value": 300}
    plan = [{"id": "plan", "name": {"zh-CN": "图纸", "en": "Plan"}, "required": True, "tolerant": False}]
    one = service("one", [{"matter": "m", "when": large}], form=FORM, example_form={"area": 400})
    one["competence"] = [{"when": {"field": "floors", "op": ">", "value": 30}, "body": {"zh-CN": "省住建厅", "en": "Provincial Housing Office"},
                          "text": {"zh-CN": "请向省里申请", "en": "Apply to the province"}}]
    one["limits"]["supplement"] = {"unit": "working_day", "length": 10}
    one["example"]["materials"] = [PLAN]
    outside = matter("old", "a", valid_from="2020-01-01", valid_to="2021-12-31", fields=["area"])
    two = service("two", ["n", {"matter": "old", "when": large}], form=FORM, example_form={"area": 100})
    two["limits"]["supplement"] = {"unit": "working_day", "length": 10}
    two["example"]["materials"] = [PLAN]
    config = center(tmp_path, ["a"], [matter("m", "a", fields=["area"], materials=plan), matter("n", "a", fields=["area"], materials=plan), outside], [one, two])
    with DemoOf(tmp_path, config) as hub:
        incomplete = {id: hub.submit({**hub.example(id), "materials": []}).json["number"] for id in ("one", "two")}
        for number, form, code in ((incomplete["one"], {"area": 100}, "not_required"), (incomplete["one"], {"floors": 31}, "not_competent"),
                                   (incomplete["two"], {"area": 400}, "not_valid")):
            answer = hub.post(f"/v1/applications/{number}/supplement", {"form": form, "materials": [PLAN]})
            assert (answer.status, answer.json["errors"][0]["code"], answer.json["errors"][0]["pointer"]) == (422, code, "/form"), answer.raw
            shown = hub.show(number)
            assert shown["status"] == "incomplete" and len(shown["notice"]["missing"]) == 1, "nothing is changed"
        assert "Provincial Housing Office" in hub.post(f"/v1/applications/{incomplete['one']}/supplement", {"form": {"floors": 31}}).json["errors"][0]["detail"]
        for number, form in ((incomplete["one"], {"area": 500}), (incomplete["two"], {"area": 200})):
            answer = hub.post(f"/v1/applications/{number}/supplement", {"form": form, "materials": [PLAN]})
            assert (answer.status, answer.json["status"]) == (200, "in_review"), answer.raw
