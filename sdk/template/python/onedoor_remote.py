# SPDX-License-Identifier: Apache-2.0
"""The connector protocol over HTTP, for connectors that run on a machine of their own.

Five requests, always from here to the hub: hello, poll, report, service, bye. The hub answers a poll
late, with items: offer, resume, cancel, input, event, release, configure, drain, stop. Everything that
is told to the hub is durable when the call returns; a request without an answer is repeated with the
same id, which the hub answers as before. Nothing is kept here: after a restart the hub brings each
accepted task back through resume().

Environment: ONEDOOR_URL, ONEDOOR_KEY, ONEDOOR_CONNECTOR."""
import http.client
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid

WANT = 64         # offers in hand at once
PAUSE_S = (0.1, 5)  # between repeats of a request that got no answer: first, longest


class Lost(Exception):
    """The session is over, or the task moved on: nothing more is to be said about it."""


class Task:
    """One task in hand. Exactly one of opine, fail, give_back, cancelled ends it."""

    def __init__(self, hub, handle, payload):
        self.hub, self.handle, self.session = hub, handle, hub.session
        self.form = payload.get("form", {})
        self.number = payload["task"]
        self.key = payload["idempotency_key"]  # the same at every attempt: give it to the department
        self.ref = payload.get("external_ref") or ""
        self.state = payload.get("state", "offered")
        self.is_redelivered = payload.get("redelivered", False)
        self.is_ended = False

    def tell(self, kind, is_end=False, **payload):
        """Report it; returns when it is durable. Raises Lost, or ValueError when the hub refuses it."""
        with self.hub.lock:
            if self.is_ended or self.session != self.hub.session:
                raise Lost(self.number)
            answer = self.hub.report(kind, self.handle, payload)
            if is_end or answer["answer"] == "stale":
                self.is_ended = answer["answer"] != "refused"
                if self.is_ended:
                    self.hub.tasks.pop(self.handle, None)
            if answer["answer"] == "stale":
                raise Lost(self.number)
            if answer["answer"] == "refused":
                raise ValueError(answer.get("reason", "refused"))

    def accept(self, ref):
        """The department has it under this reference; its opinion comes later."""
        self.tell("accept", external_ref=ref)
        self.ref, self.state = ref, "accepted"

    def opine(self, opinion, *reasons, conditions=()):
        """approve, approve_with_conditions, reject or not_applicable. A reject needs a reason."""
        self.tell("opinion", True, opinion=opinion, reasons=list(reasons), conditions=list(conditions))

    def fail(self, effect, code, detail="", retry_after_ms=-1):
        """No opinion could be got. effect: what this attempt did there: none, done or unknown."""
        self.tell("fail", True, effect=effect, code=code, detail=detail, retry_after_ms=retry_after_ms)

    def ask(self, fields, text=""):
        """The applicant must complete these fields of the form."""
        if self.state == "offered":
            self.accept("")
        self.tell("need_input", fields=fields, text=text)
        self.state = "waiting_applicant"

    def give_back(self):
        """Never attempted."""
        self.tell("give_back", True)

    def cancelled(self, effect):
        """The application was withdrawn; effect: what stays at the department."""
        self.tell("cancelled", True, effect=effect)


