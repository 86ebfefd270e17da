# SPDX-License-Identifier: Apache-2.0
"""The connector spool: a department that works by files. What goes out is whole and numbered; what comes in is taken whole or not at
all, once, whatever dies in the middle."""
import json
import os

import pytest
from crash_life import wait_until
from hub import DemoOf, center, matter, service, text

IN = {"prefix": "fire", "columns": {"key": "KEY", "opinion": "WORD", "reasons": "WHY", "conditions": "IF", "fields": "MISSING"}, "sum": "FEE",
      "values": {"granted": "approve", "granted_if": "approve_with_conditions", "refused": "reject", "ask": "need_input"}}
OUT = {"prefix": "onedoor", "every_ms": 200, "columns": {"area": "form.area", "note": "form.note", "who": "applicant.name"}, "sum": "area"}


class Desk(DemoOf):
    """The hub of a center whose one department is a folder; and the department's own hands."""

    def __init__(self, folder, **settings):
        self.encoding = settings.get("encoding", "utf-8")
        fields = [{"id": "area", "type": "integer", "label": text("面积", "Area"), "required": False, "min": 1, "max": 9999},
                  {"id": "note", "type": "text", "label": text("说明", "Note"), "required": False, "min_length": 1, "max_length": 200}]
        config = center(folder, ["fire"], [matter("f", "fire", fields=["area", "note"])],
                        [service("shop", ["f"], form=fields, example_form={"area": 100})])
        self.place = folder / "folders" / "fire"
        for name in ("in", "out", "done", "refused", "sent"):
            (self.place / name).mkdir(parents=True)
        self.give()
        settings = {"look_ms": 100, "wait_ms": 3000, "out": OUT, "in": IN, **settings}
        super().__init__(folder, {**config, "folders": str(folder / "folders"),
                                  "connectors": [{"id": "fire", "module": "spool-1.0.0", "config": settings}]})

    def give(self):
        """Under root a module is never root: the folder is nobody's."""
        for path in [self.place, *self.place.rglob("*")]:
            if os.getuid() == 0:
                os.chown(path, 65534, 65534)

    def apply(self, **form):
        answer = self.submit({**self.example("shop"), "form": {"area": 100, **form}})
        assert answer.status in (200, 201, 202), answer.raw
        return answer.json["number"]

    def wait_state(self, number, *states, timeout=30):
        return self.wait_for(number, lambda a: a["tasks"][0]["state"] in states, timeout)["tasks"][0]

    def opinion(self, number, timeout=30):
        return self.wait_for(number, lambda a: a["status"] == "decided", timeout)["tasks"][0]["opinion"]

    def names(self, folder):
        return sorted(path.name for path in (self.place / folder).iterdir() if not path.name.startswith("."))

    def batches(self):
        """Lines of all batches, in the order of their numbers; each has what its trailer says."""
        lines = []
        for name in self.names("out"):
            batch = (self.place / "out" / name).read_text(self.encoding).splitlines()
            head, trailer = batch[0].split(","), batch[-1].split(",")
            assert head[:2] == ["H", "onedoor"] and name == f"onedoor-{head[2]}.csv" and head[4] == "fire"
            assert batch[1] == "C,key,area,note,who" and int(trailer[1]) == len(batch) - 3
            assert int(trailer[2]) == sum(int(line.split(",")[2]) for line in batch if line[:2] in ("D,", "R,"))
            lines += batch[2:-1]
        return lines

    def write(self, name, text):
        """As it should be: another name until it is whole."""
        part = self.place / "in" / ("." + name)
        part.write_bytes(text.encode(self.encoding))
        self.give()
        part.rename(self.place / "in" / name)

    def answers(self, sequence, *rows, fee=0, count=None, total=None):
        """rows: (number, word, why, if, missing) cut short where nothing follows."""
        lines = ["H,fire,%d" % sequence, "C,KEY,WORD,WHY,IF,MISSING,FEE"]
        lines += [",".join(["D", f"{row[0]}.1", *row[1:], *[""] * (5 - len(row)), str(fee)]) for row in rows]
        lines += ["T,%d,%s" % (len(rows) if count is None else count, len(rows) * fee if total is None else total)]
        return "\n".join(lines) + "\n"

    def lines(self):
        return self.get("/v1/connectors/fire/logs").raw.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_batches_go_out_and_answers_come_in(tmp_path, encoding):
    with Desk(tmp_path, encoding=encoding) as desk:
        desk.wait_connectors()
        cases = {name: desk.apply(area=area, note=f"备注 {name}, \"x\"") for area, name in enumerate(("yes", "if", "no", "ask", "gone"), start=100)}
        for number in cases.values():
            desk.wait_state(number, "accepted")
        rows = desk.batches()
        assert sorted(rows) == sorted(f'D,{number}.1,{area},"备注 {name}, ""x""",王小明'
                                      for area, (name, number) in enumerate(cases.items(), start=100))
        desk.write("a.csv", desk.answers(1, (cases["yes"], "granted"), (cases["if"], "granted_if", "", "两个门"),
                                         (cases["no"], "refused", '"太大, 了"'), (cases["ask"], "ask", "", "", "area"), fee=12))
        assert desk.opinion(cases["yes"])["opinion"] == "approve"
        assert desk.opinion(cases["if"])["conditions"] == ["两个门"]
        assert desk.opinion(cases["no"])["reasons"] == ["太大, 了"]
        desk.wait_state(cases["ask"], "waiting_applicant")
        wait_until(lambda: desk.names("done") == ["a.csv"], timeout=15)
        assert desk.post(f"/v1/applications/{cases['ask']}/supplement", {"form": {"area": 50}}).status == 200
        wait_until(lambda: f'I,{cases["ask"]}.1,"{{""area"":50}}"' in desk.batches(), timeout=15)
        assert desk.post(f"/v1/applications/{cases['gone']}/withdraw", {"reason": "moved"}).status in (200, 202)
        wait_until(lambda: f'W,{cases["gone"]}.1' in desk.batches(), timeout=15)
        desk.write("b.csv", desk.answers(2, (cases["ask"], "granted")))
        assert desk.opinion(cases["ask"])["opinion"] == "approve"
        numbers = [int(name[8:14]) for name in desk.names("out")]
        assert numbers == list(range(1, len(numbers) + 1)), "no number is used twice, none is left out"


