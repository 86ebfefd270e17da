# SPDX-License-Identifier: Apache-2.0
"""stats against a scripted hub: what is asked, what a person reads, how it ends."""
import os
import pty
import subprocess

from conftest import PROGRAM, SOURCE, answer

RATE = {"count": 1180, "of": 1196, "percent": "98.7"}
FIGURES = {"accepted": 1240, "on_the_spot": {"count": 290, "of": 1240, "percent": "23.4"}, "on_time": {**RATE, "level": "good"},
           "ahead": {"count": 1088, "of": 1196, "percent": "91.0"}, "late": 16, "received": 1300, "decided": 1240, "withdrawn": 0,
           "second_notices": 4, "red": 21,
           "average": {"legal_days": "6.2", "elapsed_days": "9.8", "paused_days": "0.4", "waiting_days": None}}
NOTHING = {"accepted": 0, "on_the_spot": {"count": 0, "of": 0, "percent": None}, "on_time": {"count": 0, "of": 0, "percent": None, "level": None},
           "ahead": {"count": 0, "of": 0, "percent": None}, "late": 0, "red": 0, "decided": 0, "average": {"legal_days": None}}


def page(by, *items, next_cursor=None, counts="applications", **more):
    return {"from": "2026-01", "to": "2026-11", "by": by, "counts": {"total": "applications", "items": counts}, "total": FIGURES,
            "items": list(items), "next_cursor": next_cursor, "count": len(items), **more}


def item(dimension, value, zh, en, **more):
    return {dimension: value, "name": {"zh-CN": zh, "en": en}, **FIGURES, **more}


MONTHS = page("month", item("month", "2026-01", "2026年1月", "January 2026"),
              {"month": "2026-02", "name": {"zh-CN": "2026年2月", "en": "February 2026"}, **NOTHING})


def test_the_four_numbers_and_the_months(onedoor, hub):
    hub.on("GET /v1/statistics", answer(200, MONTHS))
    done = onedoor("stats", "--from", "2026-01", "--to", "2026-11", url=hub.url)
    assert done.code == 0, done.err
    assert hub.seen[0]["path"] == "/v1/statistics?from=2026-01&to=2026-11&by=month"
    assert "  accepted                   1,240\n" in done.out
    assert "  handled on the spot       23.4 %  290 of 1,240\n" in done.out
    assert "  on time                   98.7 %  1,180 of 1,196\n" in done.out
    assert "1,300 received, 1,240 decided\n" in done.out, "what is nothing is not told"
    assert "6.2 legal, 9.8 elapsed, 0.4 paused\n" in done.out, "nor an average of nothing"
    assert "16 late, 4 second notices, 21 red\n" in done.out
    rows = done.out.split("\n\n")[1].splitlines()
    assert rows[0].startswith("month") and {len(row) for row in rows} == {len(rows[0])}, "numbers end where their heads end"
    assert rows[1].split() == ["January", "2026", "1,240", "1,240", "23.4", "%", "98.7", "%", "91.0", "%", "6.2", "9.8", "16", "4", "21"]
    assert rows[2].split()[2:7] == ["0", "0", "-", "-", "-"], "a percentage of nothing is a dash"


def columns(text):
    return sum(2 if ord(letter) > 0x2e7f else 1 for letter in text)


def test_ideographs_take_two_columns(onedoor, hub):
    hub.on("GET /v1/statistics", answer(200, page("department", item("department", "fire", "消防救援大队", "Fire"),
                                                  item("department", "water", "水务局", "Water"), counts="tasks")))
    done = onedoor("stats", "--by", "department", "--lang", "zh-CN", url=hub.url)
    assert done.code == 0, done.err
    rows = done.out.split("\n\n")[1].splitlines()
    assert rows[0] == "以下为部门任务"
    assert len({columns(row) for row in rows[1:]}) == 1, rows
    assert "按时办结                  98.7 %  1,180 / 1,196" in done.out
    assert "受理" in rows[1] and "水务局" in rows[3]


def test_a_narrow_terminal_sees_fewer_figures(onedoor, hub):
    hub.on("GET /v1/statistics", answer(200, MONTHS))
    for width in (40, 60, 80, 140):
        done = onedoor("stats", url=hub.url, env={"COLUMNS": str(width)})
        table = done.out.split("\n\n")[1].splitlines()
        assert max(len(row) for row in table) <= width, (width, table)
        assert "on time" in table[0] and "late" in table[0]
        assert ("second notices" in table[0]) == (width == 140)


def test_two_dimensions(onedoor, hub):
    both = page("department,service", item("department", "fire", "消防", "Fire", service="s", service_name={"zh-CN": "服务", "en": "Open a cafe"}),
                counts="tasks")
    hub.on("GET /v1/statistics", answer(200, both))
    done = onedoor("stats", "--by", "department,service", url=hub.url)
    assert hub.seen[0]["path"] == "/v1/statistics?by=department%2Cservice"
    row = done.out.splitlines()[-1]
    assert row.startswith("Fire ") and "Open a cafe" in row


