# SPDX-License-Identifier: Apache-2.0
"""A check that cannot fail is worthless: one connector that does everything rightly, and one for each mistake, which
exactly the cases that are about it must catch. Together they make every case of the suite fail."""
import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit import BUILD, ROOT, must, run

MODULES = Path(__file__).resolve().parent / "modules"
KILLS = {"kill.before-call", "kill.after-call", "kill.unsent", "kill.unanswered", "kill.answered"}
ARRIVED = {"department.lost", "department.drip", "department.cut", "department.garbage", "department.empty"}
FAULTS = ARRIVED | {"department.timeout", "department.error", "department.busy"}

# Mistake -> the cases that must catch it, and what the first of them says.
C = {
    "NOTHING": (set(), ""),
    "CLOSE": ({"load.opens", "load.bare", "load.hundred", "drain.idle"} | KILLS, "did not stop when it was asked to: killed by SIGABRT"),
    "BARE": ({"load.bare"}, "exit 7"),
    "RECONFIGURE": ({"load.reconfigure"}, "killed by SIGABRT"),
    "SILENT": ({"contract.answers"}, 'the form {"area":77} is offered after 60 days'),
    "TWICE": ({"contract.rules"}, "the task was answered before, by an opinion"),
    "NO_REASON": ({"contract.rules"}, "od_reject: a reason is required"),
    "WRONG_THREAD": ({"contract.rules"}, "was called from another thread"),
    "SLOW": ({"contract.budget"}, "the budget is 50 ms"),
    "UNDECLARED": ({"contract.declared"}, "the host is not declared in capabilities.http"),
    "STRANGE": ({"contract.department"}, "GET /v1/other"),
    "KEY": ({"contract.key"}, "which is no task's idempotency key"),
    "INPUT": ({"input.answered"}, "the applicant answered, and the task is still accepted"),
    "PAUSE": ({"pause.ends"}, "a pause has not ended"),
    "JUMP": ({"clock.jumps"}, "killed by SIGABRT"),
    "NO_LOOKUP": ({"duplicates.redelivered"} | ARRIVED | KILLS, "your connector submitted twice"),
    "REDELIVERED": ({"duplicates.redelivered", "duplicates.lost-report", "drain.at-work"} | FAULTS | KILLS, "killed by SIGABRT while it had task"),
    "IN_HAND": ({"duplicates.in-hand"}, "killed by SIGABRT"),
    "EVENT_BLIND": ({"duplicates.event"}, "a callback that says nothing was taken for a decision"),
    "RESUME_SUBMITS": ({"resume.accepted", "resume.often", "resume.without-checkpoint", "duplicates.in-hand", "cancel.resumed",
                        "drain.accepted", "drain.offered"} | KILLS, ""),
    "CHECKPOINT": ({"resume.without-checkpoint"}, "killed by SIGABRT"),
    "RESUME_PAUSED": ({"resume.paused", "drain.paused", "drain.offered", "drain.at-work"} | KILLS, "killed by SIGABRT"),
    "RESUME_WAITING": ({"resume.waiting", "drain.waiting", "drain.offered", "drain.at-work", "kill.unanswered", "kill.answered"},
                       "killed by SIGABRT"),
    "OFTEN": ({"resume.often"}, "killed by SIGABRT"),
    "CANCEL": ({"cancel.offered", "cancel.accepted", "cancel.paused", "cancel.waiting", "cancel.twice", "cancel.resumed"}, ""),
    "CANCEL_NONE": ({"cancel.accepted", "cancel.twice", "cancel.resumed"}, "effect none of a task that the department has registered"),
    "FORGETFUL": ({"release.forgets"}, "it went on with a task that had left it"),
    "OPINE_500": ({"department.error"}, "it gave an opinion of a department that answered 500"),
    "OPINE_503": ({"department.busy"}, "it gave an opinion of a department that answered 503"),
    "OPINE_GARBAGE": ({"department.garbage"}, "it gave an opinion"),
    "OPINE_EMPTY": ({"department.empty"}, "it gave an opinion"),
    "OPINE_REFUSED": ({"department.refused"}, "it gave an opinion"),
    "OPINE_TIMEOUT": ({"department.timeout", "department.lost", "department.drip"}, "it gave an opinion"),
    "OPINE_CUT": ({"department.cut"}, "it gave an opinion"),
    "EFFECT_NONE": ({"duplicates.redelivered"} | ARRIVED, "submitted twice"),
    "EFFECT_DONE": ({"department.refused", "department.timeout", "department.error", "department.busy"},
                    "and the department does not have the task"),
    "MARK_FIRST": ({"duplicates.redelivered", "cancel.offered", "drain.at-work", "department.refused"} | FAULTS | KILLS,
                   "got no opinion within 60 days"),
    "DRAIN": ({"drain.accepted", "drain.at-work", "drain.offered", "drain.paused", "drain.waiting", "drain.works-on"}, "died"),
    "DRAIN_DEAF": ({"drain.works-on"}, "drained and left running"),
    "LEAK": ({"resources.memory"}, "its memory grows by"),
    "DESCRIPTORS": ({"resources.descriptors"}, "its open descriptors grow"),
    "THREADS": ({"resources.threads"}, "its threads grow"),
    "SOCKET": ({"sandbox.calls"}, "your code called socket: a module has no network"),
    "ODD_FORM": ({"fuzz.forms"}, "it died of the form"),
    "ODD_EVENT": ({"fuzz.events"}, "it died of the form"),
}

