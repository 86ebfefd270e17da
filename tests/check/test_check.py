# SPDX-License-Identifier: Apache-2.0
"""`onedoor plugin check`: what is right passes whole; its output is TAP or JSON; its exit codes are those of the CLI."""
import json
import re
import shutil
import socket
import subprocess

import pytest

from kit import BUILD, ROOT, must, run

STYLES = ["sync", "poll", "callback"]


def check(*words, **more):
    code, out, err = run("onedoor", "plugin", "check", *words, "--json", timeout=600, **more)
    assert out, err
    result = json.loads(out)
    return code, result, {c["case"]: c for c in result["cases"]}


def failed(result):
    return [(c["case"], c["what"]) for c in result["cases"] if c["verdict"] == "failed"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["c", "python"])
def test_a_template_passes_untouched(tmp_path, language, style):
    folder = tmp_path / "desk"
    must("onedoor", "plugin", "new", "gov.water", "--lang", language, "--style", style, folder)
    if language == "c":
        must("make", "-C", folder)
    code, result, cases = check(folder)
    assert (code, failed(result)) == (0, [])
    passed = {name for name, c in cases.items() if c["verdict"] == "passed"}
    wanted = {"load.opens", "contract.answers", "kill.unanswered", "drain.idle", "fuzz.forms"}
    if style != "sync":
        wanted |= {"resume.accepted", "duplicates.redelivered", "contract.key", "cancel.accepted", "department.lost",
                   "department.garbage", "department.refused", "drain.accepted"}
    if style == "callback":
        wanted |= {"duplicates.event", "fuzz.events"}
    assert wanted <= passed


@pytest.mark.parametrize("module", ["sim-1.0.0", "hello-1.0.0"])
def test_a_shipped_module_passes(module):
    code, result, _ = check(BUILD / "modules" / module)
    assert (code, failed(result)) == (0, [])


@pytest.mark.parametrize("name", ["webhook", "gammu"])
def test_a_shipped_notifier_passes(tmp_path, name):
    """By its own check.json. A receiver of webhooks says "taken" by 2xx alone: an empty answer of it is a good one."""
    module = BUILD / "modules" / f"{name}-1.0.0"
    if not module.exists():
        pytest.skip(f"the module {name} is not built")
    folder = tmp_path / name
    shutil.copytree(module, folder)
    shutil.copy(ROOT / "plugins" / name / "check.json", folder)
    for inside in ("outbox", "sent", "error", "inbox"):
        (folder / "spool" / inside).mkdir(parents=True)
    code, result, cases = check(folder)
    assert (code, failed(result)) == (0, [])
    if name == "webhook":
        assert cases["department.garbage"]["verdict"] == cases["department.empty"]["verdict"] == "skipped"
        assert cases["department.error"]["verdict"] == cases["department.lost"]["verdict"] == "passed"


@pytest.mark.parametrize("name, config", [
    ("accepts, then opines", {"accept": True, "delay_ms": 60000}),
    ("pauses", {"pause_ms": 86400000}),
    ("asks", {"need_input_on": {"field": "seats"}}),
    ("fails twice", {"fail": {"times": 2, "effect": "unknown"}}),
])
def test_sim_passes_as_it_is_configured(name, config):
    code, result, cases = check(BUILD / "modules/sim-1.0.0", "--config", json.dumps(config))
    assert (code, failed(result)) == (0, [])
    if name == "pauses":
        assert cases["pause.ends"]["verdict"] == cases["resume.paused"]["verdict"] == cases["drain.paused"]["verdict"] == "passed"
    if name == "accepts, then opines":
        assert cases["resume.often"]["verdict"] == cases["cancel.twice"]["verdict"] == "passed"


def test_the_output_is_tap_14():
    out = must("onedoor", "plugin", "check", BUILD / "modules/hello-1.0.0", "--only", "contract")
    lines = out.splitlines()
    assert lines[0] == "TAP version 14" and lines[1] == "1..6"
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert [int(re.match(r"ok (\d+) - \S", p).group(1)) for p in points] == [1, 2, 3, 4, 5, 6]
    assert any(" # SKIP " in p for p in points)
    assert lines[-1].startswith("# hello 1.0.0: ")


def test_list_names_every_case_once():
    listed = json.loads(must("onedoor", "plugin", "check", "--list", "--json"))
    names = [c["case"] for c in listed]
    assert len(names) == len(set(names)) >= 60 and all(c["title"] and (c["module"] or c["remote"]) for c in listed)
    assert must("onedoor", "plugin", "check", "--list").count("\n") == len(names)


def test_only_takes_parts_and_patterns():
    module = BUILD / "modules/hello-1.0.0"
    assert set(check(module, "--only", "load.opens")[2]) == {"load.opens"}
    assert set(check(module, "--only", "*.idle")[2]) == {"drain.idle"}


def test_the_same_seed_makes_the_same_forms(tmp_path):
    for seed in (1, 7):
        assert check(BUILD / "modules/sim-1.0.0", "--only", "fuzz.forms", "--seed", str(seed))[0] == 0
    assert run("onedoor", "plugin", "check", "--seed", "x", BUILD / "modules/sim-1.0.0")[0] == 2


