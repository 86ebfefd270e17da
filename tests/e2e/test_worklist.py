# SPDX-License-Identifier: Apache-2.0
"""The worklist of a center with keys: filters, claims, and one act on several tasks."""
import concurrent.futures
import json
import re
import subprocess

import pytest
from hub import BUILD
from people import People, key, keys, secret_of
from test_contract import Contract

BATCH_MAX = 50


@pytest.fixture
def hub(tmp_path):
    with People(tmp_path, keys=keys() + [key("fire-2", ["officer"], department="fire")]) as hub:
        yield hub


def act(hub, name, verb, task, body=None, **headers):
    return hub.ask(name, "POST", f"/v1/tasks/{task}/{verb}", body or {}, headers)


def batch(hub, name, verb, tasks, with_=None, key=None):
    body = {"act": verb, "tasks": tasks, **({"with": with_} if with_ is not None else {})}
    return hub.ask(name, "POST", "/v1/tasks/batch", body, {"Idempotency-Key": key} if key else None)


def ids(hub, name, query=""):
    answer = hub.ask(name, "GET", "/v1/tasks" + query)
    assert answer.status == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def tasks_of(hub, count, of="fire-only"):
    return [hub.apply(of)["number"] + ".1" for _ in range(count)]


def events(hub, task):
    return hub.ask("supervisor", "GET", f"/v1/applications/{task.rsplit('.', 1)[0]}/events").json["items"]


def test_a_claim_says_who_and_keeps_others_out(hub):
    task, = tasks_of(hub, 1)
    before = hub.ask("officer", "GET", f"/v1/applications/{task[:-2]}/clocks").json
    claimed = act(hub, "officer", "claim", task)
    assert claimed.status == 200 and claimed.json["claim"]["by"] == "officer" and claimed.json["state"] == "offered"
    at = claimed.json["claim"]["at"]
    assert act(hub, "officer", "claim", task).json["claim"]["at"] == at, "it is the caller's already"
    for verb, body in (("claim", None), ("take", None), ("opinion", {"opinion": "approve"}), ("release", None)):
        refused = act(hub, "fire-2", verb, task, body)
        assert refused.status == 409 and refused.json["type"].endswith("claimed"), verb
        assert "officer" in refused.json["detail"] and at in refused.json["detail"]
    assert act(hub, "land", "claim", task).status == 403
    assert hub.ask("officer", "GET", f"/v1/applications/{task[:-2]}/clocks").json == before, "no clock knows of it"
    assert act(hub, "fire-2", "claim", task, {"take_over": True, "reason": "hurry"}).status == 409, "an officer takes nothing over"
    assert act(hub, "supervisor", "claim", task, {"take_over": True}).json["errors"][0]["pointer"] == "/reason"
    assert act(hub, "supervisor", "claim", task, {"take_over": True, "reason": "x" * 501}).status == 422
    assert act(hub, "supervisor", "claim", task, {"take_over": True, "reason": "x" * 500}).status == 200
    assert act(hub, "officer", "opinion", task, {"opinion": "approve"}).status == 409
    assert act(hub, "head", "release", task).status == 422
    released = act(hub, "head", "release", task, {"reason": "back to the fire department"})
    assert released.status == 200 and "claim" not in released.json
    assert act(hub, "fire-2", "release", task).status == 200, "nobody has it: nothing changes"
    assert act(hub, "fire-2", "claim", task).status == 200
    assert act(hub, "fire-2", "opinion", task, {"opinion": "approve"}).status == 200
    assert act(hub, "fire-2", "claim", task).status == 409
    told = [(event["type"], event["by"], event.get("from")) for event in events(hub, task) if event["type"].startswith("task_")]
    assert told == [("task_claimed", "officer", None), ("task_taken_over", "supervisor", "officer"), ("task_released", "head", "supervisor"),
                    ("task_claimed", "fire-2", None)]


def test_a_claim_is_durable_and_has_its_tag(hub):
    task, other = tasks_of(hub, 2)
    tag = hub.ask("officer", "GET", f"/v1/tasks/{task}").headers["ETag"]
    assert [item["etag"] for item in hub.ask("officer", "GET", "/v1/tasks").json["items"] if item["id"] == task] == [tag]
    assert act(hub, "fire-2", "claim", task, **{"If-Match": tag}).status == 200
    assert act(hub, "officer", "claim", task, **{"If-Match": tag}).status == 412
    act(hub, "officer", "claim", other)
    hub.kill()
    hub.start()
    assert hub.ask("officer", "GET", f"/v1/tasks/{task}").json["claim"]["by"] == "fire-2"
    assert ids(hub, "officer", "?claim=mine") == [other] and ids(hub, "fire-2", "?claim=mine") == [task]
    assert act(hub, "officer", "opinion", task, {"opinion": "approve"}).status == 409


