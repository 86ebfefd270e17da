# SPDX-License-Identifier: Apache-2.0
"""Documents and the preview on the command line: what is sent, what is printed, how it ends."""
import json

from conftest import answer
from test_cli_people import on_terminal

NUMBER = "20261129-000123-2"


def name(zh, en):
    return {"zh-CN": zh, "en": en}


def test_a_document_is_sent_as_it_is(onedoor, hub, tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "图 1.pdf").write_bytes(content)
    hub.on("POST /v1/materials", answer(201, {"id": None, "material": None, "sha256": "ab" * 32, "media_type": "application/pdf"}))
    hub.on(f"POST /v1/applications/{NUMBER}/materials",
           answer(201, {"id": "plan.2", "material": "plan", "sha256": "ab" * 32, "media_type": "application/pdf", "supplied": True}))
    said = onedoor("material", "add", tmp_path / "图 1.pdf", url=hub.url)
    assert said.code == 0 and "sha256  " + "ab" * 32 in said.out
    seen = hub.seen[-1]
    assert seen["body"] == content and seen["headers"]["Content-Type"] == "application/octet-stream"
    assert seen["path"] == "/v1/materials?name=%E5%9B%BE%201.pdf"
    said = onedoor("material", "add", tmp_path / "图 1.pdf", NUMBER, "plan", "--type", "application/pdf", "--name", "plan.pdf", url=hub.url)
    assert said.code == 0 and "plan.2" in said.out and "supplement" in said.err
    assert hub.seen[-1]["path"] == f"/v1/applications/{NUMBER}/materials?name=plan.pdf&material=plan"
    assert hub.seen[-1]["headers"]["Content-Type"] == "application/pdf"
    assert onedoor("material", "add", tmp_path / "none.pdf", url=hub.url).code == 3
    assert onedoor("material", "add", tmp_path, url=hub.url).code == 1
    assert onedoor("material", "add", tmp_path / "图 1.pdf", NUMBER, url=hub.url).code == 2
    hub.on("POST /v1/materials", answer(413, {"title": "The document is too large", "status": 413, "remedy": "Scan it at a lower resolution"}, problem=True))
    refused = onedoor("material", "add", tmp_path / "图 1.pdf", url=hub.url)
    assert refused.code == 5 and "lower resolution" in refused.err


def test_documents_are_listed_and_read(onedoor, hub, tmp_path):
    items = [{"id": "plan.1", "state": "stored", "size": 812, "media_type": "application/pdf", "name": "plan\u202e.pdf", "at": "2026-11-29T10:00:00+08:00"},
             {"id": "plan.2", "state": "declared", "size": None, "media_type": None, "name": None, "at": None}]
    hub.on(f"GET /v1/applications/{NUMBER}/materials", answer(200, {"items": items}))
    said = onedoor("material", "list", NUMBER, url=hub.url).out
    assert "plan.1" in said and "812" in said and "declared" in said and "\u202e" not in said
    said = onedoor("material", "list", NUMBER, url=hub.url, env={"LC_ALL": "zh_CN.UTF-8"}).out
    assert "已上传" in said and "已声明，未上传" in said and "declared" not in said
    assert onedoor("material", "list", NUMBER, "--json", url=hub.url).json["items"] == items
    content = bytes(range(256)) * 100
    hub.on(f"GET /v1/applications/{NUMBER}/materials/plan.1/content", answer(200, content))
    target = tmp_path / "got.pdf"
    assert onedoor("material", "get", NUMBER, "plan.1", "--output", target, url=hub.url).code == 0
    assert target.read_bytes() == content
    assert onedoor("material", "get", NUMBER, "plan.1", "--output", target, url=hub.url).code == 1, "a file that exists is kept"
    other = tmp_path / "other.pdf"
    missing = onedoor("material", "get", NUMBER, "plan.9", "--output", other, url=hub.url)
    assert missing.code == 3 and not other.exists()


def test_no_document_is_thrown_at_a_terminal(hub):
    """What a stranger handed in may hold anything; a terminal would do it."""
    hub.on(f"GET /v1/applications/{NUMBER}/materials/plan.1/content", answer(200, b"\x1b]0;mine\x07"))
    shown = on_terminal(hub.url, "material", "get", NUMBER, "plan.1", code=2)
    assert "--output FILE" in shown and "mine" not in shown and hub.seen == []


def test_a_preview_is_told_in_words(onedoor, hub, tmp_path):
    preview = {"words": name("本申请送交消防。", "This goes to Fire; promised for 2026-12-08."), "missing": [{"material": "plan", "name": name("图纸", "Plan")}],
               "errors": [{"pointer": "/form/area", "code": "required", "detail": "it is missing"}], "duplicate": {"number": NUMBER},
               "tasks": [{"order": 1, "department_name": name("消防", "Fire"), "matter_name": name("检查", "Check"), "promised_date": "2026-12-08",
                          "reason_text": name("", "area 312 m2 is more than 300")}],
               "reuse": {"materials": [{"material": "id-copy", "sha256": "cd" * 32}], "opinions": []}}
    hub.on("POST /v1/services/shop/preview", answer(200, preview))
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"service": "shop", "form": {}}))
    said = onedoor("preview", file, url=hub.url)
    assert said.code == 0
    for text in ("This goes to Fire", "312", "missing: Plan", "/form/area", NUMBER, "cd" * 32):
        assert text in said.out, text
    assert json.loads(hub.seen[-1]["body"]) == {"service": "shop", "form": {}}
    assert onedoor("preview", file, "--json", url=hub.url).json == preview
    file.write_text("{}")
    assert onedoor("preview", file, url=hub.url).code == 5
