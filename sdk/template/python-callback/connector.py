# SPDX-License-Identifier: Apache-2.0
"""@ID@: a department behind a REST service that calls back when it has decided.

  offer -> submit -> accepted -> event -> opinion
  resume                     ->  the same, without a second submission

A callback can get lost on its way to the hub, so the service is asked as well, but seldom.
The service: POST <base_url>/permits with the idempotency key in a header -> 201 {"id"};
GET <base_url>/permits/<id> -> 200 {"status": "pending" | "approved" | "rejected", "reason"};
it calls POST /v1/callbacks/<connector>/<id> of the hub with the same body when it has decided."""
import http.client
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from onedoor_remote import Connector, Lost

TIMEOUT_S = 10


class Desk(Connector):
    def opened(self):
        self.base_url = self.config["base_url"]
        self.pause_s = self.config.get("ask_every_ms", 86400000) / 1000

    def offer(self, task):
        request = urllib.request.Request(self.base_url + "/permits", json.dumps(task.form).encode(), {
            "Content-Type": "application/json", "Idempotency-Key": task.key})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                ref = json.load(answer)["id"]
        except urllib.error.HTTPError as error:
            if 400 <= error.code < 500 and error.code not in (408, 409, 429):
                task.fail("none", "refused", "the department does not take this request", -2)
            else:
                task.fail("unknown", "bad_answer", f"the department answered {error.code}")
        except urllib.error.URLError as error:
            # Refused before anything was sent: certainly not there. Anything else may be.
            effect = "none" if isinstance(error.reason, ConnectionRefusedError) else "unknown"
            task.fail(effect, "unreachable", str(error.reason))
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            task.fail("unknown", "bad_answer", f"the department's answer is not understood: {type(error).__name__}")
        else:
            task.accept(str(ref))

    def resume(self, task):
        """It is among self.tasks again: ask_all finds it there."""

    def event(self, task, body):
        """The hub repeats it after each resume; a body that says nothing new is passed over."""
        if isinstance(body, dict):
            self.decide(task, body)

    def ask(self, task):
        """What the department says of it now: its decision, or nothing."""
        url = self.base_url + "/permits/" + urllib.parse.quote(task.ref, safe="")
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except (OSError, http.client.HTTPException, ValueError):
            return {}  # the department has the task: whatever goes wrong here, it is asked again

    def decide(self, task, said):
        reason = said.get("reason")
        if said.get("status") == "approved":
            task.opine("approve", *([reason] if reason else []))
        elif said.get("status") == "rejected":
            task.opine("reject", reason or "No reason was given.")

    def ask_all(self):
        while True:
            time.sleep(self.pause_s)
            for task in list(self.tasks.values()):
                said = self.ask(task) if task.ref else {}
                try:
                    if isinstance(said, dict):
                        self.decide(task, said)
                except Lost:
                    pass  # it moved on meanwhile


if __name__ == "__main__":
    desk = Desk("1.0.0")
    desk.pause_s = 1
    threading.Thread(target=desk.ask_all, daemon=True).start()
    desk.run()
