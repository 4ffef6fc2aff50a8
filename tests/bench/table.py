"""The run as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.comparing import Change
from tests.bench.goals import Verdict

Record = dict[str, Any]
_HEAD = ("line", "p50 ms", "p95 ms", "CPU ms app+db", "SQL", "× yard", "by CPU", "8 at once /s", "× yard", "kB")


def report(run: Record, verdicts: Sequence[Verdict], changes: Sequence[Change]) -> str:
    """All of it: a table for each size, the growth, the rest, the goals, and what changed."""
    parts = [_size(size, told) for size, told in run["sizes"].items()]
    if run["growth"]:
        parts.append(_growth(run["growth"]))
    if deadline := run.get("deadline"):
        told, explained = (
            ", ".join(f"{hours} h {us} µs" for hours, us in deadline[key].items()) for key in ("us", "explained_us")
        )
        parts.append(f"A deadline, warm: {told}. With its other moments and the windows that explain it: {explained}.")
        parts.append(_beside(deadline["beside"]))
    if footprint := run.get("footprint"):
        told = ", ".join(f"{name} {mib:.0f}" for name, mib in footprint["parts"].items())
        parts.append(f"The whole desk with one worker: {footprint['mib']:.0f} MiB ({told}).")
    parts.append(_goals(verdicts))
    if changes:
        parts.append(_changes(changes))
    return "\n\n".join(parts)


def _size(size: str, told: Record) -> str:
    filling = told["filling"]
    title = (
        f"{int(size):,} requests, {filling['open']:,} open, {filling['rows']['tickets_message']:,} messages,"
        f" {filling['mib']:.0f} MiB; filled in {filling['fill_seconds']:.0f} s"
    )
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [_yardstick(name, line) for name, line in told["yardsticks"].items()]
    rows += [_line(name, line) for name, line in told["lines"].items()]
    lines = [title, _aligned(rows)]
    if letters := told.get("letters_out"):
        lines.append(f"Letters out: {letters['per_s']:.0f}/s, {letters['cpu_ms']} CPU ms of the worker each.")
    return "\n".join(lines)


def _yardstick(name: str, line: Record) -> tuple[str, ...]:
    sql = f"{line['sql']:g}" if "sql" in line else "0"
    return (f"Y-{name}", *_times(line), sql, "1", "1", f"{line['per_s_8']:.0f}", "1", "")


def _line(name: str, line: Record) -> tuple[str, ...]:
    sql = f"{line['sql']:g}" + (f" ({line['sql_brackets']:g})" if line["sql_brackets"] else "")
    size = f"{line['bytes'] / 1000:.0f}" if line["bytes"] else ""
    yard = f"{line['ratio']:.2f} {line['yardstick']}"
    return (name, *_times(line), sql, yard, f"{line['ratio_cpu']:.2f}", f"{line['per_s_8']:.0f}",
            f"{line['ratio_8']:.2f}", size)  # fmt: skip


def _times(line: Record) -> tuple[str, str, str]:
    return f"{line['p50_ms']:.2f}", f"{line['p95_ms']:.2f}", f"{line['cpu_app_ms']:.1f}+{line['cpu_db_ms']:.1f}"


def _beside(told: Record) -> str:
    """Additions of working time a second, and of the others how many times as many ours are."""
    hours = list(told["per_s"]["engine"])
    rows = [("working time, additions a second", *(f"{each} h" for each in hours), "same answers")]
    for name, rates in told["per_s"].items():
        times = told["times"].get(name, {})
        cells = (f"{rates[each]:,}" + (f" (1/{times[each]:,.1f})" if times else "") for each in hours)
        rows.append((name, *cells, f"{min(told['same'][name].values()):.0%}"))
    return _aligned(rows)


def _growth(steps: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(name for lines in steps.values() for name in lines))
    rows = [("growth, in yardsticks", *(step.replace("-", " → ") for step in steps))]
    rows += [(name, *(f"{lines[name]:.2f}" if name in lines else "" for lines in steps.values())) for name in names]
    return _aligned(rows)


def _goals(verdicts: Sequence[Verdict]) -> str:
    rows = [("goal", "at", "wanted", "measured", "")]
    rows += [(it.line, it.size.replace("-", " → "), it.wanted, it.measured, "met" if it.met else "MISSED")
             for it in verdicts]  # fmt: skip
    met = sum(it.met for it in verdicts)
    return f"{_aligned(rows)}\n{met} of {len(verdicts)} goals are met."


def _changes(changes: Sequence[Change]) -> str:
    rows = [("compared with the former run", "at", "before", "now", "")]
    rows += [(it.line, it.size, it.before, it.now, it.word) for it in changes]
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
