# SPDX-License-Identifier: Apache-2.0
"""Every guarantee is printed, and every proof that it names exists and is run."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "guarantees.md").read_text()
ROWS = re.findall(r"^\| \*\*G(\d+)\*\* \| (.+?) \| (.+?) \|$", TEXT, re.M)
WORDS = {
    1: "an acknowledged application's tasks are never lost",
    2: "offers at least once with a constant key; with `native`/`lookup` the department holds exactly one record; with `none` never resubmitted "
       "after an unknown effect",
    3: "exactly one effective opinion per task",
    4: "what a connector was told is durable survives SIGKILL and power cut",
    5: "order per task",
    6: "one owner per open task, atomic change",
    7: "a faulty module costs no other task anything but time: at 30 % load p99 <= 2x + 20 ms while the fault lasts, <= 1.2x + 5 ms one second "
       "after the kill (hosts run at nice 10 with a thread limit)",
    8: "crash noticed <= 100 ms, hang <= watchdog + 1 s, restart <= 1 s + backoff",
    9: "load/upgrade/rollback/drain lose 0 tasks, with the hub killed at each step",
    10: "no module code runs before signature and capability approval",
    11: "a module reaches only what its manifest declares",
    12: "dates are right whatever modules do",
    13: "ABI museum loads",
}
TIMED = {7, 8}


def proofs(cell):
    return re.findall(r"`([^`]+)`", cell)


def is_there(proof):
    case = re.fullmatch(r"script/bench --case (\w+)", proof)
    if case:
        return re.search(rf'CASES = \{{[^}}]*"{case.group(1)}"', (ROOT / "tests/bench/bench.py").read_text()) is not None
    path, _, name = proof.partition("::")
    file = ROOT / path
    if not name or not file.is_file():
        return False
    text = file.read_text()
    if file.suffix == ".py":
        return re.search(rf"^def {name}\(", text, re.M) is not None
    return re.search(rf"^static void {name}\(void \*\*", text, re.M) is not None and re.search(rf"cmocka_unit_test\w*\({name}\b", text) is not None


def test_the_thirteen_are_printed_as_they_were_agreed():
    assert {int(number): words for number, words, _ in ROWS} == WORDS


def test_every_proof_exists():
    missing = [f"G{number}: {proof}" for number, _, cell in ROWS for proof in proofs(cell) if not is_there(proof)]
    assert missing == []
    assert all(len(proofs(cell)) >= 2 for _, _, cell in ROWS)


def test_what_is_timed_is_measured():
    for number, _, cell in ROWS:
        if int(number) in TIMED:
            assert any(proof.startswith("script/bench") for proof in proofs(cell)), f"G{number}"


def test_a_program_of_each_proof_is_run():
    """What nobody builds or runs proves nothing."""
    parts = re.search(r"for part in ([\w ]+);", (ROOT / "script/test").read_text()).group(1).split()
    for _, _, cell in ROWS:
        for proof in proofs(cell):
            path = Path(proof.partition("::")[0])
            if path.suffix == ".py":
                assert path.parts[1] in parts, path
            elif path.suffix == ".c":
                stem = path.stem.removesuffix("_test")
                lists = (ROOT / path.parent / "CMakeLists.txt").read_text()
                assert re.search(rf"\b({stem}|{path.stem})\b", lists), path


def test_what_is_not_promised_is_said():
    part = TEXT.partition("## What is not promised")[2]
    assert "Exactly-once effects inside a department's system" in part and "Order across tasks" in part