def test_half_a_file_is_left_alone_and_a_wrong_one_is_refused_whole(tmp_path):
    with Desk(tmp_path) as desk:
        desk.wait_connectors()
        first, second = desk.apply(), desk.apply()
        for number in (first, second):
            desk.wait_state(number, "accepted")
        whole = desk.answers(1, (first, "granted"), (second, "refused", "Too large."), fee=3)
        growing = desk.place / "in" / "grows.csv"
        for size in (0, 5, len(whole) // 2, len(whole) - 1):  # a department that knows no other way: it writes in place
            growing.write_text(whole[:size])
            desk.give()
            desk.write("probe.csv", desk.answers(1000 + size))  # an empty one behind it shows that the folder was looked through
            wait_until(lambda: "probe.csv" not in desk.names("in"), timeout=15)
            assert "grows.csv" in desk.names("in") and desk.show(first)["status"] != "decided"
        growing.unlink()

        wrong = {"count.csv": desk.answers(11, (first, "granted"), (second, "granted"), count=3),
                 "sum.csv": desk.answers(12, (first, "granted"), (second, "granted"), fee=2, total=5),
                 "word.csv": desk.answers(13, (first, "granted"), (second, "perhaps")),
                 "reason.csv": desk.answers(14, (first, "granted"), (second, "refused")),
                 "head.csv": desk.answers(15, (first, "granted")).replace("H,fire", "H,water")}
        for name, content in wrong.items():
            desk.write(name, content)
        wait_until(lambda: set(wrong) <= set(desk.names("refused")), timeout=15)
        reports = {name: (desk.place / "refused" / f"{name}.report.txt").read_text() for name in wrong}
        assert "counts 3 rows, there are 2" in reports["count.csv"] and "sum is 5, the rows' is 4" in reports["sum.csv"]
        assert "line 4: \"perhaps\"" in reports["word.csv"] and "line 4: a rejection needs a reason" in reports["reason.csv"]
        assert "names \"water\"" in reports["head.csv"] and "was refused whole" in desk.lines()
        assert all(desk.show(number)["tasks"][0].get("opinion") is None for number in (first, second)), "nothing of it was taken"
        desk.write("right.csv", whole)
        assert desk.opinion(first)["opinion"] == "approve" and desk.opinion(second)["opinion"] == "reject"


def test_the_same_file_again_changes_nothing_and_another_under_its_number_is_refused(tmp_path):
    with Desk(tmp_path) as desk:
        desk.wait_connectors()
        first, second = desk.apply(), desk.apply()
        for number in (first, second):
            desk.wait_state(number, "accepted")
        content = desk.answers(7, (first, "granted"))
        desk.write("a.csv", content)
        assert desk.opinion(first)["opinion"] == "approve"
        wait_until(lambda: "a.csv" in desk.names("done"), timeout=15)
        before = len(desk.events(first))
        desk.write("a.csv", content)
        wait_until(lambda: "a.csv.1" in desk.names("done"), timeout=15)
        desk.kill()
        desk.start()
        desk.wait_connectors()
        desk.write("other-name.csv", content)
        wait_until(lambda: "other-name.csv" in desk.names("done"), timeout=15)
        assert "delivered before" in (desk.place / "done" / "other-name.csv.report.txt").read_text()
        desk.write("b.csv", desk.answers(7, (second, "granted")))
        wait_until(lambda: "b.csv" in desk.names("refused"), timeout=15)
        assert desk.show(second)["status"] != "decided" and len(desk.events(first)) == before


def test_a_hub_that_dies_in_the_middle_takes_every_row_once(tmp_path):
    with Desk(tmp_path, wait_ms=20000) as desk:
        desk.wait_connectors()
        numbers = [desk.apply() for _ in range(30)]
        for number in numbers:
            desk.wait_state(number, "accepted")
        desk.write("a.csv", desk.answers(1, *[(number, "granted" if i % 2 else "refused", "" if i % 2 else "Too large.") for i, number in enumerate(numbers)]))
        wait_until(lambda: desk.show(numbers[0])["status"] == "decided" or desk.show(numbers[-1])["status"] == "decided", timeout=20)
        desk.kill()
        desk.start()
        for i, number in enumerate(numbers):
            assert desk.opinion(number)["opinion"] == ("approve" if i % 2 else "reject")
        wait_until(lambda: "a.csv" in desk.names("done"), timeout=40)
        assert len([row for row in desk.batches() if row.startswith("D,")]) == 30


def test_a_new_version_goes_on_where_the_old_one_stopped(tmp_path):
    """Beside the old one it only waits: no file is taken by a process that has no task, no number is used twice."""
    with Desk(tmp_path, out={**OUT, "ack_ms": 60000}) as desk:
        desk.wait_connectors()
        first = desk.apply()
        desk.wait_state(first, "accepted")
        settings = {**desk.config["connectors"][0]["config"], "stale_ms": 100000}
        done = desk.request("PUT", "/v1/connectors/fire", {"module": "spool-1.0.0", "department": "fire", "config": settings, "reason": "test", "bake_ms": 0})
        assert done.status == 202, done.raw
        second = desk.apply()
        wait_until(lambda: desk.get("/v1/connectors/fire").json["rollout"] is None, timeout=30)
        desk.wait_state(second, "accepted")
        assert desk.names("out") == ["onedoor-000001.csv", "onedoor-000002.csv"] and len(desk.batches()) == 2
        desk.write("ack.csv", "H,onedoor,ack\nA,1,1,100\nA,2,1,100\nT,2\n")
        desk.write("a.csv", desk.answers(1, (first, "granted"), (second, "granted")))
        assert desk.opinion(first)["opinion"] == desk.opinion(second)["opinion"] == "approve"
        wait_until(lambda: {"ack.csv", "a.csv"} <= set(desk.names("done")), timeout=15)


def test_more_files_than_are_in_hand_at_once(tmp_path):
    with Desk(tmp_path, wait_ms=1000) as desk:
        desk.wait_connectors()
        number = desk.apply()
        desk.wait_state(number, "accepted")
        names = {f"{i:02}.csv" for i in range(1, 41)}  # 32 are in hand; those for nobody wait a second there
        for i in range(1, 41):
            desk.write(f"{i:02}.csv", desk.answers(i, (number if i == 40 else "20200101-000001-1", "granted")))
        assert desk.opinion(number)["opinion"] == "approve"
        wait_until(lambda: names <= set(desk.names("done")), timeout=20)


def test_a_row_for_nobody_is_named_in_the_report(tmp_path):
    with Desk(tmp_path, wait_ms=1000) as desk:
        desk.wait_connectors()
        number = desk.apply()
        desk.wait_state(number, "accepted")
        desk.write("a.csv", desk.answers(1, (number, "granted"), ("20200101-000001-1", "granted")))
        assert desk.opinion(number)["opinion"] == "approve"
        wait_until(lambda: "a.csv" in desk.names("done"), timeout=15)
        assert "line 4: 20200101-000001-1.1: no such task is open here" in (desk.place / "done" / "a.csv.report.txt").read_text()


def test_batches_are_acknowledged_or_sent_again(tmp_path):
    with Desk(tmp_path, out={**OUT, "ack_ms": 2000}) as desk:
        desk.wait_connectors()
        number = desk.apply(area=120)
        desk.wait_state(number, "accepted")
        (desk.place / "out" / "onedoor-000001.csv").unlink()
        wait_until(lambda: "batch 1 has no acknowledgement yet" in desk.lines(), timeout=20)
        desk.write("lost.csv", "H,onedoor,ack\nA,1,0,0,again\nT,1\n")
        wait_until(lambda: desk.names("out") == ["onedoor-000001.csv"], timeout=15)
        assert desk.batches() == [f"D,{number}.1,120,,王小明"]
        desk.write("wrong.csv", "H,onedoor,ack\nA,1,2,120\nT,1\n")
        wait_until(lambda: "wrong.csv" in desk.names("refused"), timeout=15)
        desk.write("none.csv", "H,onedoor,ack\nA,9,1,120\nT,1\n")
        wait_until(lambda: "none.csv" in desk.names("refused"), timeout=15)
        assert "there is no batch 9" in (desk.place / "refused" / "none.csv.report.txt").read_text()
        desk.write("right.csv", "H,onedoor,ack\nA,1,1,120\nT,1\n")
        wait_until(lambda: "right.csv" in desk.names("done"), timeout=15)
        desk.write("late.csv", "H,onedoor,ack\nA,1,7,7\nT,1\n")
        wait_until(lambda: "late.csv" in desk.names("done"), timeout=15)  # it is settled: nobody keeps its totals any more


def test_names_that_are_no_files_are_passed_over(tmp_path):
    """Links out of the folder, folders, pipes, names with bidi and emoji: what is no plain file of the folder is never opened."""
    with Desk(tmp_path) as desk:
        desk.wait_connectors()
        number = desk.apply()
        desk.wait_state(number, "accepted")
        inside = desk.place / "in"
        (inside / "passwd.csv").symlink_to("/etc/passwd")
        (inside / "hub.csv").symlink_to(tmp_path / "onedoor.json")
        (inside / "folder.csv").mkdir()
        os.mkfifo(inside / "pipe.csv")
        desk.write("\u202e名😀.csv", desk.answers(1, (number, "granted")))
        assert desk.opinion(number)["opinion"] == "approve"
        wait_until(lambda: "\u202e名😀.csv" in desk.names("done"), timeout=15)
        assert {"passwd.csv", "hub.csv", "folder.csv", "pipe.csv"} <= set(desk.names("in"))
        assert "root:" not in json.dumps(desk.names("done")) + desk.lines()


class NightDesk(Desk):
    """Its batch leaves at two in the morning by the clock on the center's wall, which the test moves."""

    def __init__(self, tmp_path, zone):
        super().__init__(tmp_path, look_ms=600000, out={**{k: v for k, v in OUT.items() if k != "every_ms"}, "at": "02:00"})
        path = tmp_path / "catalog" / "all.json"
        catalog = json.loads(path.read_text())
        catalog["center"]["time_zone"] = zone
        path.write_text(json.dumps(catalog, ensure_ascii=False))
        self.arguments = ["--demo", "--clock", "virtual"]

    def go(self, moment):
        assert self.post("/v1/test/clock", {"now": moment}).status == 200


@pytest.mark.parametrize("zone, utc", [("Asia/Shanghai", "2026-12-28T18:00"), ("UTC", "2026-12-29T02:00")])
def test_the_nightly_batch_leaves_at_its_time(tmp_path, zone, utc):
    """By the clock on the center's wall: two in the morning, whatever that is in UTC."""
    with NightDesk(tmp_path, zone) as hub:
        hub.wait_connectors()
        hub.go("2026-12-28T12:00:00Z")
        number = hub.apply()
        hub.wait_state(number, "offered", "accepted")
        day, minute = utc.split("T")
        hub.go(f"{day}T{int(minute[:2]) - 1:02}:59:00Z")
        assert hub.names("out") == []
        hub.go(f"{utc}:01Z")
        wait_until(lambda: hub.names("out") == ["onedoor-000001.csv"], 20)
        hub.wait_state(number, "accepted")


def test_the_first_offer_after_the_hour_leaves_in_the_next_night(tmp_path):
    """It tells the connector how the wall's clock stands: the hour had passed before there was anything to send."""
    with NightDesk(tmp_path, "Asia/Shanghai") as hub:
        hub.wait_connectors()
        hub.go("2026-12-28T12:00:00Z")
        hub.go("2026-12-28T19:00:00Z")
        number = hub.apply()
        hub.wait_state(number, "offered", "accepted")
        hub.go("2026-12-29T17:59:00Z")
        assert hub.names("out") == []
        hub.go("2026-12-29T18:00:01Z")
        wait_until(lambda: hub.names("out") == ["onedoor-000001.csv"], 20)
        hub.wait_state(number, "accepted")
        head = (hub.place / "out" / "onedoor-000001.csv").read_text().splitlines()[0]
        assert head.split(",")[3].startswith("2026-12-29T18:00:"), head


def test_a_time_that_is_none(tmp_path):
    with Desk(tmp_path, out={**OUT, "at": "25:00"}) as hub:
        wait_until(lambda: hub.get("/v1/connectors/fire").json["state"] in ("backoff", "failed"), 20)
