"""The goals of performance, and whether a run has met them. Pure; docs/bench.md has the same table in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Record = dict[str, Any]

NOISE = 1.1
"""How much a growth of "none" may show: two pages that do the same work differ by as much."""


@dataclass(frozen=True)
class Goal:
    """Whatever is not None is asked for. `of` names another line that `ratio` is measured in instead of a yardstick."""

    ratio: float | None = None
    of: str = ""
    sql: int | None = None
    growth: float | None = None


@dataclass(frozen=True)
class Verdict:
    """One goal of one line: what was wanted, what was measured."""

    line: str
    size: str
    wanted: str
    measured: str
    met: bool


GOALS: dict[str, Goal] = {
    "queue": Goal(ratio=2.5, sql=10, growth=1.2),
    "queue_open_deep": Goal(ratio=NOISE, of="queue_open", growth=1.1),
    "queue_closed_deep": Goal(ratio=NOISE, of="queue_closed", growth=1.1),
    "workplace": Goal(ratio=2.5, sql=14, growth=1.1),
    "cabinet_list": Goal(ratio=1.5, sql=10, growth=1.1),
    "cabinet_deep": Goal(ratio=NOISE, of="cabinet_list", growth=1.1),
    "cabinet_ticket": Goal(ratio=1.5, sql=10, growth=1.1),
    "filing": Goal(ratio=8, sql=20, growth=NOISE),
    "search": Goal(ratio=2, of="queue", growth=1.3),
}
DEADLINE_US, DEADLINE_FLAT = 3.0, 1.5
YEAR_KB = 100
LETTERS_PER_S = 200
FOOTPRINT_MIB = 1024


def verdicts(run: Record) -> list[Verdict]:
    """Every goal that the run has a figure for."""
    found = []
    for size, told in run["sizes"].items():
        for name, goal in GOALS.items():
            if line := told["lines"].get(name):
                found += list(_of_line(name, size, goal, line, told))
        if letters := told.get("letters_out"):
            found.append(_at_least("letters_out", size, LETTERS_PER_S, letters["per_s"], "/s"))
    found += list(_of_growth(run["growth"]))
    if deadline := run.get("deadline"):
        found += list(_of_deadline(deadline))
    if footprint := run.get("footprint"):
        found.append(_at_most("footprint", "", FOOTPRINT_MIB, footprint["mib"], " MiB"))
    return found


def growth(run: Record) -> dict[str, dict[str, float]]:
    """By step, "10000-100000", and line: how much longer in yardsticks of its own size. Letters: how much slower."""
    sizes = sorted(run["sizes"], key=int)
    steps: dict[str, dict[str, float]] = {}
    for small, large in pairwise(sizes):
        before, after = run["sizes"][small], run["sizes"][large]
        step = {
            name: round(line["ratio"] / before["lines"][name]["ratio"], 2)
            for name, line in after["lines"].items()
            if name in before["lines"]
        }
        if "letters_out" in before and "letters_out" in after:
            step["letters_out"] = round(before["letters_out"]["per_s"] / after["letters_out"]["per_s"], 2)
        steps[f"{small}-{large}"] = step
    return steps


def _of_line(name: str, size: str, goal: Goal, line: Record, told: Record) -> Iterator[Verdict]:
    if goal.ratio is not None and goal.of in told["lines"]:
        yield _at_most(name, size, goal.ratio, line["ratio"] / told["lines"][goal.of]["ratio"], f" × {goal.of}")
    elif goal.ratio is not None and not goal.of:
        yield _at_most(name, size, goal.ratio, line["ratio"], f" × Y-{line['yardstick']}")
    if goal.sql is not None:
        yield _at_most(name, size, goal.sql, line["sql"], " SQL")


def _of_growth(steps: dict[str, dict[str, float]]) -> Iterator[Verdict]:
    for step, lines in steps.items():
        for name, measured in lines.items():
            wanted = NOISE if name == "letters_out" else GOALS.get(name, Goal()).growth
            if wanted is not None:
                yield _at_most(name, step, wanted, measured, " × growth")


def _of_deadline(deadline: Record) -> Iterator[Verdict]:
    by_hours = deadline["us"]
    for hours, measured in by_hours.items():
        yield _at_most(f"deadline {hours} h", "", DEADLINE_US, measured, " µs")
    shortest, longest = min(by_hours, key=int), max(by_hours, key=int)
    flat = by_hours[longest] / by_hours[shortest]
    yield _at_most("deadline", "", DEADLINE_FLAT, flat, f" × from {shortest} h to {longest} h")
    for name, measured in deadline.get("year_bytes", {}).items():
        yield _at_most(f"year of windows, {name}", "", YEAR_KB, measured / 1000, " kB")


def _at_most(line: str, size: str, wanted: float, measured: float, unit: str) -> Verdict:
    return Verdict(line, size, f"≤ {wanted:g}{unit}", f"{measured:.3g}" if measured < 100 else f"{measured:.0f}",
                   measured <= wanted)  # fmt: skip


def _at_least(line: str, size: str, wanted: float, measured: float, unit: str) -> Verdict:
    return Verdict(line, size, f"≥ {wanted:g}{unit}", f"{measured:.0f}", measured >= wanted)
