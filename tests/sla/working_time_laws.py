"""The laws of working time, on random calendars, and the brute-force walker that knows the truth.

The walker goes minute by minute and asks the zone what its clock shows; it knows neither tables nor stretches nor
offsets. The usual tests try each law on some calendars, `make prove` on thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

from sla.working_time import NoWorkingTime, WorkingTime

Law = Callable[["Drawn", st.DataObject], None]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REACH = 5 * DAY

# A zone and an instant worth standing near: most of them are clock changes.
PLACES = [
    ("Asia/Yekaterinburg", "2026-12-31T19:00"),
    ("Asia/Yekaterinburg", "2014-10-25T20:00"),
    ("Europe/Moscow", "2027-02-20T12:00"),
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("America/Santiago", "2026-09-06T04:00"),
    ("America/Santiago", "2026-04-05T03:00"),
    ("America/St_Johns", "2011-11-06T02:30"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Asia/Gaza", "2023-04-29T00:00"),
    ("Asia/Kathmandu", "2028-02-29T12:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Pacific/Kiritimati", "1995-01-01T00:00"),
    ("UTC", "2024-02-29T23:59"),
]


@dataclass(frozen=True)
class Drawn:
    """A random calendar as plain data, and a place in time to try it at."""

    zone: str
    week: dict[int, list[tuple[int, int]]]
    days: dict[date, list[tuple[int, int]]]
    near: datetime

    @cached_property
    def working_time(self) -> WorkingTime:
        return WorkingTime(self.zone, self.week, self.days)


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Up to four windows of a day, some touching, the last one perhaps over midnight; in any order."""
    minute = st.one_of(st.integers(0, 1440), st.sampled_from([0, 60, 90, 120, 180, 540, 780, 840, 1080, 1440]))
    edges = sorted(draw(st.sets(minute, min_size=2, max_size=5)))
    chosen = [pair for pair in pairwise(edges) if draw(st.booleans())]
    if chosen and draw(st.integers(0, 3)) == 0:
        opens, _ = chosen.pop()
        chosen.append((opens, draw(st.integers(max(opens + 1, 1440), opens + 1440))))
    return draw(st.permutations(chosen))


@st.composite
def calendars(draw: st.DrawFn) -> Drawn:
    zone, near = draw(st.sampled_from(PLACES))
    moment = datetime.fromisoformat(near).replace(tzinfo=UTC)
    week = draw(st.dictionaries(st.integers(0, 6), windows(), max_size=7))
    shifts = draw(st.dictionaries(st.integers(-6, 6), st.one_of(st.just([]), windows()), max_size=4))
    return Drawn(zone, week, {moment.date() + shift * DAY: hours for shift, hours in shifts.items()}, moment)