def test_filters(hub):
    fire, land = tasks_of(hub, 5), tasks_of(hub, 2, "land-only")
    act(hub, "officer", "claim", fire[1])
    act(hub, "officer", "take", fire[2])
    assert ids(hub, "officer") == fire and ids(hub, "supervisor") == fire + land
    assert ids(hub, "supervisor", "?department=land") == land and ids(hub, "supervisor", "?matter=l") == land
    assert ids(hub, "officer", "?department=land") == fire, "who is bound sees the own department"
    assert ids(hub, "officer", "?claim=none") == [fire[0], *fire[2:]] and ids(hub, "officer", "?claim=mine") == [fire[1]]
    assert ids(hub, "supervisor", "?claim=mine") == []
    assert ids(hub, "officer", "?queue=worklist&state=accepted") == [fire[2]]
    assert ids(hub, "officer", "?late=true") == [] and ids(hub, "officer", "?due_before=2026-01-01") == []
    assert ids(hub, "officer", "?due_before=2099-01-01&matter=f&claim=none&state=offered") == [fire[0], *fire[3:]]
    assert ids(hub, "officer", "?matter=l") == [], "a matter of another department"
    for query in ("matter=x", "claim=his", "late=maybe", "due_before=soon", "queue=long", "limit=201", "cursor=1.2", "department=x"):
        assert hub.ask("supervisor", "GET", "/v1/tasks?" + query).status == 422, query
    seen, query = [], "?limit=2&claim=none"
    while query:
        page = hub.ask("officer", "GET", "/v1/tasks" + query).json
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        query = page["next_cursor"] and f"?limit=2&claim=none&cursor={page['next_cursor']}"
    assert seen == [fire[0], *fire[2:]]


def test_several_tasks_each_with_its_result(hub):
    fire, land = tasks_of(hub, 4), tasks_of(hub, 1, "land-only")
    act(hub, "fire-2", "claim", fire[1])
    answer = batch(hub, "officer", "claim", [*fire, land[0], "20261129-999999-1.1", "nonsense"])
    assert answer.status == 200, answer.json
    by = {item["task"]: item for item in answer.json["items"]}
    assert [item["task"] for item in answer.json["items"]] == [*fire, land[0], "20261129-999999-1.1", "nonsense"]
    assert (answer.json["done"], answer.json["refused"]) == (3, 4)
    assert by[fire[0]]["done"] and by[fire[0]]["state"] == "offered"
    assert not by[fire[1]]["done"] and by[fire[1]]["problem"]["type"].endswith("claimed") and "fire-2" in by[fire[1]]["problem"]["detail"]
    assert by[land[0]]["status"] == 403 and by["nonsense"]["status"] == 404
    rejected = batch(hub, "officer", "opinion", [fire[0], fire[2]], {"opinion": "reject"})
    assert {item["status"] for item in rejected.json["items"]} == {422}, "reasons go with a rejection, in bulk as well"
    assert rejected.json["items"][0]["problem"]["errors"][0]["pointer"] == "/reasons"
    tag = hub.ask("officer", "GET", f"/v1/tasks/{fire[2]}").headers["ETag"]
    mixed = batch(hub, "officer", "opinion", [{"id": fire[0], "if_match": '"other"'}, {"id": fire[2], "if_match": tag}], {"opinion": "approve"})
    assert [item["status"] for item in mixed.json["items"]] == [412, 200] and mixed.json["items"][1]["state"] == "done"
    assert batch(hub, "supervisor", "opinion", [fire[0]], {"opinion": "approve"}).json["items"][0]["status"] == 403


def test_bad_batches(hub):
    task, = tasks_of(hub, 1)
    many = [f"20261129-{i:06d}-0.1" for i in range(BATCH_MAX + 1)]
    for body, pointer in (({"act": "eat", "tasks": [task]}, "/act"), ({"act": "claim"}, "/tasks"), ({"act": "claim", "tasks": []}, "/tasks"),
                          ({"act": "claim", "tasks": many}, "/tasks"), ({"act": "claim", "tasks": [task, task]}, "/tasks/1"),
                          ({"act": "claim", "tasks": [1]}, "/tasks/0"), ({"act": "claim", "tasks": [{"id": task, "if_match": 1}]}, "/tasks/0"),
                          ({"act": "claim", "tasks": [task], "with": []}, "/with"), ({"act": "claim", "tasks": [task], "reason": "x"}, "/reason")):
        answer = hub.ask("officer", "POST", "/v1/tasks/batch", body)
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer, body
    assert len(batch(hub, "officer", "claim", many[:BATCH_MAX]).json["items"]) == BATCH_MAX, "the limit itself"
    assert "claim" not in hub.ask("officer", "GET", f"/v1/tasks/{task}").json, "nothing of what was refused was done"


