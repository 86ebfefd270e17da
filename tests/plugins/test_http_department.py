# SPDX-License-Identifier: Apache-2.0
"""The connector http, a real hub and its egress process, and a department with every fault: whatever goes wrong, the
department holds exactly one record of each task, and the decision is the department's own."""
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest
from crash_life import wait_until
from hub import ROOT
from water import TOKEN, Department, Water, settings

SEED = int(os.environ.get("OD_SEED", random.SystemRandom().randrange(1 << 31)))

# Faults of the submission that come after the record was made, or instead of it.
LOST = ["timeout", "e500", "garbage", "truncated", "wrong_schema", "wrong_type", "lost_reply", "reset", "half", "half_reset",
        "drip", "oversize", "late", "duplicate"]
EARLY = ["too_many", "busy", "early_e500", "early_timeout", "early_lost_reply", "early_reset"]
WATCH = ["status:" + fault for fault in ("timeout", "e500", "garbage", "truncated", "wrong_schema", "wrong_type", "lost_reply", "reset",
                                         "half", "half_reset", "drip", "oversize", "redirect")]
LOOKUP = ["lost_reply,lookup:" + fault for fault in ("timeout", "e500", "garbage", "reset", "truncated")]


def base(department):
    return f"http://127.0.0.1:{department.port}/v1"


def keys(numbers):
    return {f"{number}.1" for number in numbers}


def expect(hub, number, area):
    opinion = hub.opinion(number, timeout=60)
    if area > 1000:
        assert opinion["opinion"] == "reject", opinion
        assert opinion["reasons"] == ["Larger than the main can supply.", "第二条理由"]
    elif area > 500:
        assert opinion["opinion"] == "approve_with_conditions" and opinion["conditions"] == ["A pump of its own."], opinion
    else:
        assert opinion["opinion"] == "approve", opinion


@pytest.mark.parametrize("dedupe", ["native", "conflict", "none"])
def test_every_fault_ends_in_one_record_and_the_right_decision(tmp_path, dedupe):
    """With `none` the department would make a second record of a second submission: only the lookup prevents it."""
    faults = [""] + LOST + EARLY + WATCH + LOOKUP + ["timeout*3", "e500*2,status:e500*3", "garbage*2,status:timeout*2"]
    if dedupe == "none":  # without a key that it knows, a department that is late must be given time before it is asked
        more = {"lookup": {"path": "/cases?key={{idempotency_key}}", "record": "/items/0", "wait_ms": 1500}}
    else:
        more = {}
    areas = [100, 700, 2000]
    with Department(tmp_path, "--dedupe", dedupe, "--bearer", TOKEN) as department, \
            Water(tmp_path, settings(base(department), **more)) as hub:
        hub.wait_connectors()
        cases = {hub.apply(area=areas[i % 3], **({"fault": fault} if fault else {})): areas[i % 3] for i, fault in enumerate(faults)}
        for number, area in cases.items():
            expect(hub, number, area)
        assert department.counts() == {key: 1 for key in keys(cases)}
        wanted = {part if ":" in part else "submit:" + part for fault in faults if fault for part in re.sub(r"\*\d+", "", fault).split(",")}
        assert set(department.state()["played"]) == wanted, "a fault that did not happen proves nothing"


def test_a_form_that_the_department_does_not_understand_goes_to_an_officer(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN) as department, Water(tmp_path, settings(base(department))) as hub:
        hub.wait_connectors()
        refused = hub.apply(area=1, fault="refuse*99")
        moved = hub.apply(area=1, fault="redirect*99")
        for number in (refused, moved):
            task = hub.wait_for(number, lambda a: a["tasks"][0]["owner"] == "officer")["tasks"][0]
            assert task["state"] != "done" and task.get("opinion") is None, "a dead end is no opinion"
        assert "the form is not as agreed" in hub.get(f"/v1/tasks/{refused}.1").raw.decode()
        assert hub.post(f"/v1/tasks/{refused}.1/opinion", {"opinion": "approve"}).status == 200
        assert hub.opinion(refused)["by"] == "all"
        assert f"{refused}.1" not in department.counts()


def test_a_department_that_is_away_is_waited_for(tmp_path):
    department = Department(tmp_path, "--bearer", TOKEN, "--decide-after", "3").start()
    with Water(tmp_path, settings(base(department))) as hub:
        hub.wait_connectors()
        before = hub.apply(area=100)
        hub.wait_state(before, "accepted")
        department.kill()
        during = hub.apply(area=2000)
        time.sleep(1.5)
        for number in (before, during):
            assert hub.show(number)["status"] != "decided", "a dead link is never an opinion"
        department.start()
        expect(hub, before, 100)
        expect(hub, during, 2000)
        assert department.counts() == {key: 1 for key in keys([before, during])}
        department.kill()


def test_a_wrong_certificate_is_no_department(tmp_path):
    certificate = tmp_path / "wrong.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=elsewhere", "-keyout",
                    str(certificate), "-out", str(tmp_path / "cert")], check=True, capture_output=True)
    with open(certificate, "ab") as file:
        file.write((tmp_path / "cert").read_bytes())
    with Department(tmp_path, "--bearer", TOKEN, "--tls", str(certificate)) as department, \
            Water(tmp_path, settings(f"https://127.0.0.1:{department.port}/v1")) as hub:
        hub.wait_connectors()
        number = hub.apply(area=100)
        wait_until(lambda: "unreachable" in hub.get(f"/v1/tasks/{number}.1").raw.decode(), timeout=15)
        assert hub.show(number)["tasks"][0].get("opinion") is None
    with Department(tmp_path, "--bearer", TOKEN) as department:
        assert department.counts() == {}, "nothing was sent to a stranger"


