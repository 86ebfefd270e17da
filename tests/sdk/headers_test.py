#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The installed headers compile alone and as a module, in every language and compiler at hand; so do the templates."""
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = SOURCE / "sdk" / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-fvisibility=hidden"]
LANGUAGES = [("gcc", "c11", "c.c"), ("gcc", "c17", "c.c"), ("clang", "c11", "c.c"), ("clang", "c17", "c.c"),
             ("g++", "c++17", "cxx.cc"), ("g++", "c++20", "cxx.cc"), ("clang++", "c++17", "cxx.cc"),
             ("clang++", "c++20", "cxx.cc")]


def compile_text(compiler, standard, text, language):
    command = [compiler, f"-std={standard}", *WARNINGS, f"-I{INCLUDE}", "-fsyntax-only", "-x", language, "-"]
    return subprocess.run(command, input=text, text=True, capture_output=True)


def templates():
    """What `plugin new` writes in C, filled in."""
    for path in sorted((SOURCE / "sdk" / "template").glob("c-*/*.c")):
        built = '#define ONEDOOR_MODULE_ID "gov.water"\n#define ONEDOOR_MODULE_VERSION "1.0.0"\n'
        yield path.parent.name, built + path.read_text().replace("@NAME@", "water").replace("@ID@", "gov.water")


def main():
    failed, ran, absent = [], 0, set()
    for compiler, standard, module in LANGUAGES:
        if shutil.which(compiler) is None:
            absent.add(compiler)
            continue
        language = "c++" if standard.startswith("c++") else "c"
        texts = {str(header.relative_to(INCLUDE)): f"#include <{header.relative_to(INCLUDE)}>\n"
                 for header in sorted(INCLUDE.rglob("*.h"))}
        if language == "c":
            texts |= dict(templates())
        texts[module] = (SOURCE / "tests" / "sdk" / "modules" / module).read_text()
        for name, text in texts.items():
            done = compile_text(compiler, standard, text, language)
            ran += 1
            if done.returncode != 0:
                failed.append(f"{compiler} -std={standard} {name}:\n{done.stderr}")
    allowed = {"<stddef.h>", "<stdint.h>"}
    for header in INCLUDE.rglob("*.h"):
        for line in header.read_text().splitlines():
            if line.startswith("#include") and line.split()[1] not in allowed and "<onedoor/" not in line:
                failed.append(f"{header.name} includes {line.split()[1]}")
    print("\n".join(failed) or f"{ran} compilations passed" + "".join(f", skipped: no {c}" for c in sorted(absent)))
    return 1 if failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