class Connector:
    """Override offer and resume, and what else is needed; then run()."""

    def __init__(self, version):
        self.url = os.environ["ONEDOOR_URL"].rstrip("/")
        self.key = os.environ["ONEDOOR_KEY"]
        self.id = os.environ["ONEDOOR_CONNECTOR"]
        self.version = version
        self.instance = uuid.uuid4().hex[:16]
        self.config, self.tasks = {}, {}
        self.session, self.epoch, self.request_last, self.report_last, self.ack = "", 0, 0, 0, 0
        self.is_draining = self.is_stopping = False
        self.lock = threading.RLock()  # of the session and its tasks: one callback, or one report, at a time

    def opened(self):
        """The configuration is in self.config; called again when it changes."""

    def offer(self, task):
        raise NotImplementedError

    def resume(self, task):
        """It was accepted before: ask for its opinion, do not submit it again."""
        raise NotImplementedError

    def cancel(self, task):
        """The application was withdrawn."""
        task.cancelled("done" if task.ref else "none")

    def input(self, task, answer):
        """The applicant answered: the form is complete now."""
        task.form.update(answer)
        task.state = "accepted"
        self.resume(task)

    def event(self, task, body):
        """The department called back. May come more than once."""

    def call(self, request, body):
        """One request until it is answered. Raises Lost when the session is over."""
        with self.lock:
            self.request_last += 1
            envelope = {"request": request, "protocol": 1, "session": self.session, "id": self.request_last,
                        "epoch": self.epoch, "body": body}
        pause_s = PAUSE_S[0]
        while True:
            code, answer = self.try_call(request, envelope)
            if code is None:
                return answer
            if code in ("stale", "not_loaded"):
                raise Lost(answer)
            if code not in ("no_answer", "disabled", "closing", "limit", "forgotten"):
                sys.exit(f"the hub does not take this connector ({code}): {answer}")
            if code == "forgotten":  # too old for its answer to be kept: the same, under a new id
                with self.lock:
                    self.request_last += 1
                    envelope["id"] = self.request_last
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_S[1])

    def try_call(self, request, envelope):
        """(None, the answer's body), or a word for what went wrong and what is known of it."""
        try:
            body = self.post("/v1/connector/" + request, envelope)["body"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return "not_loaded", "the connector is not loaded"
            if error.code in (408, 429) or error.code >= 500:
                return "no_answer", str(error.code)
            return "refused", f"status {error.code}; look at ONEDOOR_KEY and ONEDOOR_CONNECTOR"
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return "no_answer", "none, or half of one"
        error = body.get("error")
        return (None, body) if error is None else (error["code"], error.get("detail", ""))

    def post(self, path, value):
        request = urllib.request.Request(self.url + path, json.dumps(value).encode(), {
            "Content-Type": "application/json", "Authorization": "Bearer " + self.key})
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def report(self, kind, task, payload):
        """One report; again with the same id for as long as the hub cannot store it."""
        self.report_last += 1
        item = {"kind": kind, "id": self.report_last, "task": task, "payload": payload}
        while True:
            answer = self.call("report", {"items": [item]})["items"][0]
            if answer["answer"] != "retry":
                return answer
            time.sleep(PAUSE_S[0])

    def hello(self):
        with self.lock:
            self.session, self.epoch, self.ack = "", 0, 0
            self.tasks.clear()
            body = self.call("hello", {"protocol": [1, 1], "connector": self.id, "version": self.version,
                                       "instance": self.instance})
            self.session, self.epoch, self.config = body["session"], body["epoch"], body.get("config", {})
            self.opened()

    def poll(self):
        body = self.call("poll", {"ack": self.ack, "want": 0 if self.is_draining else WANT, "open": len(self.tasks),
                                  "ready": True})
        for item in body.get("items", []):
            if item["seq"] <= self.ack:
                continue  # came before
            self.ack = item["seq"]
            with self.lock:
                try:
                    self.take(item["kind"], item.get("task"), item.get("payload", {}))
                except Lost:
                    pass  # the task moved on while it was looked at

    def take(self, kind, handle, payload):
        task = self.tasks.get(handle)
        if kind in ("offer", "resume"):
            task = self.tasks[handle] = Task(self, handle, payload)
            if kind == "offer" and self.is_draining:
                task.give_back()
            else:
                getattr(self, kind)(task)
        elif kind == "cancel":
            if task is None:
                self.report("cancelled", handle, {"effect": "unknown"})
            else:
                self.cancel(task)
        elif kind == "input" and task is not None:
            self.input(task, payload["answer"])
        elif kind == "event" and task is not None:
            self.event(task, payload["body"])
        elif kind == "release" and task is not None:
            task.is_ended = True
            del self.tasks[handle]
        elif kind == "configure":
            self.config = payload["config"]
            self.opened()
        elif kind in ("drain", "stop"):
            self.is_draining = True
            self.is_stopping = self.is_stopping or kind == "stop"
            for task in [t for t in self.tasks.values() if t.state == "offered"]:
                task.give_back()

    def run(self):
        """Until the hub says stop. A session that is lost is followed by another."""
        while not self.is_stopping:
            try:
                if not self.session:
                    self.hello()
                self.poll()
            except Lost:
                self.session, self.instance = "", uuid.uuid4().hex[:16]
                time.sleep(PAUSE_S[0])
        try:
            self.call("bye", {"reason": "stopped"})
        except Lost:
            pass  # the hub has forgotten us already
