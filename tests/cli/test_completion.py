# SPDX-License-Identifier: Apache-2.0
"""What may come next on a command line: asked of the program, and of the real shells with its scripts."""
import os
import pty
import select
import shutil
import subprocess
import time

import pytest
from conftest import PROGRAM, SOURCE, answer

SERVICES = answer(200, {"items": [{"id": "open-restaurant", "name": {"zh-CN": "开餐馆", "en": "Open a restaurant"}},
                                  {"id": "open-hotel", "name": {"zh-CN": "开宾馆", "en": "Open a hotel"}},
                                  {"id": "build-house", "name": {"zh-CN": "建房", "en": "Build\ta\nhouse " + "x" * 90}}]})
NUMBERS = answer(200, {"items": [{"number": "20261129-000001-4", "service_name": {"zh-CN": "开餐馆", "en": "Open a restaurant"}}]})
TASKS = answer(200, {"items": [{"id": "20261129-000001-4.1", "matter_name": "消防"}, {"id": "20261129-000001-4.2", "matter_name": "卫生"}]})
CONNECTORS = answer(200, {"items": [{"id": "fire", "state": "active"}, {"id": "health", "state": "draining"}]})
FEES = answer(200, {"lines": [{"fee": "street-occupation", "name": {"zh-CN": "占道费", "en": "Street occupation"}}]})
CHECKPOINTS = answer(200, {"items": [{"number": 12, "at": "2026-11-29T10:00:00+08:00"}]})


def offered(onedoor, *words, url=None, **more):
    done = onedoor("completion", "words", "--", *words, url=url or "http://127.0.0.1:1", **more)
    assert (done.code, done.err) == (0, ""), done.err
    return [line.split("\t")[0] for line in done.out.splitlines()]


CONFIG = ["check", "show", "diff", "reload", "upload", "candidates", "discard", "versions", "sources"]


@pytest.mark.parametrize("words, found", [
    (["ta"], ["task"]),
    (["completion", ""], ["words", "bash", "zsh", "fish"]),
    (["config", ""], CONFIG),
    (["config", "r"], ["reload"]),
    (["nonsense", ""], []),
    (["delivery", "sh"], ["show"]),
    (["list", "--st"], ["--status"]),
    (["list", "--status", "in"], ["incomplete", "in_review"]),
    (["list", "--status=in"], ["--status=incomplete", "--status=in_review"]),
    (["list", "--status", "=", "in"], ["incomplete", "in_review"]),
    (["list", "--status", "="], ["received", "incomplete", "in_review", "decided", "closed", "withdrawn", "not_accepted", "lapsed"]),
    (["list", "--status", "in_review", "--st"], []),
    (["task", "opinion", "X.1", "reject", "--reason", "a", "--rea"], ["--reason"]),
    (["task", "opinion", "X.1", "a"], ["approve", "approve_with_conditions"]),
    (["assessments", "--by", ""], ["department", "window", "officer"]),
    (["check", "X", ""], ["complete", "incomplete", "correctable", "not_required", "not_competent"]),
    (["evaluation", "new", "X", "5", ""], ["1", "2", "3", "4", "5"]),
    (["plugin", "new", "x", "--lang", ""], ["c", "python"]),
    (["show", "--lang", ""], ["zh-CN", "en"]),
    (["--lang", "en", "sho"], ["show"]),
    (["submit", ""], [":files"]),
    (["plugin", "pack", ""], [":folders"]),
    (["calendar", "import", "a", "b", "c"], [":files"]),
    (["due", "--calendar", ""], [":files"]),
    (["plugin", "key", ""], ["new"]),
    (["help", "conf"], ["config"]),
    (["help", "config", ""], CONFIG),
    (["withdraw", "X", "--reason", ""], []),
    (["show", "--", "--"], []),
    (["show", ""], []),
    (["version", "--"], ["--json", "--url", "--api-key", "--lang", "--help"]),
    (["version", ""], ["--json", "--url", "--api-key", "--lang", "--help"]),
    ([], None),
])
def test_offers_what_fits(onedoor, words, found):
    if found is None:
        found = list(dict.fromkeys(verb["name"].split()[0] for verb in onedoor("help", "--json").json["verbs"]))
    assert offered(onedoor, *words) == found


