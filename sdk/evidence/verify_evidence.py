#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verify a file that onedoor exported, with Python's standard library alone. Format: docs/evidence.md.

    python3 verify_evidence.py FILE [--key KEY|FILE.pub]      exit code 0: sound, 1: not
"""
import base64
import hashlib
import json
import os
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


# -- Ed25519, RFC 8032 section 5.1: slow and plain ------------------------------------------------
def add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    result = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def decode(data):
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and data[31] >> 7):
        return None
    x = P - x if x & 1 != data[31] >> 7 else x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    a, r, s = decode(key), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(key) != 32 or len(signature) != 64 or a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# -- The file -------------------------------------------------------------------------------------
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def u64(number):
    return (number % 2**64).to_bytes(8, "little")


def root_of(path, leaf, index, count):
    """RFC 9162 section 2.1.3.2."""
    found, last = sha(b"\0", leaf), count - 1
    for step in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = sha(b"\1", step, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = sha(b"\1", found, step)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


class Fault(Exception):
    pass


def need(is_fine, what):
    if not is_fine:
        raise Fault(what)


def read_key(text):
    if os.path.exists(text):
        with open(text) as file:
            text = file.read()
    lines = [line for line in text.split("\n") if line and not line.startswith("-----")]
    data = bytes.fromhex(lines[0]) if len(lines[0]) == 64 else base64.b64decode("".join(lines))
    return data[-32:]


class Verifier:
    def __init__(self, trusted):
        self.trusted, self.notes, self.hash, self.seq, self.records, self.unsealed, self.document = trusted, {}, bytes(32), 0, 0, 0, None

    def head(self, head):
        need(head["version"] == 1, "another version of the format")
        self.kind, self.id, self.key = head["kind"], head.get("application"), base64.b64decode(head["key"])
        need(self.trusted is None or self.key == self.trusted, "the file is signed by another key")

    def checkpoint(self, item):
        words = dict(line.split(" ", 1) for line in item["note"].splitlines()[1:])
        key = base64.b64decode(words["key"])
        need(self.trusted is None or key == self.trusted, "a checkpoint is signed by another key")
        need(is_signed(key, item["note"].encode(), base64.b64decode(item["signature"])), "a checkpoint is not signed")
        first, last = map(int, words["records"].split())
        self.notes[int(words["number"])] = (first, last, bytes.fromhex(words["hash"]), bytes.fromhex(words["root"]))

    def record(self, item):
        text, whole = item["text"].encode(), self.kind == "journal"
        need(item["seq"] == self.seq + 1 if whole else item["seq"] > self.seq and item["application"] == self.id, f"record {item['seq']} is out of place")
        previous = self.hash if whole else bytes.fromhex(item["previous"])
        self.seq, self.hash = item["seq"], sha(previous, u64(item["seq"]), u64(item["application"]), u64(item["at_ms"]), text)
        self.records += 1
        need(self.hash.hex() == item["hash"], f"record {self.seq} is not what was written")
        if whole:
            need(all(self.hash == head for _, last, head, _ in self.notes.values() if last == self.seq), f"another checkpoint at record {self.seq}")
        elif "checkpoint" in item:
            first, last, _, root = self.notes[item["checkpoint"]]
            path = [bytes.fromhex(step) for step in item["path"]]
            need(first <= self.seq <= last and root_of(path, self.hash, self.seq - first, last - first + 1) == root,
                 f"record {self.seq} is not under its checkpoint")
        else:
            self.unsealed += 1
        for event in json.loads(text).get("events", []):
            self.document = event.get("document", self.document) if event.get("type") == "received" else self.document

    def quoted(self, kind, item):
        need(kind != "document" or item["hash"] == self.document, "another document than was received")
        if "text" in item:
            need(sha(bytes.fromhex(item["salt"]), item["text"].encode()).hex() == item["hash"], f"a {kind} is not what was quoted")

    def line(self, item):
        kind = next(iter(item))
        if kind in ("document", "entry"):
            self.quoted(kind, item[kind])
        elif kind not in ("catalog", "state"):
            {"onedoor_evidence": self.head, "checkpoint": self.checkpoint, "record": self.record}[kind](item[kind])

    def end(self, item, lines, found):
        need(item["lines"] == lines and item["hash"] == found.hex(), "the file is not what its last line says")
        message = f"onedoor evidence file 1\nlines {lines}\nhash {found.hex()}\n".encode()
        need(is_signed(self.key, message, base64.b64decode(item["signature"])), "the file is not signed")
        need(self.kind != "journal" or all(last <= self.seq for _, last, _, _ in self.notes.values()), "a checkpoint attests more records")


def verify(path, trusted=None):
    verifier, found = Verifier(trusted), bytes(32)
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    try:
        need(len(lines) > 2 and lines[-1] == b"" and lines[-2].startswith(b'{"end":'), "the file ends before its last line")
        for line in lines[:-2]:
            need(not line.startswith(b'{"end":'), "there is more behind the last line")
            verifier.line(json.loads(line))
            found = sha(found, line + b"\n")
        verifier.end(json.loads(lines[-2])["end"], len(lines) - 2, found)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, StopIteration) as error:
        raise Fault(f"the file cannot be read: {error!r}") from None
    return verifier


def main(arguments):
    trusted = read_key(arguments[arguments.index("--key") + 1]) if "--key" in arguments else None
    try:
        verifier = verify(arguments[0], trusted)
    except Fault as fault:
        print(f"NOT SOUND: {fault}")
        return 1
    print(f"sound: {verifier.records} records, {len(verifier.notes)} checkpoints, {verifier.unsealed} not sealed yet")
    print(f"signed by {base64.b64encode(verifier.key).decode()}" + ("" if trusted else "; compare it with the key that the center publishes"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else print(__doc__) or 2)
