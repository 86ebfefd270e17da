#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A whole department in Python alone: `water.py http://127.0.0.1:8080 KEY book.sqlite`. See docs/connectors/remote.md."""
import json, secrets, sqlite3, sys, time, urllib.request

url, key, path = sys.argv[1:4]
book = sqlite3.connect(path, isolation_level=None)  # the department's own register
book.execute("create table if not exists water (key text primary key, ref integer, answer text)")
instance, session, ids, told, seq = secrets.token_hex(8), {}, {"request": 0, "report": 0}, [], None


class Over(Exception):
    """The session has ended: say hello."""


def ask(request, body):
    """One request until it is answered; the same id makes a repeat harmless."""
    ids["request"] += 1
    message = json.dumps({"id": ids["request"], "body": body, **({} if request == "hello" else session)}).encode()
    head = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    while True:
        try:
            post = urllib.request.Request(f"{url}/v1/connector/{request}", message, head)
            body = json.load(urllib.request.urlopen(post, timeout=30))["body"]
            if "error" not in body:
                return body
            if body["error"]["code"] == "stale":
                raise Over
            if body["error"]["code"] == "replaced":
                raise SystemExit("another copy of this connector has taken over")
        except (OSError, ValueError) as error:  # the hub is away, or the way to it
            print("again:", error, file=sys.stderr)
        time.sleep(0.5)


def serve(item):
    number = item["payload"]["idempotency_key"]
    book.execute("insert or ignore into water values (?, (select count(*) + 1 from water), 'approve')", (number,))
    ref, answer = book.execute("select ref, answer from water where key = ?", (number,)).fetchone()  # once, however often offered
    for kind, payload in (("accept", {}), ("opinion", {"opinion": answer, "reasons": ["The pipe is wide enough."]})):
        ids["report"] += 1
        told.append({"kind": kind, "id": ids["report"], "task": item["task"], "payload": {**payload, "external_ref": f"W-{ref}"}})


while True:
    try:
        if seq is None:
            welcome = ask("hello", {"protocol": [1, 1], "connector": "water", "instance": instance, "version": "1.0.0"})
            session, seq, told = {"session": welcome["session"], "epoch": welcome["epoch"]}, 0, []
        for item in ask("poll", {"ack": seq, "want": 32, "ready": True})["items"]:
            if item["kind"] in ("offer", "resume"):  # cancel, input, release and the like: nothing waits here
                serve(item)
            elif item["kind"] == "stop":
                ask("bye", {"reason": "asked to stop"})  # and hello again: perhaps it is enabled, or loaded, later
            seq = item["seq"]
        while told:
            answers = {a["id"]: a["answer"] for a in ask("report", {"items": told[:128]})["items"]}
            told = [r for r in told if answers.get(r["id"], "retry") == "retry"]
    except Over:
        seq = None
