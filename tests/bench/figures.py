"""From single times to the figures of a line. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    if not values:
        raise ValueError("There is nothing to take a percentile of.")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share - 1e-9) - 1)]


@dataclass
class Series:
    """What was seen of one line or one yardstick: one request at a time, and eight at once. All in seconds."""

    times: list[float] = field(default_factory=list)
    cpu_app: float = 0.0
    cpu_db: float = 0.0
    times_8: list[float] = field(default_factory=list)
    seconds_8: float = 0.0
    cpu_8: float = 0.0

    def record(self) -> dict[str, float | int]:
        """The keys of bench.json (docs/bench.md)."""
        n, n_8 = len(self.times), len(self.times_8)
        return {
            "n": n,
            "p50_ms": _ms(percentile(self.times, 0.5)),
            "p95_ms": _ms(percentile(self.times, 0.95)),
            "cpu_app_ms": _ms(self.cpu_app / n),
            "cpu_db_ms": _ms(self.cpu_db / n),
            "cpu_ms": _ms((self.cpu_app + self.cpu_db) / n),
            "n_8": n_8,
            "p50_8_ms": _ms(percentile(self.times_8, 0.5)),
            "p95_8_ms": _ms(percentile(self.times_8, 0.95)),
            "per_s_8": round(n_8 / self.seconds_8, 1),
            "cpu_8_ms": _ms(self.cpu_8 / n_8),
        }


def ratios(line: dict[str, float | int], yardstick: dict[str, float | int]) -> dict[str, float]:
    """How many yardsticks the line is long: by time, by CPU, and by throughput with eight at once."""
    return {
        "ratio": round(line["p50_ms"] / yardstick["p50_ms"], 2),
        "ratio_cpu": round(line["cpu_ms"] / max(yardstick["cpu_ms"], 0.001), 2),
        "ratio_8": round(yardstick["per_s_8"] / line["per_s_8"], 2),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
