#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed_openapi.py YAML C: the OpenAPI description as a C array of compact JSON."""
import json
import sys

import yaml


def main(source, target):
    with open(source, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), ensure_ascii=False, separators=(",", ":"))
    data = text.encode("utf-8")
    rows = [", ".join(str(byte) for byte in data[at:at + 20]) for at in range(0, len(data), 20)]
    with open(target, "w", encoding="ascii") as file:
        file.write('/* Generated from docs/openapi.yaml. */\n#include "front/openapi.h"\n\n')
        file.write("const size_t front_openapi_size = %d;\n" % len(data))
        file.write("const unsigned char front_openapi[] = {\n    " + ",\n    ".join(rows) + "\n};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