@pytest.mark.parametrize("make, words, code, says", [
    (None, ["nowhere"], 3, "no such folder"),
    ({}, [], 3, "manifest.json"),
    ({"manifest.json": (ROOT / "plugins/hello/manifest.json").read_text()}, [], 3, "build it first"),
    ({"manifest.json": (ROOT / "plugins/hello/manifest.json").read_text(), "module.so": "", "check.json": '{"forms": []}'},
     [], 5, "check.json:1:11: forms must be an array"),
    ({"manifest.json": (ROOT / "plugins/hello/manifest.json").read_text(), "module.so": "",
      "check.json": '{"forms": [{}], "department": {"routes": [{"does": "sumbit"}]}}'}, [], 5, "does must be"),
    ({"remote.json": "{"}, [], 5, "remote.json:1:2"),
    ({"remote.json": "{}"}, [], 5, "command must be"),
    ({"manifest.json": (ROOT / "plugins/hello/manifest.json").read_text(), "module.so": ""}, ["--only", "no-such"], 3,
     "no case is named like"),
])
def test_what_cannot_be_checked_is_told(tmp_path, make, words, code, says):
    for name, content in (make or {}).items():
        (tmp_path / name).write_text(content)
    have, out, err = run("onedoor", "plugin", "check", *(words if make is None else [tmp_path, *words]), cwd=tmp_path)
    assert have == code and says in err and "not ok" not in out


def test_a_wrong_manifest_is_the_first_and_last_case(tmp_path):
    (tmp_path / "manifest.json").write_text('{"id": "Big", "version": "1.0.0"}')
    code, out, _ = run("onedoor", "plugin", "check", tmp_path)
    assert code == 1 and "1..1\nnot ok 1 - its manifest is valid" in out and "manifest.json:1:" in out


def test_what_is_no_module_fails_with_the_hosts_words(tmp_path):
    (tmp_path / "manifest.json").write_text((ROOT / "plugins/hello/manifest.json").read_text())
    (tmp_path / "module.so").write_text("this is no module, and it is longer than the header of one would be if it were")
    code, result, cases = check(tmp_path, "--only", "load.opens")
    assert code == 1 and "not an ELF file" in cases["load.opens"]["what"] and "exit 4" in cases["load.opens"]["what"]


def test_run_prints_what_is_said(tmp_path):
    must("onedoor", "plugin", "new", "gov.water", "--style", "callback", tmp_path / "desk")
    must("make", "-C", tmp_path / "desk")
    out = must("onedoor", "plugin", "run", tmp_path / "desk")
    for part in ("hub        -> offer ", "department <- POST /v1/permits  -> 201", "connector  <- accept ",
                 "hub        -> event ", "connector  <- opinion ", "gov.water 1.0.0 is open, tier "):
        assert part in out


def test_in_process_finds_what_a_sanitizer_finds(tmp_path):
    """A leak and a use after free, each named by AddressSanitizer within the checker's own process."""
    library = must("gcc", "-print-file-name=libasan.so").strip()
    if not library.startswith("/"):
        pytest.skip("no libasan here")
    for fault in ("LEAK", "USE"):
        folder = tmp_path / fault
        folder.mkdir()
        (folder / "manifest.json").write_text((ROOT / "plugins/hello/manifest.json").read_text())
        source = (ROOT / "plugins/hello/hello.c").read_text().replace(
            "    int64_t area_m2;\n\n", "    int64_t area_m2;\n    char *kept = malloc(99);\n\n" + (
                "    kept[0] = 1;\n    kept = NULL;\n" if fault == "LEAK" else "    free(kept);\n    area_m2 = *(volatile char *)kept;\n"), 1)
        (folder / "hello.c").write_text(source)
        must("gcc", "-std=c11", "-g", "-O0", "-shared", "-fPIC", "-fsanitize=address", "-I", ROOT / "sdk/include", "-o",
             folder / "module.so", folder / "hello.c")
        code, out, err = run("onedoor", "plugin", "check", folder, "--in-process", "--only", "contract.answers",
                             LD_PRELOAD=library, ASAN_OPTIONS="detect_leaks=1")
        assert code == 1 and "not ok 1" in out, (out, err)
        assert ("LeakSanitizer" if fault == "LEAK" else "heap-use-after-free") in err and "hello_offer" in err


def test_in_process_a_sound_module_passes(tmp_path):
    code, result, cases = check(BUILD / "modules/hello-1.0.0", "--in-process")
    assert (code, failed(result)) == (0, [])
    assert cases["kill.before-call"]["verdict"] == "skipped"


def test_a_remote_connector_may_be_started_by_its_author(tmp_path):
    """--remote COMMAND takes the place of remote.json's."""
    must("onedoor", "plugin", "new", "gov.water", "--lang", "python", tmp_path / "desk")
    shutil.move(tmp_path / "desk/remote.json", tmp_path / "kept.json")
    code, result, _ = check(tmp_path / "desk", "--remote", "python3 connector.py", "--only", "contract.")
    assert (code, failed(result)) == (0, [])


def test_the_shipped_remote_connector_passes(tmp_path):
    """The 59 lines of docs/connectors/remote.md, as their author starts them."""
    shutil.copy(ROOT / "plugins/remote-python/water.py", tmp_path)
    command = f"python3 water.py $ONEDOOR_URL $ONEDOOR_KEY {tmp_path}/book.sqlite"
    code, result, cases = check(tmp_path, "--remote", command)
    assert (code, failed(result)) == (0, [])
    assert cases["protocol.lost-session"]["verdict"] == cases["protocol.lost-answer"]["verdict"] == "passed"


def test_a_remote_connector_may_be_awaited_at_an_address(tmp_path):
    """--remote ADDR: its author starts it, once, and it lives through all cases; those that must kill it are skipped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    water = subprocess.Popen(["/usr/bin/python3", str(ROOT / "plugins/remote-python/water.py"), f"http://{address}", "check-key-0123456789",
                              str(tmp_path / "book.sqlite")], stderr=subprocess.DEVNULL)
    try:
        code, result, cases = check(tmp_path, "--remote", address)
        assert water.poll() is None
    finally:
        water.kill()
        water.wait()
    assert (code, failed(result)) == (0, [])
    assert cases["kill.unsent"]["verdict"] == "skipped" and cases["contract.answers"]["verdict"] == "passed"
