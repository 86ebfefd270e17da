# SPDX-License-Identifier: Apache-2.0
"""Files in the forms of pages: taken as from any door, kept when the form comes back, refused beside their field; and nothing
that a browser would never send gets further than the form."""
import os
import re
import socket
import struct
import time
from urllib.parse import quote, urlencode

import crash_raw as raw
import pytest
from test_disk import small_disk
from test_materials import EICAR, PNG, Desk, Scanner, a_center, document, sha256

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
APPLICANT = {"kind": "person", "name": "王小明"}


def part(name, content, file=None, media_type=None):
    head = f'Content-Disposition: form-data; name="{name}"'
    if file is not None:
        head += '; filename="%s"' % file.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head += f"\r\nContent-Type: {media_type}" if media_type else ""
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"


def form(*parts):
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def fields(values):
    return [part(name, value) for name, value in values.items()]


def send(hub, path, body, headers=None):
    return hub.request("POST", path, body, headers={"Content-Type": FORM, "Accept-Language": "en", **(headers or {})})


def page_of(answer):
    return answer.raw.decode()


def key_of(page):
    return re.search(r'name="key" value="([0-9a-f]{32})"', page)[1]


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, a_center(tmp_path)) as hub:
        yield hub
        assert hub.stop() == 0
        log = (hub.folder / "hub.log").read_text(errors="replace")
        assert "Sanitizer" not in log and "Assertion" not in log, log[-3000:]


def start(hub):
    page = page_of(hub.get("/apply/two", headers={"Accept-Language": "en"}))
    assert 'enctype="multipart/form-data"' in page and 'type="file" id="d.plan" name="d.plan"' in page
    return key_of(page)


def number_of(answer):
    assert answer.status == 200, answer.raw
    return re.search(r'id="receipt-number">([^<]+)<', page_of(answer))[1], re.search(r'id="receipt-code">([^<]+)<', page_of(answer))[1]


def test_a_form_brings_its_documents(desk):
    """Fields and files in one form, without a script: the application has them under their names."""
    plan, name = document(), '图纸 🗺️ "A".pdf'
    values = {"key": start(desk), "kind": "person", "name": "王小明", "agent.name": "李四"}
    sent = send(desk, "/apply/two", form(*fields(values), part("d.plan", plan, name, "application/pdf"), part("d.photo", PNG, "p.png", "image/png"),
                                         part("d.power-of-attorney", document(seed=7), "委托书.pdf", "application/pdf"),
                                         part("d.meter", "", "", "application/octet-stream")))
    number, _ = number_of(sent)
    assert desk.show(number)["status"] == "in_review"
    items = desk.get(f"/v1/applications/{number}/materials").json["items"]
    assert {i["material"]: (i["name"], i["sha256"], i["state"]) for i in items} == {
        "plan": (name, sha256(plan), "stored"), "photo": ("p.png", sha256(PNG), "stored"),
        "power-of-attorney": ("委托书.pdf", sha256(document(seed=7)), "stored")}
    assert desk.get(f"/v1/applications/{number}/materials/plan.1/content").raw == plan
    again = send(desk, "/apply/two", form(*fields(values), part("d.plan", plan, name, "application/pdf"), part("d.photo", PNG, "p.png", "image/png"),
                                          part("d.power-of-attorney", document(seed=7), "委托书.pdf", "application/pdf")))
    assert number_of(again)[0] == number, "sent twice it is one application"
    desk.nothing_is_left(sha256(plan), sha256(PNG), sha256(document(seed=7)))


