# SPDX-License-Identifier: Apache-2.0
"""The integer arithmetic of fees against Python's Decimal: the same standards, written a second time, by exact decimals."""
import os
import random
import subprocess
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal, getcontext
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("OD_BUILD", ROOT / "build" / "release")) / "tests" / "core_fee_reckon"
MONEY_MAX = Decimal("999999999999.99")
CASES = 20_000
getcontext().prec = 80


def reckon(case):
    """As docs/fees.md says it, with decimals that never round by themselves."""
    quantity = Decimal(case["quantity"]).quantize(Decimal("0.001"), ROUND_DOWN)
    if case["started"]:
        quantity = quantity.to_integral_value(ROUND_CEILING)
    if case["kind"] == "fixed":
        total = Decimal(case["amount"])
    elif case["kind"] == "per_unit":
        total = Decimal(case["amount"]) * quantity
    else:
        total, begin = Decimal(0), Decimal(0)
        for end, money, per_unit in case["steps"]:
            end = Decimal(end) if end != "-" else Decimal("Infinity")
            total = total + Decimal(money) * (min(quantity, end) - begin) if per_unit else Decimal(money)
            if quantity <= end:
                break
            begin = end
    fee = (total * case["times"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if fee > MONEY_MAX:
        return "range"
    if case["kind"] != "fixed":
        fee = min(max(fee, Decimal(case["min"])), Decimal(case["max"]))
    off = Decimal(0)
    if case["share"] != "-":
        off = (fee * Decimal(case["share"][:-1]) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{fee:.2f} {off:.2f}"


def money(dice, digits):
    whole = dice.randrange(10 ** dice.randint(0, digits))
    return dice.choice([str(whole), f"{whole}.{dice.randrange(100):02d}", f"{whole}.{dice.randrange(10)}"])


def quantity(dice, digits):
    whole = dice.randrange(10 ** dice.randint(0, digits))
    return dice.choice([str(whole), f"{whole}.{dice.randrange(1000):03d}", f"{whole}.5", f"{whole}.{dice.randrange(10 ** 6):06d}"])


def steps(dice):
    ends, rows, end = dice.randint(0, 6), [], Decimal(0)
    for _ in range(ends):
        end += Decimal(dice.randrange(1, 500_000)) / 1000
        rows.append((f"{end}", money(dice, 5), dice.random() < 0.6))
    return rows + [("-", money(dice, 5), dice.random() < 0.6)]


def make(dice):
    kind = dice.choice(["fixed", "per_unit", "per_unit", "tiers", "tiers"])
    low = money(dice, 4) if dice.random() < 0.3 else "0"
    high = str(Decimal(low) + Decimal(money(dice, 6))) if dice.random() < 0.3 else str(MONEY_MAX)
    return {"kind": kind, "started": dice.random() < 0.25, "amount": money(dice, dice.choice([3, 6, 12])), "min": low, "max": high,
            "times": dice.choice([1, 1, 1, 0, dice.randrange(1, 400)]), "quantity": quantity(dice, dice.choice([2, 4, 7, 11])),
            "share": dice.choice(["-", "100%", "50%", "12.5%", f"{dice.randrange(1, 100)}.{dice.randrange(100):02d}%"]),
            "steps": steps(dice) if kind == "tiers" else []}


def line(case):
    words = [case["kind"], str(int(case["started"])), case["amount"], case["min"], case["max"], str(case["times"]), case["quantity"], case["share"]]
    return " ".join(words + [f"{end}:{sum_}:{int(per_unit)}" for end, sum_, per_unit in case["steps"]])


@pytest.mark.skipif(not PROGRAM.exists(), reason=f"no build with {PROGRAM.name}")
@pytest.mark.parametrize("seed", [1, 2])
def test_fees_are_those_of_exact_decimals(seed):
    dice = random.Random(seed)
    cases = [make(dice) for _ in range(CASES)]
    answer = subprocess.run([PROGRAM], input="\n".join(map(line, cases)) + "\n", capture_output=True, text=True, check=True, timeout=60)
    lines = answer.stdout.splitlines()
    assert len(lines) == len(cases)
    wrong = [(case, said, reckon(case)) for case, said in zip(cases, lines) if said != reckon(case)]
    assert wrong == [], wrong[:3]
    assert {"range"} < set(lines) and sum(1 for said in lines if said != "range") > CASES / 2  # both ends are met
