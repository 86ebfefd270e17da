# SPDX-License-Identifier: Apache-2.0
"""The four numbers once more, out of an exported journal alone: its records, the catalogue, the calendar, no hub."""
import datetime
import json

from center import days_worked

EPOCH = datetime.date(1970, 1, 1)


def records(path):
    """The journal's records in order, as the file for strangers has them."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            if "record" in found:
                yield json.loads(found["record"]["text"])


def recount(path, center):
    """{accepted, decided, on_the_spot, on_time, ahead, months} as a plan expects them."""
    days = {day: i for i, day in enumerate(days_worked(center.calendar))}
    spot, promise = {s["id"] for s in center.spot}, {s["id"]: s["limits"]["promised"]["length"] for s in center.services}
    received, sums, months = {}, dict.fromkeys(("accepted", "decided", "on_the_spot", "on_time", "ahead"), 0), {}
    for record in records(path):
        for event in record.get("events", ()):
            day = EPOCH + datetime.timedelta(event["day"])
            month = months.setdefault(str(day)[:7], {"received": 0, "decided": 0, "on_the_spot": 0, "ahead": 0})
            if event["type"] == "received":
                received[record["number"]] = (event["service"], day)
                month["received"] += 1
                sums["accepted"] += event.get("notice") == "accepted"
            if event["type"] == "decided":
                service, came = received[record["number"]]
                left = days[came] + promise[service] - days[day]  # working days to the promised one
                found = {"decided": 1, "on_the_spot": service in spot and day == came, "ahead": left > 0}
                for name, value in found.items():
                    month[name] += value
                    sums[name] += value
                sums["on_time"] += left >= 0
    return {**sums, "months": {m: row for m, row in months.items() if row["received"] or row["decided"]}}
