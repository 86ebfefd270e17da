# SPDX-License-Identifier: Apache-2.0
"""A full hub: a center's year of 30,000 applications, and 1,000,000 over ten years; what every page takes then. The players are
in tests/year, in a process of their own."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from hub import BenchError

ROOT = Path(__file__).resolve().parents[2]
BUDGET_MS = 200
SHOWN = 40


def run_case(name):
    def run(build, folder, seed, is_quick, say):
        say(f"{name}: applications through the HTTP door, under a virtual clock")
        command = [sys.executable, ROOT / "tests" / "year" / "run.py", name, folder / name, str(seed)] + ["--quick"] * is_quick
        made = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OD_BUILD": str(build)})
        if made.returncode != 0:
            raise BenchError(f"{name} could not be played")
        return json.loads(made.stdout)
    return run


def pattern_of(path):
    """An address without the names in it: /v1/applications/20250102-000001-6?as_of=1 -> /v1/applications/*?as_of."""
    place, _, query = path.partition("?")
    place = re.sub(r"/(\d{8}-\d+-\w+(\.\d+)?|(inq|cmp|evl|grv|msg)-\d+|\d+)(?=/|$)", "/*", place)
    keys = sorted({pair.split("=")[0] for pair in query.split("&") if pair})
    return place + ("?" + "&".join(keys) if keys else "")


def worst(pages):
    """Of each kind of address the slowest one."""
    rows = {}
    for row in pages:
        name = pattern_of(row["path"])
        if name not in rows or rows[name]["p99"] < row["p99"]:
            rows[name] = row
    return sorted(rows.items(), key=lambda item: -item[1]["p99"])


def show_pages(result):
    rows = worst(result["pages"])
    late = [row for row in result["pages"] if row["p99"] > BUDGET_MS]
    print(f"\n{len(result['pages'])} addresses of {len(rows)} kinds, each kind by its slowest; the {SHOWN} slowest of {BUDGET_MS} ms at most")
    print(f"{'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'CPU ms':>8} {'bytes':>9}  address")
    for name, row in rows[:SHOWN]:
        mark = " SLOW" if row["p99"] > BUDGET_MS else ""
        print(f"{row['p50']:8.1f} {row['p99']:8.1f} {row['max']:8.1f} {row['cpu']:8.1f} {row['bytes']:9}  {name}{mark}")
    print(f"{len(late)} addresses took longer than {BUDGET_MS} ms; {len(result['faulty'])} did not answer as they should")
    print(f"after kill -9 ready in {result['ready_s']:.2f} s; hub {result['rss_ready_mib']:.0f} MiB then, {result['rss_mib']:.0f} MiB after all pages; "
          f"data {result['data_mib']} MiB")


def show_four(four):
    rates = ", ".join(f"{name.replace('_', ' ')} {four[name]['percent']} % ({four[name]['count']:,})" for name in ("on_the_spot", "on_time", "ahead"))
    print(f"  accepted {four['accepted']:,}, decided {four['decided']:,}: {rates}")


def show_year(result):
    print(f"\nA year of {result['applications']:,} applications in {result['seconds']:.0f} s")
    show_four(result["four"])
    for name, word in (("is_as_configured", "as configured"), ("is_verified", "the hub's recount of its journal agrees"),
                       ("is_recounted", "a recount of the exported journal agrees")):
        print(f"  {word}: {'yes' if result[name] else 'NO'}")
    show_pages(result)


def show_million(result):
    print(f"\n{result['applications']:,} applications in ten years, {result['left_open']:,} of them left open, played in {result['seconds']:.0f} s")
    show_four(result["four"])
    show_pages(result)


def is_fast(result):
    return not result["faulty"] and all(row["p99"] <= BUDGET_MS for row in result["pages"])


def holds_year(result):
    return result["is_as_configured"] and result["is_verified"] and result["is_recounted"] and is_fast(result)


YEAR = (run_case("year"), show_year, holds_year)
MILLION = (run_case("million"), show_million, is_fast)
