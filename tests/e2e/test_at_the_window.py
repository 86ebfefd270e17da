# SPDX-License-Identifier: Apache-2.0
"""What a clerk does on the pages of an application, without a script: puts on record that a notice was told in person, uploads
for the applicant; and finds a service among many."""
import json
import re
import subprocess

from hub import BUILD, center, matter, service, text
from test_forms import form, page_of, part, send
from test_materials import PNG, Desk, a_center, document
from test_notices_told import replays

MANY = 64  # services: more than a page of the API holds


def english(hub, path):
    return hub.get(path, headers={"Accept-Language": "en"})


def post(hub, path, fields):
    return hub.request("POST", path, "&".join(f"{key}={value}" for key, value in fields.items()).encode(),
                       headers={"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"})


def told_center(folder):
    config = a_center(folder)
    path = folder / "catalog" / "all.json"
    catalog = json.loads(path.read_text())
    for each in catalog["services"]:
        each["limits"]["supplement"] = {"unit": "working_day", "length": 10, "start": "told"}
    path.write_text(json.dumps(catalog, ensure_ascii=False))
    return config


def test_told_and_supplied_at_the_window(tmp_path):
    with Desk(tmp_path, told_center(tmp_path)) as hub:
        number = hub.submit({"service": "two", "applicant": {"kind": "person", "name": "王小明"}, "form": {}, "materials": []}).json["number"]
        notice = hub.get(f"/v1/applications/{number}/notices").json["items"][-1]
        page = page_of(english(hub, f"/applications/{number}"))
        assert f'name="second" value="{notice["seq"]}"' in page and "Record that this was told in person" in page
        future = post(hub, f"/applications/{number}/told", {"second": notice["seq"], "to": "applicant", "at": "2999-01-01T10:00"})
        assert future.status == 422 and "may not lie in the future" in page_of(future)
        done = post(hub, f"/applications/{number}/told", {"second": notice["seq"], "to": "agent", "window": "3", "at": ""})
        assert (done.status, done.headers["Location"]) == (303, f"/applications/{number}?done=told")
        told = hub.get(f"/v1/applications/{number}/notices").json["items"][-1]["told_in_person"]
        assert (told["by"], told["to"], told["window"]) == ("all", "agent", "3") and told["until"]
        clock = next(c for c in hub.get(f"/v1/applications/{number}/clocks").json["clocks"] if c["of"] == "supplement")
        assert (clock["state"], clock["told_by"], clock["due"]) == ("running", "receipt", told["until"])
        page = page_of(english(hub, f"/applications/{number}"))
        assert "Told in person" in page and f'name="second" value="{notice["seq"]}"' not in page, "each once"
        again = hub.post(f"/v1/applications/{number}/notices/{notice['seq']}/told")
        assert again.status == 200 and again.json["told_in_person"] == told
        assert hub.post(f"/v1/applications/{number}/notices/999999/told").status == 404
        types = [event["type"] for event in hub.get(f"/v1/applications/{number}/events").json["items"]]
        assert types.count("told_in_person") == types.count("told") == 1
        line = subprocess.run([str(BUILD / "bin" / "onedoor"), "--url", hub.address, "--api-key", hub.key, "--lang", "en", "told", number, str(notice["seq"])],
                              capture_output=True, text=True)
        assert line.returncode == 0 and "on record" in line.stdout, line.stderr
        code = hub.get(f"/v1/applications/{number}").json["code"]
        seen = hub.post("/v1/track", {"number": number, "code": code, "explain": True}).json["notices"][-1]["told_in_person"]
        assert seen["at"] == told["at"] and "by" not in seen, "who told it is nobody's business outside"
        replays(hub, number)
        supply(hub, number)


def supply(hub, number):
    """The files of the front desk go the way of the applicant's own."""
    where = f"/applications/{number}/documents"
    page = page_of(english(hub, f"/applications/{number}"))
    assert f'action="{where}"' in page and 'type="file" id="d.plan" name="d.plan"' in page
    sent = send(hub, where, form(part("d.plan", document(), "计划.pdf", "application/pdf"), part("d.photo", document(2000), "p.png", "image/png")))
    assert sent.status == 415 and 'aria-describedby="e.d.photo"' in page_of(sent) and "计划.pdf" in page_of(sent), "one is taken, one is not"
    none = send(hub, where, form())
    assert none.status == 422 and ("No file was chosen" in page_of(none) or "没有选择文件" in page_of(none))
    done = send(hub, where, form(part("d.photo", PNG, "p.png", "image/png")))
    assert (done.status, done.headers["Location"]) == (303, f"{where}?done=upload")
    assert hub.show(number)["status"] == "in_review"
    page = page_of(english(hub, where))
    named = hub.get(f"/v1{where.replace('/documents', '/materials')}").json["items"][0]["material_name"]
    assert named["en"] in page and named["zh-CN"] in page_of(hub.get(where, headers={"Accept-Language": "zh-CN"}))
    key, hub.key = hub.key, None
    assert send(hub, where, form(part("d.plan", document(seed=4), "b.pdf", "application/pdf"))).status in (401, 403, 303)
    hub.key = key
    assert len(hub.get(f"/v1/applications/{number}/materials").json["items"]) == 2, "nobody else adds any"


def many_center(folder):
    matters = [matter(f"m{i}", "fire" if i % 2 else "water", after=[]) for i in range(MANY)]
    return center(folder, ["fire", "water"], matters, [service(f"s{i}", [f"m{i}"], name=text(f"服务{i}", f"Service {i}")) for i in range(MANY)])


def options(page, name):
    return re.findall(r'<option value="([^"]+)"', re.search(rf'<select id="{name}".*?</select>', page, re.S)[0])


def test_a_service_is_found_among_many(tmp_path):
    with Desk(tmp_path, many_center(tmp_path)) as hub:
        page = page_of(english(hub, "/applications?happened=decided&on=2026-01-26"))
        assert 'name="happened" value="decided"' in page and "choose a department first" not in page, "there is none to choose"
        for path in ("/applications", "/register"):
            page = page_of(english(hub, path))
            assert options(page, "service") == [] and "choose a department first" in page and sorted(options(page, "department")) == ["fire", "water"]
            page = page_of(english(hub, f"{path}?department=fire"))
            assert len(options(page, "service")) == MANY // 2 and "choose a department first" not in page and f'<a href="{path}">Clear the filters' in page
            page = page_of(english(hub, f"{path}?service=s60"))
            assert options(page, "service") == ["s60"] and 'value="s60" selected' in page and "Nothing fits these filters" in page
            assert len(page) < 40_000
            assert english(hub, f"{path}?service=nonesuch").status == english(hub, f"{path}?department=nonesuch").status == 422
