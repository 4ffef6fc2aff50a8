"""The engine of working time beside other libraries, on a calendar that all of them can express.

A week of five days with a break in Asia/Yekaterinburg, and the official days off. Short days and worked Saturdays are
left out: two of the three have no hours for a single date. Every library gets its instants in the form that it likes
best, made before the clock runs, and its answers are compared with ours.
"""

from __future__ import annotations

import time as clock
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sla.production_calendar import DayKind, days, known_years
from sla.working_time import WorkingTime

ZONE = "Asia/Yekaterinburg"
DAY = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))
SECONDS = 0.3
"""At least so long each one is measured, and at least once through all instants that it is given."""
_MOMENTS = 200
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Contender:
    """`add(hours)` gives what is timed; `given` makes an instant for it beforehand, `told` an instant of its answer."""

    add: Callable[[int], Callable[[Any], Any]]
    given: Callable[[datetime], Any] = lambda at: at
    told: Callable[[Any], datetime] = lambda answer: answer


def beside(hours: Sequence[int]) -> dict[str, Any]:
    """By library and hours: additions a second (`per_s`), how many times as many we make (`times`), and which share of
    answers is ours (`same`)."""
    moments = [_START + timedelta(hours=43.7 * number) for number in range(_MOMENTS)]
    ours = calendar()
    found: dict[str, Any] = {"per_s": {}, "times": {}, "same": {}}
    for name, contender in contenders(ours).items():
        rates, same = {}, {}
        for each in hours:
            add, given = contender.add(each), [contender.given(at) for at in moments]
            answers = [contender.told(add(at)) for at in given[: _MOMENTS // 10]]
            expected = [ours.add(at, each * 60) for at in moments[: _MOMENTS // 10]]
            same[str(each)] = sum(map(datetime.__eq__, answers, expected)) / len(expected)
            rates[str(each)] = per_second(add, given)
        found["per_s"][name], found["same"][name] = rates, same
    engine = found["per_s"]["engine"]
    for name, rates in found["per_s"].items():
        if name != "engine":
            found["times"][name] = {each: round(engine[each] / rate, 2) for each, rate in rates.items()}
    return found


def days_off() -> list[date]:
    return [day for year in known_years() for day, it in days(year).items() if it.kind is DayKind.OFF]


def calendar() -> WorkingTime:
    return WorkingTime(ZONE, dict.fromkeys(range(5), DAY), dict.fromkeys(days_off(), ()))


def contenders(ours: WorkingTime) -> dict[str, Contender]:
    """Us first."""
    return {
        "engine": Contender(lambda hours: lambda at: ours.add(at, hours * 60)),
        "workclock": _workclock(),
        "timegrid": _timegrid(),
        "businesstimedelta": _businesstimedelta(),
    }


def _workclock() -> Contender:
    from workclock import Break, Holidays, Schedule, WorkDay

    schedule = Schedule(
        [WorkDay(time(9), time(18)), Break(time(13), time(14)), Holidays(days_off())], time_zone=ZoneInfo(ZONE)
    )

    def add(hours: int) -> Callable[[datetime], Any]:
        amount = timedelta(hours=hours)
        return lambda at: schedule.add(at, amount)

    return Contender(add)


def _timegrid() -> Contender:
    """It knows no zones: its instants are readings of the office's clock."""
    from timegrid import TimeGridCalendar
    from timegrid import hours as hours_of

    grid = TimeGridCalendar.weekdays(time(9), time(18)).break_weekdays(time(13), time(14))
    for day in days_off():
        grid = grid.close(day)
    zone = ZoneInfo(ZONE)

    def add(hours: int) -> Callable[[datetime], Any]:
        amount = hours_of(hours)
        return lambda at: grid.add_work_duration(at, amount)

    return Contender(
        add, lambda at: at.astimezone(zone).replace(tzinfo=None), lambda answer: answer.replace(tzinfo=zone)
    )


def _businesstimedelta() -> Contender:
    import pytz
    from businesstimedelta import BusinessTimeDelta, HolidayRule, LunchTimeRule, Rules, WorkDayRule

    zone, week = pytz.timezone(ZONE), [0, 1, 2, 3, 4]
    rules = Rules(
        [
            WorkDayRule(start_time=time(9), end_time=time(18), working_days=week, tz=zone),
            LunchTimeRule(start_time=time(13), end_time=time(14), working_days=week, tz=zone),
            HolidayRule(dict.fromkeys(days_off(), "off"), tz=zone),
        ]
    )

    def add(hours: int) -> Callable[[datetime], Any]:
        amount = BusinessTimeDelta(rules, hours=hours)
        return lambda at: at + amount

    return Contender(add)


def per_second(add: Callable[[Any], Any], moments: Sequence[Any]) -> int:
    """Additions a second of CPU, the best of the rounds; a slow library is not given all moments."""
    began, best, done = clock.perf_counter(), 0.0, 0
    while not done or clock.perf_counter() - began < SECONDS:
        chosen, cpu = moments if done else moments[:20], clock.process_time()
        for at in chosen:
            add(at)
        best = max(best, len(chosen) / max(clock.process_time() - cpu, 1e-9))
        done += 1
    return round(best)


def year_bytes(ours: WorkingTime) -> int:
    """What one more year of a new calendar takes in memory."""
    ours.is_open(datetime(2020, 6, 1, tzinfo=UTC))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        ours.is_open(datetime(2024, 6, 1, tzinfo=UTC))
        return (tracemalloc.get_traced_memory()[0] - before) // 4
    finally:
        tracemalloc.stop()


def hourly() -> WorkingTime:
    """As many windows as anybody may think of: a break in every hour of every day."""
    return WorkingTime(ZONE, dict.fromkeys(range(7), tuple((hour * 60, hour * 60 + 50) for hour in range(24))))