def test_the_next_page_keeps_the_filters_and_no_value_breaks_the_header(hub):
    fire = tasks_of(hub, 3)
    batch(hub, "officer", "claim", fire[:2])
    first = hub.ask("officer", "GET", "/v1/tasks?claim=mine&limit=1&queue=worklist&x=%22%3E;%20rel=up")
    assert first.status == 200, first.json
    seen, link = [first.json["items"][0]["id"]], re.fullmatch(r'<([^<>\s]+)>; rel="next"', first.headers["Link"]).group(1)
    assert "claim=mine" in link and "queue=worklist" in link and link.count("cursor=") == 1
    for _ in range(3):  # at most: two tasks, and a page that says there are no more
        answer = hub.ask("officer", "GET", link)
        assert answer.status == 200, answer.json
        seen += [item["id"] for item in answer.json["items"]]
        if "Link" not in answer.headers:
            break
        link = re.fullmatch(r'<([^<>\s]+)>; rel="next"', answer.headers["Link"]).group(1)
        assert link.count("cursor=") == 1
    assert sorted(seen) == sorted(fire[:2]), "what nobody claimed is on no page"


def test_sent_again_it_is_the_same(hub):
    fire = tasks_of(hub, 3)
    act(hub, "fire-2", "claim", fire[2])
    first = batch(hub, "officer", "opinion", fire, {"opinion": "approve"}, key="one")
    assert (first.json["done"], first.json["refused"]) == (2, 1)
    act(hub, "fire-2", "release", fire[2])
    again = batch(hub, "officer", "opinion", fire, {"opinion": "approve"}, key="one")
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true", "what was told stays told"
    hub.kill()
    hub.start()
    assert batch(hub, "officer", "opinion", fire, {"opinion": "approve"}, key="one").json == first.json
    other = batch(hub, "officer", "opinion", fire, {"opinion": "reject", "reasons": ["no"]}, key="one")
    assert other.status == 422 and other.json["type"].endswith("key_reused")
    assert batch(hub, "fire-2", "claim", fire[2:], key="one").json["done"] == 1, "a key of another caller is another key"
    # The answer was lost before it could be kept: what was done is told as done, and nothing is done twice.
    lost = batch(hub, "officer", "opinion", fire[:2], {"opinion": "approve"}, key="two")
    assert lost.json["done"] == 2
    assert len([event for event in events(hub, fire[0]) if event["type"] == "opined"]) == 1
    assert batch(hub, "officer", "opinion", fire[:2], {"opinion": "approve_with_conditions", "conditions": ["c"]}, key="three").json["done"] == 0


def test_what_was_done_is_told_as_done_though_it_changed_the_tags(hub):
    for verb, with_ in (("claim", None), ("opinion", {"opinion": "approve"})):
        tagged = [{"id": task, "if_match": hub.ask("officer", "GET", f"/v1/tasks/{task}").headers["ETag"]} for task in tasks_of(hub, 2)]
        assert batch(hub, "officer", verb, tagged, with_, key=f"{verb}-1").json["done"] == 2
        again = batch(hub, "officer", verb, tagged, with_, key=f"{verb}-2").json  # as after a crash that took the kept answer
        assert again["done"] == 2, again
        assert batch(hub, "officer", verb, tagged, with_).json["done"] == 0, "without a key it is another act"
        assert batch(hub, "fire-2", verb, tagged, with_, key=f"{verb}-3").json["done"] == 0, "and so it is of another officer"


def test_the_same_at_once_is_done_once_and_told_as_done(hub):
    fire = tasks_of(hub, 20)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: batch(hub, "officer", "opinion", fire, {"opinion": "approve"}, key="double"), range(8)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert all(answer.json["done"] == 20 for answer in answers if answer.status == 200)
    assert batch(hub, "officer", "opinion", fire, {"opinion": "approve"}, key="double").json["done"] == 20, "the kept answer is the true one"
    assert all(len([event for event in events(hub, task) if event["type"] == "opined"]) == 1 for task in fire[:3])


def test_answers_are_as_described(hub):
    contract = Contract(hub)
    fire = tasks_of(hub, 2)
    for method, path, template, body in (
            ("POST", f"/v1/tasks/{fire[0]}/claim", "/v1/tasks/{id}/claim", {}),
            ("POST", "/v1/tasks/batch", "/v1/tasks/batch", {"act": "claim", "tasks": [fire[1], "nonsense"]}),
            ("GET", "/v1/tasks?claim=mine", "/v1/tasks", None),
            ("POST", f"/v1/tasks/{fire[0]}/release", "/v1/tasks/{id}/release", {}),
            ("GET", "/v1/operations", "/v1/operations", None), ("GET", "/v1/incidents", "/v1/incidents", None)):
        answer = hub.ask("admin", method, path, body)
        assert answer.status == 200, answer.json
        schema = contract.document["paths"][template][method.lower()]["responses"]["200"]
        while "$ref" in schema:
            schema = contract.document["components"]["responses"][schema["$ref"].rsplit("/", 1)[1]]
        assert contract.faults(answer.json, schema["content"]["application/json"]["schema"], template) == []
