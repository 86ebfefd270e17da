# SPDX-License-Identifier: Apache-2.0
"""The pages that no address shows: what the console answers a form with. Those with an address stand in pages.py."""
import re

# name: (class, where the form stands, its selector, what is filled in, name=value of the button). {name} is a name of the
# filled center, or the language; "f.*" stands for the fields of the service's example, "m.*" for all of its materials.
# Nothing here changes what the other pages show in a way that a second language would miss.
SENT = {
    "apply-preview": ("citizen", "/apply/open-restaurant", "form.apply", {"name": "王小明", "f.premises_area_m2": "312", "f.seats": "80"}, ("look", "1")),
    "apply-fault": ("citizen", "/apply/open-restaurant", "form.apply", {"name": "王小明", "f.seats": "6000"}, None),
    "receipt": ("citizen", "/apply/nurse", "form.apply", {"name": "王小明", "f.*": "example", "m.*": "1"}, None),
    "receipt-incomplete": ("citizen", "/apply/nurse", "form.apply", {"name": "李雷", "f.*": "example"}, None),
    "track-wrong": ("citizen", "/track", "main form", {"number": "20261129-000001-4", "code": "AAAAAAAAAA"}, None),
    "letter-fault": ("citizen", "/ask", "main form", {"text": "a", "phone": "x"}, None),
    "letter-sent": ("citizen", "/complain", "main form", {"text": "排队两小时。I queued for two hours."}, None),
    "reply": ("citizen", "/reply", "main form", {"id": "{replied}", "code": "{replied.code}"}, None),
    "evaluate-fault": ("citizen", "/evaluate", "main form", {"number": "20261129-000001-4", "code": "A"}, None),
    "kiosk-fault": ("kiosk", "/kiosk?window=3", "form", {"number": "20261129-000001-4", "attitude": "5", "ability": "5"}, None),
    "kiosk-thanks": ("kiosk", "/kiosk?window=9-{language}", "form", {"number": "{decided}", "attitude": "1", "ability": "2"}, None),
    "worklist-fault": ("staff", "/worklist", "main form[method=post]", {}, ("act", "claim")),
    "worklist-several": ("staff", "/worklist", "main form[method=post]", {"t.{taken}": "1"}, ("act", "claim")),
    "task-fault": ("staff", "/tasks/{task}", "form[action$='/opinion']", {"opinion": "reject"}, None),
    "concern-fault": ("staff", "/concerns/{complaint}", "form[action$='/reply']", {"text": " ", "upheld": "no"}, None),
    "catalog-plan": ("staff", "/catalog", "form[action='/catalog']", {}, None),
    "connectors-fault": ("staff", "/connectors", "form[action='/connectors']", {"id": "x", "module": "hello-1.0.0", "config": "{,}"}, None),
    "connector-plan": ("staff", "/connectors", "form[action='/connectors']",
                       {"id": "x", "department": "education", "module": "hello-1.0.0", "config": '{"max_area_m2": 400}'}, None),
    "connector-upgrade": ("staff", "/connectors/fire", "form[action$='/upgrade']", {"module": "hello-1.0.0"}, None),
    "key-made": ("staff", "/keys", "form[action='/keys']", {"id": "key-{language}", "role-officer": "1", "department": "fire"}, None),
    "sign-in-wrong": ("citizen", "/sign-in", "main form", {"key": "nonsense"}, None),
}


def named(text, names):
    """text with {name} replaced by what bears that name; other braces stay."""
    return re.sub(r"\{([a-z_.]+)\}", lambda match: names[match[1]], text)
