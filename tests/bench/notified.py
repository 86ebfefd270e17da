# SPDX-License-Identifier: Apache-2.0
"""What it costs those who submit that each applicant is told by message: one connection, one submission after the other,
without and with a notifier, in turns. A submission must not wait for the disk behind the messages of earlier ones."""
import http.client
import json
import statistics
import time

import center
from hub import BenchError, Hub

SERVICE = "standing-service"  # nobody works on it: what is measured is the submission and its message
ROUNDS = 3
RATIO_MIN = 0.7


def site(build, folder, has_notifier):
    folder.mkdir()
    hub = Hub(build, folder, center.write(folder, build / "modules", False))
    path = folder / "onedoor.json"
    config = json.loads(path.read_text())
    config["connectors"] = []
    if has_notifier:
        config["connectors"] = [{"id": "teller", "module": "sim-1.0.0", "serves": "messages", "channel": "sms", "config": {}}]
    path.write_text(json.dumps(config))
    return hub


def submit(hub, seconds, run):
    """Submissions per second, and the median of one in ms."""
    body = json.dumps(center.example(SERVICE, [center.STANDING]), ensure_ascii=False).encode()
    connection = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30)
    took, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        start = time.monotonic()
        connection.request("POST", "/v1/applications", body, {
            "Authorization": f"Bearer {hub.key}", "Content-Type": "application/json", "Idempotency-Key": f"{run}-{len(took)}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise BenchError(f"a submission was answered {answer.status}")
        took.append(time.monotonic() - start)
    connection.close()
    return {"per_s": round(len(took) / seconds, 1), "p50_ms": round(1000 * statistics.median(took), 2), "count": len(took)}


def told(hub, count, timeout_s=60):
    """None of the messages is lost: all of them arrive."""
    until = time.monotonic() + timeout_s
    while hub.get("/v1/messages?state=new&limit=1")["items"] or hub.get("/v1/messages?state=waiting&limit=1")["items"] or \
            hub.get("/v1/messages?state=offered&limit=1")["items"]:
        if time.monotonic() > until:
            raise BenchError("messages stay")
        time.sleep(0.2)
    items, cursor = 0, ""
    while cursor is not None:
        page = hub.get(f"/v1/messages?state=delivered&limit=100{cursor}")
        items += len(page["items"])
        cursor = f"&cursor={page['next_cursor']}" if page.get("next_cursor") else None
    if items < count:
        raise BenchError(f"{items} of {count} messages arrived")



def run(build, folder, seed, quick, say):
    seconds, rows = 2 if quick else 5, {"without": [], "with": []}
    hubs = {"without": site(build, folder / "without", False), "with": site(build, folder / "with", True)}
    with hubs["without"], hubs["with"]:
        for turn in range(ROUNDS):
            for name, hub in hubs.items():
                say(f"{name} a notifier, round {turn + 1}")
                rows[name].append(submit(hub, seconds, f"{seed}-{turn}"))
        told(hubs["with"], sum(row["count"] for row in rows["with"]))
    best = {name: max(row["per_s"] for row in found) for name, found in rows.items()}
    return {"rounds": rows, "per_s": best, "ratio": round(best["with"] / best["without"], 3)}


def show(result):
    print(f"\nOne connection, one submission after the other: {result['per_s']['without']:.0f}/s without a notifier, "
          f"{result['per_s']['with']:.0f}/s with one: {result['ratio']:.2f} of it (>= {RATIO_MIN}): {'holds' if holds(result) else 'BROKEN'}")


def holds(result):
    return result["ratio"] >= RATIO_MIN