def test_pages_become_one(onedoor, hub):
    first = page("window", item("window", "1", "1", "1"), next_cursor="5.0")
    second = page("window", item("window", "2", "2", "2"))
    hub.on("GET /v1/statistics", answer(200, first, {"Link": '</v1/statistics?cursor=5.0&by=window>; rel="next"'}), answer(200, second))
    done = onedoor("stats", "--by", "window", "--json", url=hub.url)
    assert done.code == 0, done.err
    assert [seen["path"] for seen in hub.seen] == ["/v1/statistics?by=window", "/v1/statistics?cursor=5.0&by=window"]
    assert [i["window"] for i in done.json["items"]] == ["1", "2"]
    assert done.json["total"] == FIGURES and "next_cursor" not in done.json


def test_csv_has_one_head(onedoor, hub):
    link = {"Content-Type": "text/csv", "Link": '</v1/statistics?cursor=5.0&by=window&format=csv>; rel="next"'}
    hub.on("GET /v1/statistics", answer(200, b"a,b\r\n1,2\r\n", link), answer(200, b"a,b\r\n3,4\r\n", {"Content-Type": "text/csv"}))
    done = onedoor("stats", "--by", "window", "--csv", url=hub.url)
    assert done.code == 0, done.err
    assert hub.seen[0]["path"] == "/v1/statistics?by=window&format=csv"
    assert done.out == "a,b\n1,2\n3,4\n", "read as text: CRLF"


def test_nothing_yet(onedoor, hub):
    hub.on("GET /v1/statistics", answer(200, {**page("month"), "total": NOTHING}))
    done = onedoor("stats", url=hub.url)
    assert done.code == 0
    assert "on time                        -  0 of 0" in done.out
    assert "nothing in these months" in done.err


def test_what_the_hub_refuses_is_told(onedoor, hub):
    hub.on("GET /v1/statistics", answer(422, {"title": "Not valid", "status": 422, "errors": [
        {"pointer": "", "code": "month", "detail": "from and to are months, such as 2026-11."}]}, problem=True))
    done = onedoor("stats", "--from", "January", url=hub.url)
    assert done.code == 5 and "such as 2026-11" in done.err


DONE = {"state": "done", "applications": 1434, "done": 1434, "total": 1434, "sums": 2862, "journal_seq": 99, "is_equal": True,
        "difference_count": 0, "differences": [], "unreadable": 0}


def test_verify_waits_for_the_end(onedoor, hub):
    hub.on("GET /v1/statistics", *[answer(200, {"verify": v}) for v in
                                   ({"state": "running", "done": 1, "total": 9}, {"state": "running", "done": 5, "total": 9}, DONE)])
    done = onedoor("stats", "--verify", url=hub.url)
    assert done.code == 0, done.err
    assert [seen["path"][-7:] for seen in hub.seen] == ["fy=true", "=status", "=status"]
    assert done.out == "1,434 applications recounted, 2,862 sums, up to record 99: equal\n"
    assert done.err == "", "no bar where nobody watches"


def all_of(terminal):
    """What was written to a terminal whose other side is closed; a read may bring a part of it."""
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # EIO: that was the end
        pass
    return shown.decode()


def test_verify_shows_its_way_on_a_terminal(hub):
    hub.on("GET /v1/statistics", *[answer(200, {"verify": v}) for v in ({"state": "running", "done": 5, "total": 10}, DONE)])
    master, slave = pty.openpty()
    done = subprocess.run([str(PROGRAM), "stats", "--verify", "--url", hub.url, "--lang", "en"], stdout=subprocess.PIPE, stderr=slave,
                          cwd=SOURCE, timeout=60, check=False)
    os.close(slave)
    shown = all_of(master)
    os.close(master)
    assert done.returncode == 0
    assert "[###############...............]  50 %" in shown
    assert shown.rstrip(" ").endswith("\r"), "and it is gone at the end"


def test_differences_end_with_one(onedoor, hub):
    wrong = {**DONE, "is_equal": False, "difference_count": 1, "unreadable": 2, "differences": [
        {"month": "2026-01", "service": "open-cafe", "department": None, "window": "3", "measure": "received", "kept": 12, "journal": 11}]}
    hub.on("GET /v1/statistics", answer(200, {"verify": wrong}))
    done = onedoor("stats", "--verify", url=hub.url)
    assert done.code == 1
    assert "1 differ" in done.out and "2 applications whose journal cannot be followed" in done.out
    assert done.out.splitlines()[-1].split() == ["2026-01", "open-cafe", "3", "received", "12", "11"]
    done = onedoor("stats", "--verify", "--json", url=hub.url)
    assert done.code == 1 and done.json == {"verify": wrong}
    hub.on("GET /v1/statistics", answer(200, {"verify": {"state": "failed", "error": "no memory left"}}))
    done = onedoor("stats", "--verify", url=hub.url)
    assert done.code == 1 and "no memory left" in done.err


def test_colours_only_where_they_are_seen(onedoor, hub):
    hub.on("GET /v1/statistics", answer(200, MONTHS))
    assert "\x1b" not in onedoor("stats", url=hub.url).out