@pytest.mark.parametrize("auth,options,is_right", [
    ({"type": "bearer"}, ["--bearer", TOKEN], True),
    ({"type": "api_key", "header": "Authorization", "prefix": "Bearer "}, ["--bearer", TOKEN], True),
    ({"type": "hmac", "header": "X-Signature", "prefix": "sha256="}, ["--sign", "sign-key"], True),
    ({"type": "none"}, [], True),
    ({"type": "hmac", "header": "X-Signature", "prefix": "sha256="}, ["--sign", "another"], False),
])
def test_the_department_knows_who_asks(tmp_path, auth, options, is_right):
    with Department(tmp_path, *options) as department, Water(tmp_path, settings(base(department), auth=auth)) as hub:
        hub.wait_connectors()
        number = hub.apply(area=100)
        if is_right:
            expect(hub, number, 100)
        else:
            hub.wait_for(number, lambda a: a["tasks"][0]["owner"] == "officer")
            assert "who are you?" in hub.get(f"/v1/tasks/{number}.1").raw.decode()
            assert department.counts() == {}
        assert TOKEN not in (tmp_path / "hub.log").read_text()


def test_the_answer_to_the_submission_may_be_the_opinion(tmp_path):
    sync = settings("", mode="sync")
    sync["answer"]["values"] = {"granted": "approve", "refused": "reject", "granted_if": "approve_with_conditions"}
    with Department(tmp_path, "--bearer", TOKEN, "--decide-after", "0") as department:
        sync["base_url"] = base(department)
        with Water(tmp_path, sync) as hub:
            hub.wait_connectors()
            cases = {hub.apply(area=area, **fault): area for area in (100, 700, 2000)
                     for fault in ({}, {"fault": "lost_reply"}, {"fault": "truncated*2"})}
            for number, area in cases.items():
                expect(hub, number, area)
            assert department.counts() == {key: 1 for key in keys(cases)}


def test_a_question_reaches_the_applicant_and_the_answer_the_department(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN) as department, Water(tmp_path, settings(base(department))) as hub:
        hub.wait_connectors()
        numbers = [hub.apply(), hub.apply(fault="input:lost_reply,status:e500"), hub.apply(fault="input:timeout")]
        for number in numbers:
            hub.wait_state(number, "waiting_applicant")
            assert hub.post(f"/v1/applications/{number}/supplement", {"form": {"area": 2000}}).status == 200
        for number in numbers:
            expect(hub, number, 2000)
        assert department.counts() == {key: 1 for key in keys(numbers)}


def test_a_withdrawal_reaches_the_department(tmp_path):
    with Department(tmp_path, "--bearer", TOKEN, "--decide-after", "1000") as department, Water(tmp_path, settings(base(department))) as hub:
        hub.wait_connectors()
        number = hub.apply(area=100, fault="cancel:e500")
        hub.wait_state(number, "accepted")
        assert hub.post(f"/v1/applications/{number}/withdraw", {"reason": "no more"}).status in (200, 202)
        wait_until(lambda: department.state()["cancelled"] == [f"{number}.1"], timeout=10)
        assert hub.show(number)["tasks"][0]["state"] == "cancelled"


def kill_host(hub):
    pid = hub.hosts().get("water")
    if pid:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@pytest.mark.parametrize("dedupe", ["native", "none"])
def test_killed_at_any_instant_nothing_is_submitted_twice(tmp_path, dedupe):
    """Host, hub and department are killed again and again while tasks are under way."""
    dice = random.Random(SEED)
    print(f"OD_SEED={SEED}")
    more = {"lookup": {"path": "/cases?key={{idempotency_key}}", "record": "/items/0", "wait_ms": 1500 if dedupe == "none" else 0}}
    with Department(tmp_path, "--bearer", TOKEN, "--dedupe", dedupe, "--decide-after", "4") as department, \
            Water(tmp_path, settings(base(department), **more)) as hub:
        hub.wait_connectors()
        faults = ["", "lost_reply", "timeout", "status:e500", "reset"]
        cases = {}
        for turn in range(6):
            for _ in range(4):
                fault = dice.choice(faults)
                area = dice.choice([100, 700, 2000])
                cases[hub.apply(area=area, **({"fault": fault} if fault else {}))] = area
            time.sleep(dice.uniform(0, 0.3))
            if turn % 3 == 1:
                hub.kill()
                hub.start()
            elif turn % 3 == 2:
                department.kill()
                time.sleep(dice.uniform(0, 0.3))
                department.start()
            else:  # two crashes with the same task in hand would park it
                kill_host(hub)
            time.sleep(dice.uniform(0, 0.3))
        for number, area in cases.items():
            expect(hub, number, area)
        assert department.counts() == {key: 1 for key in keys(cases)}


def fragments(page):
    """The JSON blocks of a page; what begins with a member stands for an object of its members."""
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / page).read_text(), re.S)
    return [json.loads(block if block.lstrip().startswith("{") else "{" + block + "}") for block in blocks if "{ ... }" not in block]


def test_every_configuration_of_the_documentation_is_accepted(tmp_path):
    config = {}
    for part in fragments("docs/connectors/http.md"):
        config = {**config, **part}
        with Water(tmp_path, config) as hub:
            hub.wait_connectors()
    assert {"lookup", "errors", "input", "cancel", "event"} <= set(config)
    sample, = fragments("configs/sample/README.md")
    assert (sample["id"], sample["module"]) == ("water", "http-1.0.0")
    with Water(tmp_path, sample["config"]) as hub:
        hub.wait_connectors()