# The same of remote connectors: a change to the template, and who must catch it.
PYTHON = {
    "never says hello again": ('if code in ("stale", "not_loaded"):\n                raise Lost(answer)', 'if code == "stale":\n                code = "no_answer"',
                               {"protocol.lost-session"}),
    "asks once": ('return "no_answer", "none, or half of one"', 'return "refused", "no answer"', {"protocol.lost-answer"}),
    "knows every item": ('elif kind in ("drain", "stop"):', 'elif kind == "time":\n            raise SystemExit(3)\n        elif kind in ("drain", "stop"):',
                         {"protocol.unknown"}),
    "knows every task": ("if task is None:\n                self.report(\"cancelled\", handle, {\"effect\": \"unknown\"})\n            else:\n                self.cancel(task)",
                         "self.cancel(task)", {"cancel.unknown", "cancel.offered"}),
}


def failed(folder):
    code, out, err = run("onedoor", "plugin", "check", folder, "--json", timeout=900)
    result = json.loads(out)
    found = {c["case"]: c["what"] for c in result["cases"] if c["verdict"] == "failed"}
    assert code == (1 if found else 0)
    return found, {c["case"] for c in result["cases"] if c["verdict"] == "skipped"}


def build(folder, mistake="NOTHING", manifest=None):
    folder.mkdir()
    subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-O1", "-g", "-shared", "-fPIC", "-fvisibility=hidden",
                    f"-DWRONG={mistake}", "-I", str(ROOT / "sdk/include"), "-o", str(folder / "module.so"), str(MODULES / "right.c")],
                   check=True)
    (folder / "check.json").write_text((MODULES / "check.json").read_text())
    text = json.loads((MODULES / "right.json").read_text())
    for pointer, value in (manifest or {}).items():
        text[pointer[0]][pointer[1]] = value
    (folder / "manifest.json").write_text(json.dumps(text))
    return folder


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory):
    """All of them, three at once: they wait most of the time."""
    base = tmp_path_factory.mktemp("wrong")

    def one(name):
        return name, failed(build(base / name, name))

    def other(name):
        folder = base / name.replace(" ", "-")
        must("onedoor", "plugin", "new", "gov.water", "--lang", "python", folder)
        before, after, _ = PYTHON[name]
        source = (folder / "onedoor_remote.py").read_text()
        assert source.count(before) == 1
        (folder / "onedoor_remote.py").write_text(source.replace(before, after))
        return name, failed(folder)

    with ThreadPoolExecutor(3) as pool:
        return dict(list(pool.map(one, C)) + list(pool.map(other, PYTHON)))


def test_every_mistake_of_the_source_is_tried():
    names = re.search(r"enum mistake \{(.*?)\}", (MODULES / "right.c").read_text(), re.S).group(1)
    assert {n.strip() for n in names.split(",") if n.strip()} == set(C)


@pytest.fixture(scope="session")
def tier():
    """What this machine's kernel allows a host: below filtered nobody watches its calls."""
    return re.search(r"tier (\w+)", must("onedoor", "plugin", "run", BUILD / "modules/hello-1.0.0")).group(1)


@pytest.mark.parametrize("mistake", C)
def test_a_mistake_is_caught_by_its_cases_alone(verdicts, tier, mistake):
    if mistake == "SOCKET" and tier == "plain":
        pytest.skip("this machine's kernel has no sandbox: tier plain")
    found, _ = verdicts[mistake]
    cases, says = C[mistake]
    assert set(found) == cases, found
    assert not says or any(says in what for what in found.values()), found


@pytest.mark.parametrize("mistake", PYTHON)
def test_a_remote_mistake_is_caught_by_its_case_alone(verdicts, mistake):
    found, _ = verdicts[mistake]
    assert set(found) == PYTHON[mistake][2], found


def test_the_right_one_skips_nothing(verdicts):
    assert verdicts["NOTHING"] == ({}, set())


@pytest.mark.parametrize("manifest, case, says", [
    ({("capabilities", "events"): False}, "manifest.valid", "does not ask for events"),
    ({("config_schema", "additionalProperties"): True}, "manifest.config", "lets a setting pass that no connector has"),
    ({("config_schema", "properties"): {"base_url": {"type": "integer"}, "every_ms": {"type": "integer"}}}, "manifest.config",
     "refuses the configuration it is tried with"),
])
def test_a_wrong_manifest_is_caught(tmp_path, manifest, case, says):
    code, out, _ = run("onedoor", "plugin", "check", build(tmp_path / "m", manifest=manifest), "--only", "manifest.", "--json")
    found = {c["case"]: c["what"] for c in json.loads(out)["cases"] if c["verdict"] == "failed"}
    assert code == 1 and set(found) == {case} and says in found[case]


def test_every_case_fails_for_some_mistake():
    listed = json.loads(must("onedoor", "plugin", "check", "--list", "--json"))
    caught = set().union(*(cases for cases, _ in C.values()), *(cases for *_, cases in PYTHON.values()),
                         {"manifest.valid", "manifest.config"})
    assert {c["case"] for c in listed} == caught
