# SPDX-License-Identifier: Apache-2.0
"""The verbs on keys against a scripted hub: what is sent, what is printed, and where the secret goes."""
import json

import pytest
from conftest import answer

KEY = {"id": "li.na", "origin": "runtime", "state": "active", "roles": ["officer", "head"], "department": "fire", "connector": None,
       "is_bound_to_certificate": False, "expires_at": "2028-01-01T00:00:00+08:00", "note": "Li Na, window 3", "starts": "od_k7qh2m",
       "created_at": "2026-11-29T09:00:00+08:00", "created_by": "root", "revision": 1}
SECRET = "od_k7qh2mabcdefghijklmnopqrstuvwxyz"


def test_the_secret_alone_is_on_stdout(onedoor, hub):
    hub.on("POST /v1/keys", answer(201, {**KEY, "secret": SECRET}))
    done = onedoor("key", "create", "li.na", "--role", "officer", "--role", "head", "--department", "fire", "--expires", "2027-12-31",
                   "--note", "Li Na, window 3", url=hub.url)
    assert done.code == 0 and done.out == SECRET + "\n" and "li.na" in done.err and SECRET not in done.err
    assert json.loads(hub.seen[-1]["body"]) == {"id": "li.na", "roles": ["officer", "head"], "department": "fire", "expires_at": "2027-12-31",
                                    "note": "Li Na, window 3"}
    assert "只显示这一次" in onedoor("key", "create", "li.na", "--role", "admin", "--lang", "zh-CN", url=hub.url).err
    assert onedoor("key", "create", "li.na", "--role", "admin", "--json", url=hub.url).json["secret"] == SECRET


@pytest.mark.parametrize("arguments, said", [
    (["create", "x"], "--role"),
    (["create", "x", "--role", "oficer"], "did you mean officer?"),
    (["list", "--state", "activ"], "did you mean active?"),
    (["list", "--limit", "201"], "200"),
    (["create"], "ID"),
])
def test_what_is_wrong_is_said_before_anything_is_sent(onedoor, hub, arguments, said):
    done = onedoor("key", *arguments, url=hub.url)
    assert done.code == 2 and said in done.err and hub.seen == []


def test_keys_as_a_table(onedoor, hub):
    gone = {**KEY, "id": "wang", "state": "revoked", "department": None, "expires_at": None, "ended_by": "root"}
    hub.on("GET /v1/keys", answer(200, {"items": [KEY, gone], "next_cursor": None}))
    lines = onedoor("key", "list", "--state", "active", "--department", "fire", "--limit", "5", url=hub.url).out.splitlines()
    assert hub.seen[-1]["path"] == "/v1/keys?state=active&department=fire&limit=5"
    assert "officer, head (fire)" in lines[1] and "2028-01-01" in lines[1] and "od_k7qh2m" in lines[1] and "revoked" in lines[2]
    onedoor("key", "list", "--configured", url=hub.url)
    assert hub.seen[-1]["path"] == "/v1/keys?origin=configuration"


def test_a_key_is_taken_away(onedoor, hub):
    hub.on("POST /v1/keys/li.na/revoke", answer(200, {**KEY, "state": "revoked", "ended_by": "root", "reason": "left"}))
    done = onedoor("key", "revoke", "li.na", "--reason", "left", url=hub.url)
    assert done.code == 0 and "revoked" in done.out and "left" in done.out
    assert json.loads(hub.seen[-1]["body"]) == {"reason": "left"}