def test_what_was_typed_and_uploaded_is_kept(desk):
    """One file of two is refused: the form comes back with everything typed, the other file and why."""
    values = {"key": start(desk), "kind": "person", "name": "王 <小明>", "phone": "571"}
    sent = send(desk, "/apply/two", form(*fields(values), part("d.plan", document(), "a.pdf", "application/pdf"),
                                         part("d.photo", b"MZ\x90\0" + bytes(5000), "p.png", "image/png")))
    assert sent.status == 415
    page = page_of(sent)
    assert 'value="王 &lt;小明&gt;"' in page and 'value="571"' in page
    assert f'name="u.plan" value="{sha256(document())}" checked' in page and 'name="n.plan" value="a.pdf"' in page
    assert 'href="#d.photo"' in page and 'aria-describedby="e.d.photo"' in page and "p.png" in page
    assert "its content is not" in page and f'name="key" value="{values["key"]}"' in page
    assert desk.get("/v1/applications").json["items"] == [], "nothing was submitted"
    kept = {**values, "u.plan": sha256(document()), "n.plan": "a.pdf"}
    looked = send(desk, "/apply/two", form(*fields({**kept, "look": "1"}), part("d.photo", PNG, "p.png", "image/png")))
    assert looked.status == 200 and f'name="u.photo" value="{sha256(PNG)}"' in page_of(looked) and 'id="preview"' in page_of(looked)
    number, _ = number_of(send(desk, "/apply/two", form(*fields({**kept, "u.photo": sha256(PNG), "n.photo": "p.png"}))))
    assert {i["id"]: i["state"] for i in desk.get(f"/v1/applications/{number}/materials").json["items"]} == {"plan.1": "stored", "photo.1": "stored"}
    plain = desk.request("POST", "/apply/two", urlencode({**values, "key": start(desk), "m.plan": "1", "m.photo": "1"}).encode(),
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert plain.status == 200, "a form without files is what it was"


def applied(desk, *materials):
    made = desk.submit({"service": "two", "applicant": APPLICANT, "form": {}, "materials": [{"material": id} for id in materials]}).json
    return made["number"], made["code"]


def citizen(number, code):
    return {"Cookie": f"onedoor_track={number}.{code}", "Authorization": ""}


def test_an_applicant_supplies_what_is_asked_for_online(desk):
    number, code = applied(desk)
    other, other_code = applied(desk)
    desk.key, mine = None, {"Cookie": f"onedoor_track={number}.{code}"}
    page = page_of(desk.get(f"/track/{number}", headers={**mine, "Accept-Language": "en"}))
    assert f'action="/track/{number}/documents"' in page and 'name="d.plan"' in page and 'name="d.photo"' in page
    where = f"/track/{number}/documents"
    sent = send(desk, where, form(part("d.plan", document(), "计划.pdf", "application/pdf"), part("d.photo", document(2000), "p.png", "image/png")), mine)
    assert sent.status == 415, "one is taken, one is not"
    assert 'aria-describedby="e.d.photo"' in page_of(sent) and 'name="d.plan"' not in page_of(sent) and "计划.pdf" in page_of(sent)
    refused = send(desk, where, form(part("d.plan", document(seed=2), "b.pdf", "application/pdf")), mine)
    assert refused.status == 422 and "not asked for" in page_of(refused), "only what is asked for"
    done = send(desk, where, form(part("d.photo", PNG, "p.png", "image/png")), mine)
    assert (done.status, done.headers["Location"]) == (303, f"/track/{number}?done=supplement")
    nothing = send(desk, where, form(part("d.photo", "", "", "application/octet-stream")), mine)
    assert (nothing.status, nothing.headers["Location"]) == (303, f"/track/{number}")
    for cookie in ({}, {"Cookie": f"onedoor_track={number}.WRONGCODE0"}, {"Cookie": f"onedoor_track={other}.{other_code}"}):
        stranger = send(desk, where, form(part("d.photo", PNG, "p.png", "image/png")), cookie)
        assert stranger.status in (200, 401, 404) and 'id="number"' in page_of(stranger), "no code, a wrong one, one of another application"
    desk.key = desk.secret_of("root")
    assert desk.show(number)["status"] == "in_review"
    assert [(i["id"], i["by"]) for i in desk.get(f"/v1/applications/{number}/materials").json["items"]] == [("plan.1", "citizen"), ("photo.1", "citizen")]
    assert desk.get(f"/v1/applications/{other}/materials").json["items"] == []


def test_a_page_of_another_site_sends_no_files(desk):
    number, code = applied(desk)
    for path, cookie in (("/apply/two", {}), (f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"})):
        answer = send(desk, path, form(part("d.plan", document(), "a.pdf", "application/pdf")), {"Origin": "https://evil.example", **cookie})
        assert answer.status == 403, path
    desk.nothing_is_left()
    desk.key = None
    assert send(desk, "/apply/two", form(*fields({"key": "0" * 32, "name": "x"}), part("d.plan", document(), "a.pdf", "application/pdf"))).status in (403, 401)
    desk.nothing_is_left()
    assert send(desk, "/ask", form(*fields({"text": "x"}))).status == 415, "no other page takes files"


def test_names_of_files_are_data(desk):
    number, code = applied(desk)
    where, mine = f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"}
    for name in ("../../etc/passwd", "a/b.pdf", "C:\\fakepath\\a.pdf", "a\r\nb.pdf", "invoice\u202efdp.exe", "\ufeff.pdf", "..", "a" * 256, " "):
        answer = send(desk, where, form(part("d.plan", document(), name, "application/pdf")), mine)
        assert answer.status == 422 and "name" in page_of(answer), name
    raw_name = b'--%s\r\nContent-Disposition: form-data; name="d.plan"; filename="\xff\xfe.pdf"\r\n\r\n%%PDF\r\n' % BOUNDARY.encode()
    assert send(desk, where, raw_name + form(), mine).status in (400, 422)
    desk.nothing_is_left()
    for i, name in enumerate(("營業執照（副本）.pdf", "👨‍👩‍👧.pdf", "שלום.pdf", "%2e%2e%2fx.pdf", "$(reboot).pdf", "a" * 251 + ".pdf")):
        number, code = applied(desk)
        sent = send(desk, f"/track/{number}/documents", form(part("d.plan", document(seed=i), name, "application/pdf")),
                    {"Cookie": f"onedoor_track={number}.{code}"})
        assert sent.status == 303, (name, page_of(sent))
        assert desk.get(f"/v1/applications/{number}/materials").json["items"][0]["name"] == name


def test_wrong_documents_in_a_form(desk):
    number, code = applied(desk)
    where, mine = f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"}
    import io
    import zipfile
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for i in range(4):
            file.writestr(f"lib{i}.zip", bytes(1 << 20))
    rows = [(415, "a.zip", "application/x-zip-compressed", stream.getvalue(), "a zip bomb"),
            (415, "a.pdf", "application/pdf", stream.getvalue(), "a zip bomb under another name"),
            (415, "a.pdf", "application/pdf", PNG, "a picture that is said to be a letter"),
            (415, "a.html", "text/html", b"<script>alert(1)</script>", "a kind that is never taken"),
            (415, "a", "", b"\x7fELF" + bytes(500), "a program without a word"),
            (422, "a.pdf", "application/pdf", b"", "0 bytes"),
            (413, "p.png", "image/png", PNG + bytes(5001 - len(PNG)), "the material's limit + 1")]
    for status, name, media_type, content, why in rows:
        field = "d.photo" if status == 413 else "d.plan"
        answer = send(desk, where, form(part(field, content, name, media_type)), mine)
        assert answer.status == status and f'id="e.{field}"' in page_of(answer), (why, answer.status)
    large = send(desk, where, form(part("d.photo", PNG + bytes(6 << 20), "p.png", "image/png")), mine)
    assert large.status == 413 and 'id="e.d.photo"' in page_of(large), "what is left of it is read, so that the page comes"
    unknown = send(desk, where, form(part("d.nonesuch", document(), "a.pdf", "application/pdf")), mine)
    assert unknown.status == 422
    desk.nothing_is_left()
    csv = send(desk, where, form(part("d.plan", "a;b\r\n1;2\r\n", "a.csv", "application/vnd.ms-excel")), mine)
    assert csv.status == 303, "a table under the name that a browser gives it"


def test_forms_that_no_browser_sends(desk):
    number, code = applied(desk)
    where, mine = f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"}
    plan = part("d.plan", document(), "a.pdf", "application/pdf")
    rows = [(400, b"", "nothing"),
            (400, b"hello", "no form"),
            (400, plan, "no end"),
            (400, plan + part("x", "y") + form() + b"more", "something behind it"),
            (400, part("other", document(), "a.pdf", "application/pdf") + form(), "a file of no material"),
            (400, plan + plan + form(), "two files of one field"),
            (400, part("a", "1") + part("a", "2") + form(), "one field twice"),
            (400, part("a", b"\xff\xfe") + form(), "no UTF-8"),
            (400, part("d.plan", "x", "", "application/pdf") + form(), "a file without a name"),
            (413, part("a", "x" * (64 * 1024)) + form(), "64 KiB and a name"),
            (413, b"".join(part(f"f{i}", "") for i in range(1025)) + form(), "a part too many"),
            (413, part("a" + "x" * 5000, "1") + form(), "a head too long"),
            (413, b"".join(part(f"d.x{i}", document(), "a.pdf", "application/pdf") for i in range(33)) + form(), "a file too many")]
    for status, body, why in rows:
        answer = send(desk, where, body, mine)
        assert answer.status == status, (why, answer.status)
    assert send(desk, where, part("a", "x" * (64 * 1024 - 1)) + form(), mine).status == 303, "the most that is typed"
    for type in ("multipart/form-data", f"multipart/form-data; boundary={'x' * 71}", 'multipart/form-data; boundary="a b"'):
        assert desk.request("POST", where, form(plan), headers={"Content-Type": type, **mine}).status == 400, type
    assert desk.parts() == []


def open_form(hub, where, mine, length, *more):
    client = raw.connect(hub, timeout=20)
    client.sendall(f"POST {where} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nCookie: {mine['Cookie']}\r\nAccept-Language: en\r\n"
                   .encode() + (b"Content-Length: %d\r\n" % length if length is not None else b"Transfer-Encoding: chunked\r\n") + b"".join(more) + b"\r\n")
    return client


def answer_of(client):
    data = b""
    while b"\r\n\r\n" not in data and (piece := client.recv(65536)):
        data += piece
    return data


def wait_for_part(hub):
    until = time.monotonic() + 10
    while not hub.parts() and time.monotonic() < until:
        time.sleep(0.01)
    assert hub.parts()


def test_forms_too_large_or_broken_off(desk):
    number, code = applied(desk)
    where, mine = f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"}
    for length in (5 << 30, (1 << 30) + 1):
        with open_form(desk, where, mine, length, b"Expect: 100-continue\r\n") as client:
            answer = answer_of(client)
            assert answer.startswith(b"HTTP/1.1 413 ") and b"100 Continue" not in answer, "refused before a byte of it is read"
    with open_form(desk, where, mine, 1 << 30, b"Expect: 100-continue\r\n") as client:
        assert answer_of(client).startswith(b"HTTP/1.1 100 "), "the limit"
    head = part("d.plan", b"", "a.pdf", "application/pdf")[:-2]
    for cut in (0, 40, len(head), len(head) + 5000, len(head) + 100000):
        with open_form(desk, where, mine, 400000) as client:
            client.sendall((head + document(300000))[:cut])
            if cut > len(head):
                wait_for_part(desk)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
        desk.nothing_is_left()
    with open_form(desk, where, mine, None) as client:
        client.sendall(b"%x\r\n" % len(head) + head + b"\r\nzz\r\n")
        assert answer_of(client).startswith(b"HTTP/1.1 400 ")
    desk.nothing_is_left()
    client = open_form(desk, where, mine, 20000000)
    client.sendall(head + document(500000))
    wait_for_part(desk)
    desk.kill()
    client.close()
    desk.start()
    desk.nothing_is_left()
    assert send(desk, where, form(part("d.plan", document(), "a.pdf", "application/pdf")), mine).status == 303, "it goes on"


def test_the_same_file_from_many_at_once(desk):
    """One content in ten forms at a time, cut so that they interleave: kept once, each has it."""
    mine = [applied(desk) for _ in range(10)]
    body = form(part("d.plan", document(400000), "a.pdf", "application/pdf"))
    clients = [open_form(desk, f"/track/{number}/documents", {"Cookie": f"onedoor_track={number}.{code}"}, len(body)) for number, code in mine]
    for at in range(0, len(body), 50000):
        for client in clients:
            client.sendall(body[at:at + 50000])
    for client in clients:
        assert answer_of(client).startswith(b"HTTP/1.1 303 ")
        client.close()
    desk.nothing_is_left(sha256(document(400000)))
    for number, _ in mine:
        assert [i["id"] for i in desk.get(f"/v1/applications/{number}/materials").json["items"]] == ["plan.1"]


def test_a_large_file_in_a_form_needs_no_memory(tmp_path):
    desk = Desk(tmp_path, a_center(tmp_path))
    desk.environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
    with desk:
        number, code = applied(desk)
        desk.upload("/v1/materials", document())
        before = desk.rss_mib()
        content = b"%PDF-1.7\n" + os.urandom(1 << 20) * 30
        sent = send(desk, f"/track/{number}/documents", form(part("d.plan", content, "a.pdf", "application/pdf")), {"Cookie": f"onedoor_track={number}.{code}"})
        assert sent.status == 303
        assert desk.rss_mib() - before < 16
        assert desk.get(f"/v1/applications/{number}/materials/plan.1/content").raw == content


def test_a_full_disk_refuses_the_file_and_keeps_the_form(tmp_path):
    """What cannot be written is refused beside its field; nothing of it stays, and everything else goes on."""
    config = a_center(tmp_path)
    with small_disk(tmp_path / "data", "24m"), Desk(tmp_path, config) as hub:
        refused, kept = None, []
        for seed in range(30):
            values = {"key": start(hub), "kind": "person", "name": "王小明"}
            answer = send(hub, "/apply/two", form(*fields({**values, "look": "1"}), part("d.plan", document(2 << 20, seed), "a.pdf", "application/pdf")))
            if "u.plan" not in page_of(answer):
                refused = answer
                break
            kept.append(sha256(document(2 << 20, seed)))
        assert refused is not None and len(kept) >= 2
        page = page_of(refused)
        assert 'id="e.d.plan"' in page and "disk is full" in page and 'value="王小明"' in page
        submitted = send(hub, "/apply/two", form(*fields(values), part("d.plan", document(2 << 20, 99), "a.pdf", "application/pdf")))
        assert submitted.status == 503 and "disk is full" in page_of(submitted)
        hub.nothing_is_left(*kept)
        assert applied(hub)[0], "what documents leave free is enough to work with"
