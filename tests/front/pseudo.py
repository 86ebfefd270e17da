# SPDX-License-Identifier: Apache-2.0
"""pseudo.py CONSOLE FOLDER: the catalogues of the console and one more, of a made-up language: one file, one line."""
import os
import shutil
import sys

sys.path.insert(0, sys.argv[1])
import texts  # noqa: E402

folder = sys.argv[2]
os.makedirs(folder, exist_ok=True)
shutil.copy(texts.SOURCE, folder)
catalogue = texts.read(texts.SOURCE)
catalogue.metadata["Language"] = "qps"
for entry in catalogue:
    entry.msgstr = "[" + entry.msgid + "]"
with open(os.path.join(folder, "qps.po"), "w", encoding="utf-8") as file:
    file.write(texts.form(catalogue))
with open(texts.LINGUAS, encoding="utf-8") as file:
    lines = file.read()
with open(os.path.join(folder, "LINGUAS"), "w", encoding="utf-8") as file:
    file.write(lines + "qps qps.po en [Pseudo]\n")
