# SPDX-License-Identifier: Apache-2.0
"""The order in which a request is looked at: the thing that its path names (404) before what its body says of it (422); and
what is changed only when nobody else has changed it (412)."""
import pytest

from hub import Hub

# What a path names that is not there, by the first word after /v1.
NOBODY = {"tasks": "20261130-099999-0.1", "messages": "msg-99999", "inquiries": "inq-99999", "complaints": "cmp-99999", "evaluations": "evl-99999",
          "grievances": "grv-99999", "applications": "pay-99999"}
# What need not be there before: it is made, it speaks for itself, or it is no JSON.
MADE = {("put", "/v1/connectors/{id}"), ("post", "/v1/connector/{request}"), ("post", "/v1/applications/{number}/materials")}


@pytest.fixture(scope="module")
def hub():
    with Hub() as hub:
        hub.wait_connectors()
        yield hub


@pytest.mark.parametrize("body", [{"nonsense": 1}, {}])
def test_what_is_not_there_is_told_before_what_is_wrong(hub, body):
    """Every route of the description whose path names something."""
    wrong, asked = [], 0
    for pattern, methods in hub.get("/openapi.json").json["paths"].items():
        for method in sorted({"post", "put", "delete"} & methods.keys()):
            if "{" not in pattern or (method, pattern) in MADE:
                continue
            path = pattern.replace("{number}", "20261130-099999-0").replace("{id}", NOBODY.get(pattern.split("/")[2], "nobody"))
            answer = hub.request(method.upper(), path.replace("{connector}", "nobody").replace("{reference}", "nothing"), body if method != "delete" else None)
            asked += 1
            if answer.status != 404:
                wrong.append(f"{method} {path}: {answer.status} {answer.json}")
    assert wrong == [] and asked > 30


@pytest.mark.parametrize("verb", ["drain", "enable", "disable", "upgrade", "rollback", None, "DELETE"])
def test_a_mistyped_dry_run_is_no_act(hub, verb):
    method, path = ("PUT" if verb is None else "DELETE", "/v1/connectors/water") if verb in (None, "DELETE") else ("POST", f"/v1/connectors/water/{verb}")
    before = hub.get("/v1/connectors/water")
    body = None if verb == "DELETE" else {"module": "sim-1.0.0", "config": {}}
    for typed in ("yes", "1", "True", ""):
        answer = hub.request(method, f"{path}?dry_run={typed}", body)
        assert answer.status == 422 and "dry_run" in str(answer.json["errors"]), (typed, answer.json)
    after = hub.get("/v1/connectors/water")
    assert (after.json["state"], after.headers["ETag"]) == (before.json["state"], before.headers["ETag"])


def test_a_connector_is_changed_from_the_state_that_was_seen(hub):
    path = "/v1/connectors/health"
    seen = hub.get(path).headers["ETag"]
    assert hub.get(path).headers["ETag"] == seen, "what it is about does not change it"
    drained = hub.post(f"{path}/drain", {}, headers={"If-Match": seen})
    assert drained.status == 202 and drained.headers["ETag"] != seen
    for method, where, body in (("POST", f"{path}/enable", {}), ("PUT", path, {"module": "sim-1.0.0", "config": {"delay_ms": 1}}), ("DELETE", path, None)):
        late = hub.request(method, where, body, headers={"If-Match": seen})
        assert late.status == 412, (where, late.json)
    assert hub.get(path).headers["ETag"] == drained.headers["ETag"]
    assert hub.post(f"{path}/enable", {}, headers={"If-Match": drained.headers["ETag"]}).status == 202
    assert hub.post("/v1/connectors/nobody/enable", {}, headers={"If-Match": seen}).status == 404
    assert hub.request("PUT", "/v1/connectors/nobody", {"module": "sim-1.0.0", "config": {}}, headers={"If-Match": seen}).status == 412


def test_a_flag_is_true_or_false(hub):
    number = hub.post("/v1/applications", hub.get("/v1/services/open-hotel/example").json).json["number"]
    assert hub.get(f"/v1/applications/{number}/clocks?explain=true").json["clocks"][0]["days"]
    assert hub.get(f"/v1/applications/{number}/clocks?explain=false").status == 200
    assert hub.get(f"/v1/applications/{number}/clocks?explain=2").status == 422
