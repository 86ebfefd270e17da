# SPDX-License-Identifier: Apache-2.0
"""year, million: the made-up center played at a real hub, then every page of it looked at. JSON on stdout; script/bench
shows it. run.py year|million FOLDER SEED [--quick] [--keep]"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import sights  # noqa: E402
from center import Center, calendar, days_worked  # noqa: E402
from crowd import Crowd  # noqa: E402
from hub import BUILD  # noqa: E402
from plan import CLOSES, Plan  # noqa: E402
from play import Play, stamp  # noqa: E402
from recount import recount  # noqa: E402
from stand import Site  # noqa: E402
from statistics_check import verified  # noqa: E402

YEAR = 30_000
MILLION = 1_000_000
DECADE = range(2016, 2026)
GROWTH = (0.06, 0.07, 0.08, 0.09, 0.095, 0.1, 0.11, 0.12, 0.13, 0.145)  # of the whole, by year
LATE = 15 * 60           # of the last day: the pages are looked at while much is open
OPEN_LAST, OPEN = 0.15, 0.001  # of a year's applications: never answered, in the last year and before
WITHDRAWN, PHONES, DELIVERED = 50, 10, 0.98
DECADE_TICK = 240        # minutes: three stretches a day
DECADE_CLIENTS = 128


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def looked(site, center, days):
    """Every page, as it is in that moment of the center's time."""
    row = {}
    with Crowd(site.port, 1) as crowd:
        seen = sights.Sights(crowd, center, days)
        paths = seen.all()
        if seen.missing():
            sys.exit(f"nobody looked at {sorted(seen.missing())}")
        say(f"{len(paths)} addresses, {sights.ROUNDS} times each")
        row["pages"] = sights.measure(crowd, site.process.pid, paths, say=say)
    return row | {"faulty": sights.faulty(row["pages"]), "rss_mib": round(site.rss_mib(), 1)}


def started_anew(site):
    """Killed and started: how soon it serves, and what it holds then. (Its virtual clock begins at the machine's time.)"""
    site.kill()
    site.start()
    return {"ready_s": round(site.ready_s, 3), "rss_ready_mib": round(site.rss_mib(), 1), "data_mib": round(site.data_bytes() / 2**20)}


def four(site, first, last):
    total = site.get(f"/v1/statistics?from={first}&to={last}").json["total"]
    return {"accepted": total["accepted"], "decided": total["decided"],
            **{k: {"count": total[k]["count"], "percent": total[k]["percent"]} for k in ("on_the_spot", "on_time", "ahead")}}


def counted(numbers):
    return {k: v["count"] if isinstance(v, dict) else v for k, v in numbers.items()}


def run_year(folder, seed, is_quick):
    center = Center(seed)
    plan = Plan(center, seed, YEAR // (10 if is_quick else 1), days_worked(center.calendar))
    expected = plan.expected()
    with Site(folder, center) as site:
        site.wait_connectors()
        start = time.monotonic()
        with Crowd(site.port) as crowd:
            crowd.ask("POST", "/v1/test/clock", {"now": stamp(plan.days[0], 0)})
            play = Play(plan, crowd, say=say)
            play.run(until=LATE)
        row = looked(site, center, plan.days)
        with Crowd(site.port) as crowd:
            play.crowd = crowd
            play.run(first=len(plan.days) - 1, begin=LATE, until=CLOSES)
        row["seconds"] = round(time.monotonic() - start, 1)
        say("the four numbers: of the hub, of its recount, of a stranger's recount")
        numbers, found = four(site, "2025-01", "2025-12"), verified(site, 600)
        out = folder / "journal.evidence"
        subprocess.run([BUILD / "bin" / "onedoor", "journal", "export", "--all", "--no-catalog", "--data", folder / "data", "--output", out],
                       check=True, capture_output=True)
        months = expected.pop("months")
        stranger = recount(out, center)
        row |= {"applications": plan.applications, "four": numbers, "expected": expected, "counts": play.counts,
                "is_as_configured": counted(numbers) == expected, "is_verified": found["is_equal"] and not found["unreadable"],
                "is_recounted": stranger.pop("months") == months and stranger == expected}
        return row | started_anew(site)


def run_million(folder, seed, is_quick):
    whole = MILLION // (50 if is_quick else 1)
    center = Center(seed, days_off=calendar(DECADE[0], DECADE[-1]))
    days = days_worked(center.calendar)
    with Site(folder, center) as site:
        site.wait_connectors()
        start, first, open_count = time.monotonic(), 1, 0
        with Crowd(site.port, DECADE_CLIENTS) as crowd:
            for year, share in zip(DECADE, GROWTH):
                count = round(whole * share)
                left = round(count * (OPEN_LAST if year == DECADE[-1] else OPEN))
                plan = Plan(center, seed, count, [d for d in days if d.year == year], first, left, WITHDRAWN, PHONES)
                if first == 1:
                    crowd.ask("POST", "/v1/test/clock", {"now": stamp(plan.days[0], 0)})
                Play(plan, crowd, DECADE_TICK, delivered=DELIVERED).run()
                first, open_count = first + count, open_count + left
                say(f"{year}: {first - 1:,} applications after {time.monotonic() - start:.0f} s and {crowd.asked:,} requests")
        row = {"applications": first - 1, "left_open": open_count, "seconds": round(time.monotonic() - start, 1)}
        row |= looked(site, center, days) | {"four": four(site, f"{DECADE[0]}-01", f"{DECADE[-1]}-12")}
        return row | started_anew(site)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=("year", "million"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("seed", type=int)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir()
    run = run_year if options.case == "year" else run_million
    print(json.dumps(run(options.folder, options.seed, options.quick)))


if __name__ == "__main__":
    main()
