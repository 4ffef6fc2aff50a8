"""Two runs side by side: what became slower, in yardsticks of its own run. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

NOTICED = 1.15
"""A line counts as slower or faster where time and CPU, both in yardsticks, have changed by more than this."""


@dataclass(frozen=True)
class Change:
    """`times` is above 1 for what became worse."""

    line: str
    size: str
    before: str
    now: str
    times: float

    @property
    def word(self) -> str:
        if 1 / NOTICED <= self.times <= NOTICED:
            return "same"
        return "SLOWER" if self.times > 1 else "faster"


def changes(before: Record, now: Record) -> list[Change]:
    """Every line that both runs have, in the order of the newer one."""
    found = []
    for size, told in now["sizes"].items():
        old = before["sizes"].get(size)
        if old is None:
            continue
        for name, line in told["lines"].items():
            if name in old["lines"]:
                found += list(_of_line(name, size, old["lines"][name], line))
        if "letters_out" in told and "letters_out" in old:
            was, is_now = old["letters_out"]["per_s"], told["letters_out"]["per_s"]
            found.append(Change("letters_out", size, f"{was:.0f}/s", f"{is_now:.0f}/s", was / is_now))
    return found + list(_of_the_rest(before, now))


def _of_line(name: str, size: str, old: Record, new: Record) -> Iterator[Change]:
    by_time, by_cpu = (new[key] / max(old[key], 0.01) for key in ("ratio", "ratio_cpu"))
    # The smaller of two changes in the same direction; none where they contradict each other: that is noise.
    times = max(min(by_time, by_cpu), 1.0) if by_time > 1 else min(max(by_time, by_cpu), 1.0)
    yard = f"× Y-{new['yardstick']}"
    yield Change(name, size, f"{old['ratio']:.2f} {yard}", f"{new['ratio']:.2f} {yard}", times)
    if old["sql"] != new["sql"]:
        yield Change(f"{name}, SQL", size, f"{old['sql']:g}", f"{new['sql']:g}", new["sql"] / max(old["sql"], 1))


def _of_the_rest(before: Record, now: Record) -> Iterator[Change]:
    if "deadline" in before and "deadline" in now:
        for hours, new in now["deadline"]["us"].items():
            if old := before["deadline"]["us"].get(hours):
                yield Change(f"deadline {hours} h", "", f"{old} µs", f"{new} µs", new / old)
    if "footprint" in before and "footprint" in now:
        old, new = before["footprint"]["mib"], now["footprint"]["mib"]
        yield Change("footprint", "", f"{old:.0f} MiB", f"{new:.0f} MiB", new / old)
