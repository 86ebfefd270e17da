# SPDX-License-Identifier: Apache-2.0
"""What a module and a host know of each other, as a table: read from the headers, measured by a compiler.

A row is `kind name -> value`: the size of a struct, the offset, size and type of a field, the number of an
enumerator, the text of a constant, the prototype of a function. `growth(old, new)` names every row of the
old table that the new one changed, dropped or displaced. python3 tests/abi/layout.py [--shape] FOLDER prints a table,
or the source of a library whose debug information says the same."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# Constants that say which headers these are; a later minor is the point of the exercise.
MAY_GROW = {"OD_ABI_MINOR"}
# How a compiler is told something: no part of what crosses the line.
NO_ABI = {"OD_EXPORT", "OD_MUST_CHECK", "OD_PLUGIN"}


def headers(include):
    return sorted(path.relative_to(include).as_posix() for path in Path(include).rglob("*.h"))


def run(command, text):
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    return done.stdout


def all_of(include):
    return "".join(f"#include <{name}>\n" for name in headers(include))


def preprocessed(include):
    text = run(["gcc", "-std=c11", "-E", "-P", f"-I{include}", "-x", "c", "-"], all_of(include))
    return re.sub(r"__attribute__\s*\(\(.*?\)\)", "", text)


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def structs(text):
    """name -> [(field, type text)]"""
    found = {}
    for name, body in re.findall(r"^struct (od_\w+) \{(.*?)^\};", text, re.M | re.S):
        fields = []
        for line in (one_line(part) for part in body.split(";")):
            pointer = re.match(r"(.*)\(\*(\w+)\)(\(.*\))$", line)
            if pointer:
                fields.append((pointer.group(2), f"{pointer.group(1)}(*){pointer.group(3)}"))
            elif line:
                base, names = re.match(r"((?:const |struct |enum )*\w+)(.*)$", line).groups()
                for declarator in names.split(","):
                    stars, field, array = re.match(r"([\s*]*(?:const\s*\*)?)(\w+)(\[.*\])?$", declarator.strip()).groups()
                    fields.append((field, one_line(f"{base} {stars}{array or ''}")))
        found[name] = fields
    return found


def enumerators(text):
    return [name for body in re.findall(r"^enum od_\w+ \{(.*?)\};", text, re.M | re.S)
            for name in re.findall(r"\b(OD_\w+)\s*=", body)]


def declarations(text):
    """Rows of prototypes and of function types, which have no size."""
    rows = {}
    for kind, name, arguments in re.findall(r"static inline ([\w\s*]+?)(od_\w+)\(([^{};]*)\)\s*\{", text):
        rows[f"function {name}"] = one_line(f"{kind}({arguments})")
    for kind, name, arguments in re.findall(r"typedef ([\w\s*]+?)\(\*(od_\w+)\)\(([^;]*)\);", text):
        rows[f"callback {name}"] = one_line(f"{kind}({arguments})")
    for kind, name in re.findall(r"typedef (\w+) (od_\w+);", text):
        rows[f"scalar {name}"] = kind
    return rows


def constants(include):
    text = run(["gcc", "-std=c11", "-E", "-dM", f"-I{include}", "-x", "c", "-"], all_of(include))
    return {f"constant {name}": one_line(value)
            for name, value in re.findall(r"^#define (OD_\w+) (.+)$", text, re.M) if name not in NO_ABI}


def program(include, text):
    """C that is also C++, and prints what only a compiler knows."""
    lines = ["#include <stddef.h>", "#include <stdio.h>", all_of(include), "int main(void)", "{"]
    for name, fields in structs(text).items():
        lines.append(f'    printf("struct {name}\\t%zu\\n", sizeof(struct {name}));')
        for field, kind in fields:
            place = f"offsetof(struct {name}, {field}), sizeof(((struct {name} *)0)->{field})"
            lines.append(f'    printf("field {name}.{field}\\t%zu %zu {kind}\\n", {place});')
    for name in enumerators(text):
        lines.append(f'    printf("enumerator {name}\\t%d\\n", (int){name});')
    return "\n".join(lines + ["    return 0;", "}", ""])


def measured(include, compiler="gcc", standard="c11"):
    language = "c++" if standard.startswith("c++") else "c"
    text = preprocessed(include)
    with tempfile.TemporaryDirectory() as folder:
        binary = f"{folder}/layout"
        run([compiler, f"-std={standard}", "-w", f"-I{include}", "-x", language, "-", "-o", binary],
            program(include, text))
        out = run([binary], "")
    rows = dict(line.split("\t") for line in out.splitlines())
    rows.update(declarations(text))
    rows.update(constants(include))
    return rows


def written(rows):
    return "".join(f"{name}\t{value}\n" for name, value in sorted(rows.items()))


def shape(include):
    """A library that exports every type, for tools which read debug information."""
    text = preprocessed(include)
    lines = [all_of(include)]
    lines += [f"extern struct {name} *const shape_{name};\nstruct {name} *const shape_{name} = 0;" for name in structs(text)]
    lines += [f"extern const enum {name} shape_{name};\nconst enum {name} shape_{name} = (enum {name})0;"
              for name in re.findall(r"^enum (od_\w+) \{", text, re.M)]
    lines += [f"extern const {name} shape_{name};\nconst {name} shape_{name} = 0;"
              for name in re.findall(r"typedef [\w\s*]+\(\*(od_\w+)\)\([^;]*\);", text)]
    return "\n".join(lines) + "\n"


def read(path):
    return dict(line.rstrip("\n").split("\t", 1) for line in Path(path).read_text().splitlines() if line)


def is_appended(old, name, value):
    """A field that is new lies behind everything that its struct had, also behind its padding: an older side
    says how far it reaches by its size. A struct without a size cannot say so and never grows."""
    owner = name.split(" ")[1].split(".")[0]
    if f"struct {owner}" not in old:
        return True
    return f"field {owner}.size" in old and int(value.split()[0]) >= int(old[f"struct {owner}"])


def growth(old, new):
    """What the new table broke of the old one; [] = it is the same, or it only grew."""
    wrong = []
    for name, value in old.items():
        kind, word = name.split(" ", 1)
        have = new.get(name)
        if have is None:
            wrong.append(f"{name} is gone")
        elif kind == "struct":
            if int(have) < int(value):
                wrong.append(f"{name} shrank from {value} to {have}")
        elif word in MAY_GROW:
            if int(have.rstrip("u")) < int(value.rstrip("u")):
                wrong.append(f"{name} went back from {value} to {have}")
        elif have != value:
            wrong.append(f"{name} was {value}, is {have}")
    wrong += [f"{name} is new, in the middle" for name, value in new.items()
              if name.startswith("field ") and name not in old and not is_appended(old, name, value)]
    return wrong


if __name__ == "__main__":
    sys.stdout.write(shape(sys.argv[2]) if sys.argv[1] == "--shape" else written(measured(sys.argv[1])))