def test_offers_as_json(onedoor):
    told = onedoor("completion", "words", "--json", "--", "list", "--status=in_").json
    assert [(item["lead"], item["word"]) for item in told["items"]] == [("--status=", "in_review")] and told["places"] is None
    assert onedoor("completion", "words", "--json", "--", "submit", "").json == {"items": [], "places": "files"}
    told = onedoor("completion", "fish", "--json").json
    assert told == {"shell": "fish", "script": onedoor("completion", "fish").out}


def test_every_verb_and_every_option_is_offered(onedoor):
    table = onedoor("help", "--json").json
    for verb in table["verbs"]:
        first, *second = verb["name"].split()
        assert first in offered(onedoor, first)
        if second:
            assert second[0] in offered(onedoor, first, "")
        names = list(dict.fromkeys(option["name"] for option in verb["options"] + table["options"]))
        assert offered(onedoor, *verb["name"].split(), "--") == names
    assert "task\tlist, show, take" in onedoor("completion", "words", "--", "task").out


def test_a_hub_is_asked(onedoor, hub):
    for route, reply in (("services", SERVICES), ("applications", NUMBERS), ("tasks", TASKS), ("connectors", CONNECTORS), ("checkpoints", CHECKPOINTS),
                         ("applications/20261129-000001-4/fees", FEES)):
        hub.on("GET /v1/" + route, reply)
    assert offered(onedoor, "guide", "open-", url=hub.url) == ["open-restaurant", "open-hotel"]
    assert offered(onedoor, "show", "", url=hub.url) == ["20261129-000001-4"]
    assert offered(onedoor, "extend", "2026", url=hub.url) == ["20261129-000001-4", "20261129-000001-4.1", "20261129-000001-4.2"]
    assert offered(onedoor, "task", "take", "20261129-000001-4.", url=hub.url) == ["20261129-000001-4.1", "20261129-000001-4.2"]
    assert offered(onedoor, "fee", "pay", "20261129-000001-4", "", url=hub.url) == ["street-occupation"]
    assert offered(onedoor, "journal", "checkpoint", "", url=hub.url) == ["12"]
    assert offered(onedoor, "plugin", "show", "--url", hub.url, "h") == ["health"], "the hub that the line names"
    assert offered(onedoor, "list", "--service=b", url=hub.url) == ["--service=build-house"]
    hub.seen.clear()
    assert offered(onedoor, "plugin", "show", "", url=hub.url, env={"ONEDOOR_KEY": "secret-1"}) == ["fire", "health"]
    assert hub.seen[0]["headers"]["Authorization"] == "Bearer secret-1"
    done = onedoor("completion", "words", "--", "guide", "", url=hub.url)
    assert "open-restaurant\tOpen a restaurant\n" in done.out and "build-house\tBuild a house x" in done.out
    assert all(line.count("\t") == 1 for line in done.out.splitlines()), "one candidate a line"
    assert "active" in onedoor("completion", "words", "--", "plugin", "show", "", url=hub.url).out
    assert "运行中" in onedoor("completion", "words", "--lang", "zh-CN", "--", "plugin", "show", "", url=hub.url).out


@pytest.mark.parametrize("reply", ["hang up", answer(403, {"title": "no", "status": 403}, problem=True), answer(200, b"<html>"),
                                   answer(200, {"items": 5}), answer(200, {"items": [{"id": None}, 7, {"id": "a\tb"}, {"name": "x"}]})],
                         ids=["away", "refuses", "no JSON", "odd JSON", "odd items"])
def test_a_hub_that_has_nothing_to_say_costs_nothing(onedoor, hub, reply):
    hub.on("GET /v1/services", reply)
    done = onedoor("completion", "words", "--", "guide", "", url=hub.url)
    assert (done.code, done.out) == (0, "")


# -- The shells --

class Shell:
    """An interactive shell on a terminal of its own: what stands on the screen after keys were pressed."""

    def __init__(self, command, folder, url, prepare):
        self.pid, self.screen = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "TERM": "dumb", "HOME": str(folder), "PS1": "> ", "PROMPT": "> ",
                                             "ONEDOOR_URL": url, "LC_ALL": "C.UTF-8", "ZDOTDIR": str(folder)})
        self.press(prepare + "; echo rea''dy\n", "ready")

    def press(self, keys, word, seconds=30):
        """Until the word is seen; returns all that was."""
        os.write(self.screen, keys.encode())
        seen, until = "", time.monotonic() + seconds
        while word not in seen:
            assert time.monotonic() < until, f"{word} is not in: {seen}"
            if select.select([self.screen], [], [], 0.1)[0]:
                seen += os.read(self.screen, 65536).decode(errors="replace")
        return seen

    def end(self):
        os.close(self.screen)
        os.waitpid(self.pid, 0)


