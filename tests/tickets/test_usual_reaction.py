"""The usual reaction of the last thirty working days (3.8.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Contract, Membership
from sla.calendars import working_time_of
from sla.working_time import WorkingTime
from tests.cast import MONDAY_TEN, ORENBURG, Cast, file_ticket, make_level, moment, new_calendar_version
from tickets import workflow
from tickets.models import Ticket
from tickets.usual_reaction import UsualReaction, nearest_rank, since, usual_of, usual_reaction

OFFICE = WorkingTime("Asia/Yekaterinburg", week={day: [(540, 780), (840, 1080)] for day in range(5)})
MINUTE = timedelta(minutes=1)


def minutes(*values: float) -> list[timedelta]:
    return [value * MINUTE for value in values]


@pytest.mark.parametrize(
    ("values", "percent", "rank"),
    [
        ([7], 50, 7),
        ([7], 90, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        (range(1, 11), 50, 5),
        (range(1, 11), 90, 9),
        (range(1, 12), 90, 10),
        (range(1, 21), 90, 18),
        (range(1, 102), 50, 51),
        (range(1, 11), 100, 10),
        (range(1, 11), 0, 1),
    ],
)
def test_a_rank_is_a_value_that_took_place(values, percent: int, rank: int) -> None:
    assert nearest_rank(minutes(*values), percent) == rank * MINUTE


def test_nothing_has_no_rank() -> None:
    with pytest.raises(ValueError, match="at least one"):
        nearest_rank([], 50)


@pytest.mark.parametrize("count", range(1, 60))
def test_half_and_nine_tenths_are_no_later_than_what_is_told(count: int) -> None:
    values = minutes(*(value * 37 % 101 for value in range(count)))
    for percent in (50, 90):
        rank = nearest_rank(sorted(values), percent)
        assert sum(value <= rank for value in values) * 100 >= percent * count
        assert sum(value < rank for value in values) * 100 < percent * count


@pytest.mark.clause("3.8.1")
def test_what_is_usual_is_hidden_under_ten_requests() -> None:
    assert usual_of(minutes(*range(9))) is None
    assert usual_of(minutes(*range(10))) == UsualReaction(4, 8, 10)


@pytest.mark.parametrize(("seconds", "told"), [(0, 1), (1, 1), (60, 1), (61, 2), (3600, 60), (3600.5, 61)])
def test_a_begun_minute_is_a_whole_one_so_that_the_sentence_stays_true(seconds: float, told: int) -> None:
    assert usual_of([timedelta(seconds=seconds)] * 10) == UsualReaction(told, told, 10)


def test_the_order_of_reactions_does_not_matter() -> None:
    assert usual_of(minutes(9, 1, 8, 2, 7, 3, 6, 4, 5, 10)) == usual_of(minutes(*range(1, 11)))


class TestSince:
    def local(self, text: str, calendar: WorkingTime = OFFICE) -> str:
        return f"{since(calendar, moment(text)).astimezone(ORENBURG):%Y-%m-%d %H:%M}"

    def test_thirty_working_days_are_six_weeks_of_five_days(self) -> None:
        assert self.local("2026-11-27 12:00") == "2026-10-19 00:00"  # Friday: today is the thirtieth

    def test_a_weekend_adds_no_day(self) -> None:
        assert self.local("2026-11-29 23:55") == self.local("2026-11-27 00:05") == "2026-10-19 00:00"

    def test_a_holiday_moves_it_back_and_a_working_saturday_forth(self) -> None:
        holiday = WorkingTime("Asia/Yekaterinburg", week=OFFICE.week, days={date(2026, 11, 4): []})
        assert self.local("2026-11-27 12:00", holiday) == "2026-10-16 00:00"
        saturday = WorkingTime("Asia/Yekaterinburg", week=OFFICE.week, days={date(2026, 11, 7): [(540, 600)]})
        assert self.local("2026-11-27 12:00", saturday) == "2026-10-20 00:00"

    def test_round_the_clock_every_day_is_one(self) -> None:
        always = WorkingTime("Asia/Yekaterinburg", always_open=True)
        assert self.local("2026-11-30 12:00", always) == "2026-11-01 00:00"

    def test_a_day_is_one_of_the_calendars_zone(self) -> None:
        moscow = WorkingTime("Europe/Moscow", week=OFFICE.week)
        assert since(moscow, moment("2026-11-28 01:00")).isoformat() == "2026-10-19T00:00:00+03:00"

    def test_a_calendar_that_hardly_works_is_looked_at_for_a_year(self) -> None:
        closed = WorkingTime("Asia/Yekaterinburg", week={})
        assert self.local("2026-11-27 12:00", closed) == "2025-11-26 00:00"


# --- from the record --------------------------------------------------------------------------------------------------


def reacted(cast: Cast, after: timedelta, *, by: Membership | None = None, at: datetime = MONDAY_TEN) -> Ticket:
    return workflow.take(file_ticket(by or cast.anna, at=at), by=cast.elena, at=at + after)


def usual(cast: Cast, at: datetime = MONDAY_TEN + timedelta(days=1)) -> UsualReaction | None:
    return usual_reaction(cast.standard.pk, cast.calendar.current().pk, at)


@pytest.mark.clause("3.8.1")
def test_reactions_to_everybody_at_the_level_count_in_working_time(cast: Cast) -> None:
    for n in range(1, 10):
        reacted(cast, n * 10 * MINUTE)
    assert usual(cast) is None
    # From Friday evening to Monday morning: a quarter of an hour of work.
    reacted(cast, timedelta(days=2, hours=15, minutes=15), by=cast.clara, at=moment("2026-11-20 17:50"))
    assert usual(cast, MONDAY_TEN + timedelta(days=2)) == UsualReaction(40, 80, 10)


def test_each_request_is_measured_by_the_calendar_that_it_keeps(cast: Cast) -> None:
    for _n in range(10):
        reacted(cast, timedelta(hours=4))  # from ten to two, over a break
    new_calendar_version(cast.calendar, {MONDAY_TEN.date(): [(0, 1440)]})
    assert usual(cast) == UsualReaction(180, 180, 10)


def test_another_level_and_requests_without_a_promise_do_not_count(cast: Cast) -> None:
    for _n in range(10):
        reacted(cast, timedelta(hours=1))
    Contract.objects.filter(customer=cast.oil).update(level=make_level(cast.calendar, "Премиум", 60))
    Contract.objects.filter(customer=cast.reis).delete()
    for _n in range(10):
        reacted(cast, MINUTE, by=cast.clara)
        reacted(cast, MINUTE)
    assert usual(cast) == UsualReaction(60, 60, 10)


def test_a_reaction_counts_from_the_thirtieth_last_working_day_on_and_no_earlier(cast: Cast) -> None:
    for _n in range(10):
        reacted(cast, timedelta(0), at=moment("2026-10-19 00:00"))
    assert usual(cast, moment("2026-11-27 23:59")) is not None
    assert usual(cast, moment("2026-11-30 00:01")) is None


def test_requests_that_still_wait_do_not_count(cast: Cast) -> None:
    for _n in range(9):
        reacted(cast, MINUTE)
    file_ticket(cast.anna)
    assert usual(cast) is None


def test_it_is_asked_once_a_minute(cast: Cast) -> None:
    at = moment("2026-11-24 10:00")
    working_time_of(cast.calendar.current().pk)
    version = cast.calendar.current().pk
    with CaptureQueriesContext(connection) as captured:
        for second in (0, 1, 59):
            usual_reaction(cast.standard.pk, version, at + timedelta(seconds=second))
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        usual_reaction(cast.standard.pk, version, at + timedelta(minutes=1))
    assert len(captured) == 1


def test_the_question_is_answered_from_an_index(cast: Cast) -> None:
    with connection.cursor() as cursor:  # in a table of no rows every index is as good: only those of one column go
        cursor.execute(
            "select indexname from pg_indexes where tablename = 'tickets_ticket'"
            " and indexdef like '%(level_version_id)'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"drop index {name}")
        cursor.execute("set local enable_seqscan = off")
    asked = Ticket.objects.reacted_since(MONDAY_TEN, cast.standard.pk)
    plan = asked.values_list("calendar_version_id", "received_at", "reacted_at").explain()
    assert "tickets_reacted" in plan, plan