def moments(draw: st.DataObject, drawn: Drawn, reach: timedelta = REACH) -> datetime:
    """An instant near the place, on a whole minute or any microsecond."""
    minutes = draw.draw(st.integers(-(reach // MINUTE), reach // MINUTE))
    return drawn.near + minutes * MINUTE + timedelta(microseconds=draw.draw(st.sampled_from([0, 0, 1, 29_999_999])))


def walk(drawn: Drawn, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each working minute from start to end, cut to them: the truth, slowly."""
    zone = ZoneInfo(drawn.zone)

    def opened(day: date) -> list[tuple[int, int]]:
        return drawn.days[day] if day in drawn.days else drawn.week.get(day.weekday(), [])

    minute = start.replace(second=0, microsecond=0)
    while minute < end and start < end:
        reading = minute.astimezone(zone)
        today, number = reading.date(), reading.hour * 60 + reading.minute
        if any(opens <= number < closes for opens, closes in opened(today)) or any(
            opens <= number + 1440 < closes for opens, closes in opened(today - DAY)
        ):
            yield max(minute, start), min(minute + MINUTE, end)
        minute += MINUTE


def total(minutes: list[tuple[datetime, datetime]]) -> timedelta:
    return sum((end - start for start, end in minutes), timedelta())


def every_answer_equals_that_of_the_minute_walker(drawn: Drawn, data: st.DataObject) -> None:
    calendar = drawn.working_time
    start, end = sorted((moments(data, drawn), moments(data, drawn)))
    walked = list(walk(drawn, start, end))
    worked = total(walked)
    assert calendar.between(start, end) == worked
    assert calendar.between(end, start) == -worked
    assert calendar.is_open(start) == any(opens == start for opens, _ in walk(drawn, start, start + MINUTE))
    if walked:
        assert calendar.next_opening(start) == walked[0][0]
        amount = timedelta(microseconds=data.draw(st.integers(1, worked // timedelta(microseconds=1))))
        assert calendar.add(start, amount) == forward(walked, amount)
        assert calendar.subtract(end, amount) == backward(walked, amount)
    merged: list[tuple[datetime, datetime]] = []
    for opens, closes in walked:
        if merged and merged[-1][1] == opens:
            merged[-1] = (merged[-1][0], closes)
        else:
            merged.append((opens, closes))
    assert calendar.windows(start, end) == tuple(merged)


def forward(walked: list[tuple[datetime, datetime]], amount: timedelta) -> datetime:
    for opens, closes in walked:
        if amount <= closes - opens:
            return opens + amount
        amount -= closes - opens
    raise AssertionError("walked too short a way")


def backward(walked: list[tuple[datetime, datetime]], amount: timedelta) -> datetime:
    for opens, closes in reversed(walked):
        if amount <= closes - opens:
            return closes - amount
        amount -= closes - opens
    raise AssertionError("walked too short a way")


def working(drawn: Drawn) -> WorkingTime:
    """The calendar, unless no week of it ever has working time."""
    assume(any(drawn.week.values()))
    return drawn.working_time


minutes = st.one_of(st.integers(0, 3000), st.integers(0, 40_000)).map(lambda n: timedelta(minutes=n))


def adding_twice_is_adding_the_sum(drawn: Drawn, data: st.DataObject) -> None:
    first, second = data.draw(minutes), data.draw(minutes)
    calendar, start = working(drawn), moments(data, drawn)
    in_two = within_ten_years(calendar.add, within_ten_years(calendar.add, start, first), second)
    assert in_two == within_ten_years(calendar.add, start, first + second)


def what_was_added_lies_between(drawn: Drawn, data: st.DataObject) -> None:
    amount = data.draw(minutes)
    calendar, start = working(drawn), moments(data, drawn)
    due = within_ten_years(calendar.add, start, amount)
    assert calendar.between(start, due) == amount
    assert sum((w.closes_at - w.opens_at for w in calendar.windows(start, due)), timedelta()) == amount


def subtracting_undoes_adding_up_to_the_next_opening(drawn: Drawn, data: st.DataObject) -> None:
    amount = data.draw(minutes.filter(bool))
    calendar, start = working(drawn), moments(data, drawn)
    due = within_ten_years(calendar.add, start, amount)
    assert within_ten_years(calendar.subtract, due, amount) == calendar.next_opening(start)


def a_later_start_and_a_longer_limit_never_make_an_earlier_deadline(drawn: Drawn, data: st.DataObject) -> None:
    amount, more = data.draw(minutes), data.draw(minutes)
    calendar = working(drawn)
    early, late = sorted((moments(data, drawn), moments(data, drawn)))
    due = within_ten_years(calendar.add, early, amount)
    assert early <= due <= within_ten_years(calendar.add, late, amount)
    assert due <= within_ten_years(calendar.add, early, amount + more)


def within_ten_years(verb, moment, amount):
    """Leaves out calendars so thin that ten years do not hold the amount: an error of its own, tested elsewhere."""
    try:
        return verb(moment, amount)
    except NoWorkingTime:
        raise UnsatisfiedAssumption from None


LAWS: Final[tuple[Law, ...]] = (
    every_answer_equals_that_of_the_minute_walker,
    adding_twice_is_adding_the_sum,
    what_was_added_lies_between,
    subtracting_undoes_adding_up_to_the_next_opening,
    a_later_start_and_a_longer_limit_never_make_an_earlier_deadline,
)
SLOW_BUT_SOUND: Final = (HealthCheck.too_slow, HealthCheck.filter_too_much)
"""What hypothesis would complain of: the walker takes its time, and some calendars hardly ever work."""