COMMANDS = {"bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set bell-style none'; set +o history; source ./script"),
            "zsh": (["zsh", "-f", "-i"], "unsetopt beep; autoload -U compinit; compinit -u -D; source ./script")}


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_line_is_completed_at_the_tab(onedoor, hub, shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    hub.on("GET /v1/services", SERVICES)
    (tmp_path / "script").write_text(onedoor("completion", shell).out)
    (tmp_path / "restaurant one.json").write_text("{}")
    (tmp_path / "folder").mkdir()
    command, prepare = COMMANDS[shell]
    terminal = Shell(command, tmp_path, hub.url, prepare)
    try:
        for keys, line in (("onedoor sub\t", "onedoor submit "), ("task opi\t", "opine "), ("guide open-re\t", "open-restaurant "),
                           ("list --status in_\t", "in_review"), ("list --status=in_\t", "--status=in_review"), ("submit rest\t", "restaurant\\ one.json"),
                           ("plugin pack fo\t", "folder/"), (f"guide --url {hub.url} build\t", "build-house")):
            terminal.press("\x15" + ("" if keys.startswith("onedoor") else "onedoor ") + keys, line)
        terminal.press("\x15onedoor config \t\t", "reload")
        terminal.press("\x15exit\n", "exit")
    finally:
        terminal.end()


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(onedoor, hub, tmp_path):
    hub.on("GET /v1/services", SERVICES)
    (tmp_path / "script.fish").write_text(onedoor("completion", "fish").out)
    (tmp_path / "restaurant.json").write_text("{}")
    (tmp_path / "folder").mkdir()
    for line, wanted in (("onedoor sub", "submit\t"), ("onedoor task opi", "opine\tgive the opinion"), ("onedoor guide open-re", "open-restaurant\tOpen a restaurant"),
                         ("onedoor list --status in_", "in_review"), ("onedoor list --status=in_", "--status=in_review"), ("onedoor submit rest", "restaurant.json"),
                         ("onedoor plugin pack fo", "folder/"), ("onedoor config ", "reload"), (f"onedoor guide --url {hub.url} build", "build-house")):
        done = subprocess.run(["fish", "--no-config", "-c", "source script.fish; complete -C " + repr(line)], capture_output=True, text=True, cwd=tmp_path, check=False,
                              env={"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "ONEDOOR_URL": hub.url, "LC_ALL": "C.UTF-8"}, timeout=60)
        assert done.stderr == "" and wanted in done.stdout, (line, done.stdout, done.stderr)
        if line == "onedoor config ":
            assert "restaurant.json" not in done.stdout, "no files where none is wanted"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_parse_and_are_small(onedoor, shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(onedoor("completion", shell).out)
    assert len(script.read_text()) < 2500
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", script], capture_output=True, check=False).returncode == 0


def test_completion_of_another_shell(onedoor):
    done = onedoor("completion", "tcsh")
    assert done.code == 2 and "bash, zsh, fish" in done.err


COMPLETE = """t() { COMP_WORDS=("$@"); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_CWORD=$(($# - 1)); COMPREPLY=(); _onedoor "$PROGRAM"; echo "${COMPREPLY[*]}"; }; """


@pytest.mark.parametrize("words, found", [
    ("onedoor task li", "list"),
    ("onedoor due --rul", "--rule --rules"),
    ("onedoor submit tests/cli/conf", "tests/cli/conftest.py"),
    ("onedoor list --reason 'two words' --st", "--status"),
    ("onedoor nonsense --x", ""),
])
def test_bash_function(onedoor, words, found):
    script = onedoor("completion", "bash").out
    done = subprocess.run(["bash", "-c", script + COMPLETE + "t " + words], capture_output=True, text=True, check=True, cwd=SOURCE,
                          env={**os.environ, "PROGRAM": str(PROGRAM), "ONEDOOR_URL": "http://127.0.0.1:1"})
    assert (done.stdout, done.stderr) == (found + "\n", "")
