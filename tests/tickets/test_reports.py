"""The figures and lines of the reaction report: which requests stand in it, and how each counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Contract, Customer, Membership
from tests.cast import Cast, file_ticket, make_cast, make_level, moment, new_calendar_version, new_level_version
from tickets import workflow
from tickets.models import Breach, BreachAnnulment, Ticket
from tickets.reports import lines as report_lines
from tickets.reports.coverage import coverage
from tickets.reports.figures import FEW, Tally, nearest_rank
from tickets.reports.lines import ContractMonth, Line
from tickets.reports.months import Month, MonthNotValid, recent
from tickets.reports.overview import Overview, overview
from tickets.reports.reactions import Judged, Result
from tickets.reports.words import annulled_words, length_words, result_words, share_words

NOVEMBER = Month(2026, 11)
LATER = moment("2026-12-07 12:00")
HOUR = timedelta(hours=1)


def filed(by: Membership, received: str, taken: str = "", *, by_engineer: Cast | None = None) -> Ticket:
    """A request received at that local time; taken by Elena at the other, if any."""
    ticket = file_ticket(by, at=moment(received))
    if taken:
        assert by_engineer
        ticket = workflow.take(ticket, by=by_engineer.elena, at=moment(taken))
    return ticket


def contract_of(customer: Customer) -> Contract:
    return Contract.objects.get(customer=customer)


def report(customer: Customer, month: Month = NOVEMBER) -> ContractMonth:
    return ContractMonth.find(contract_of(customer), month)


def lines_of(customer: Customer, at: datetime = LATER, month: Month = NOVEMBER) -> list[Line]:
    return list(report(customer, month).lines(at))


def the_line(customer: Customer, at: datetime = LATER) -> Line:
    [line] = lines_of(customer, at)
    return line


def breach_of(ticket: Ticket, due: str = "", *, is_promised: bool = True) -> Breach:
    due_at = moment(due) if due else ticket.due_at
    assert due_at
    told = {"due_at": due_at, "noticed_at": due_at + timedelta(seconds=1)}
    breach, _is_new = Breach.objects.get_or_create(ticket=ticket, is_promised=is_promised, defaults=told)
    return breach


def annulled(cast: Cast, breach: Breach, reason: str = "Авария на узле связи, акт № 5") -> BreachAnnulment:
    return BreachAnnulment.objects.create(breach=breach, reason=reason, by=cast.sergey, at=LATER)


# --- one request ----------------------------------------------------------------------------------------------------


@pytest.mark.clause("3.5b.2")
@pytest.mark.clause("3.6.2")
@pytest.mark.parametrize(
    ("received", "taken", "result", "reaction", "late"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:25", Result.IN_TIME, 25, 0),
        ("2026-11-20 17:30", "2026-11-23 12:30", Result.IN_TIME, 240, 0),  # Friday evening to Monday: on the minute
        ("2026-11-20 17:30", "2026-11-23 14:10", Result.LATE, 280, 40),  # the break does not count
        ("2026-11-21 12:00", "2026-11-21 15:00", Result.IN_TIME, 0, 0),  # taken on a Saturday
        ("2026-11-23 10:00", "2026-11-24 09:30", Result.LATE, 450, 210),
    ],
)
def test_a_reaction_is_counted_in_working_time(
    cast: Cast, received: str, taken: str, result: Result, reaction: int, late: int
) -> None:
    filed(cast.anna, received, taken, by_engineer=cast)
    line = the_line(cast.reis)
    assert (line.result, line.reaction, line.late) == (result, timedelta(minutes=reaction), timedelta(minutes=late))


def test_a_second_after_the_term_is_late(cast: Cast) -> None:
    ticket = filed(cast.anna, "2026-11-20 17:30")
    workflow.take(ticket, by=cast.elena, at=moment("2026-11-23 12:30") + timedelta(seconds=1))
    line = the_line(cast.reis)
    assert line.result is Result.LATE
    assert line.late == timedelta(seconds=1)
    assert result_words(line) == "Позже меньше чем на минуту"


def test_after_closing_a_term_that_ended_with_the_day_is_late_by_no_working_time(cast: Cast) -> None:
    ticket = filed(cast.anna, "2026-11-23 14:00")
    evening = moment("2026-11-23 20:00")
    assert result_words(the_line(cast.reis, evening)).replace("\u00a0", " ") == (
        "Реакции нет, просрочена в нерабочее время: 0 мин рабочего времени"
    )
    workflow.take(ticket, by=cast.elena, at=evening)
    line = the_line(cast.reis)
    assert (line.result, line.late) == (Result.LATE, timedelta())
    assert result_words(line).replace("\u00a0", " ") == "Позже, в нерабочее время: 0 мин рабочего времени"


def test_both_moments_are_told(cast: Cast) -> None:
    taken_first = filed(cast.anna, "2026-11-23 10:00", "2026-11-23 10:20", by_engineer=cast)
    workflow.note(taken_first, "Смотрю", by=cast.elena, at=moment("2026-11-23 10:30"))
    workflow.answer(taken_first, "Смотрим", by=cast.elena, at=moment("2026-11-23 11:05"))
    workflow.answer(taken_first, "Готово", by=cast.elena, at=moment("2026-11-23 12:00"))
    at_once = filed(cast.anna, "2026-11-23 10:01")
    workflow.answer(at_once, "Ответ", by=cast.elena, at=moment("2026-11-23 10:40"))
    unanswered = filed(cast.anna, "2026-11-23 10:02", "2026-11-23 10:50", by_engineer=cast)
    told = {line.number: (line.reacted_at, line.answered_at) for line in lines_of(cast.reis)}
    assert told == {
        taken_first.number: (moment("2026-11-23 10:20"), moment("2026-11-23 11:05")),
        at_once.number: (moment("2026-11-23 10:40"), moment("2026-11-23 10:40")),
        unanswered.number: (moment("2026-11-23 10:50"), None),
    }


def test_a_running_term_is_neither_in_time_nor_late_until_it_is_over(cast: Cast) -> None:
    filed(cast.anna, "2026-11-23 10:00")
    before = the_line(cast.reis, moment("2026-11-23 15:00"))
    assert (before.result, before.reaction) == (Result.RUNNING, None)
    after = the_line(cast.reis, moment("2026-11-23 15:40"))
    assert (after.result, after.late, result_words(after)) == (
        Result.LATE,
        timedelta(minutes=40),
        "Реакции нет, просрочена на 40\u00a0мин",
    )


@pytest.mark.parametrize(
    ("withdrawn", "result", "late"),
    [("2026-11-23 11:00", Result.WITHDRAWN, 0), ("2026-11-23 15:30", Result.LATE, 30)],
)
def test_a_withdrawn_request_counts_as_late_only_where_its_term_was_over(
    cast: Cast, withdrawn: str, result: Result, late: int
) -> None:
    ticket = filed(cast.anna, "2026-11-23 10:00")
    workflow.close_by_customer(ticket, by=cast.anna, at=moment(withdrawn))
    line = the_line(cast.reis)
    assert (line.result, line.late) == (result, timedelta(minutes=late))


def test_an_annulled_breach_is_told_apart_with_its_reason_and_its_amount(cast: Cast) -> None:
    ticket = filed(cast.anna, "2026-11-23 10:00", "2026-11-23 15:40", by_engineer=cast)
    annulled(cast, breach_of(ticket))
    line = the_line(cast.reis)
    assert (line.result, line.late) == (Result.ANNULLED, timedelta(minutes=40))
    assert annulled_words(line) == "Позже на 40\u00a0мин. Авария на узле связи, акт № 5"
    figures = report(cast.reis).figures(LATER)
    assert (figures.late, figures.annulled, figures.in_time, figures.longest_delay) == (0, 1, 0, None)
    assert figures.share_in_time is None
    assert figures.reactions == 1


def test_a_recorded_breach_keeps_the_term_as_it_was_when_it_ran_out(cast: Cast) -> None:
    """A calendar published afterwards moves the stored term of an open request; what was missed stays missed."""
    ticket = filed(cast.anna, "2026-11-23 10:00")
    breach_of(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(due_at=moment("2026-11-24 18:00"), grave_at=moment("2026-11-25 18:00"))
    workflow.take(ticket, by=cast.elena, at=moment("2026-11-23 16:00"))
    line = the_line(cast.reis)
    assert (line.due_at, line.result, line.late) == (moment("2026-11-23 15:00"), Result.LATE, HOUR)


def test_a_breach_of_the_inner_term_says_nothing_of_the_promise(cast: Cast) -> None:
    ticket = filed(cast.anna, "2026-11-23 10:00", "2026-11-23 11:00", by_engineer=cast)
    annulled(cast, breach_of(ticket, "2026-11-23 10:30", is_promised=False))
    assert (the_line(cast.reis).result, the_line(cast.reis).annulment_reason) == (Result.IN_TIME, "")
    breach_of(ticket)
    assert len(lines_of(cast.reis)) == overview(NOVEMBER, LATER).total.received == 1
    assert report(cast.reis).figures(LATER).annulled == overview(NOVEMBER, LATER).total.annulled == 0


def test_annulling_the_breach_of_a_term_that_worked_inside_leaves_the_promise_broken(cast: Cast) -> None:
    ticket = filed(cast.anna, "2026-11-23 10:00")
    annulled(cast, breach_of(ticket, "2026-11-23 14:00", is_promised=False))
    workflow.take(ticket, by=cast.elena, at=moment("2026-11-23 16:00"))
    line = the_line(cast.reis)
    assert (line.due_at, line.result, line.late) == (moment("2026-11-23 15:00"), Result.LATE, HOUR)


def test_each_request_is_counted_by_its_own_calendar_version(cast: Cast) -> None:
    filed(cast.anna, "2026-11-26 17:00", "2026-11-30 10:00", by_engineer=cast)
    new_calendar_version(cast.calendar, {date(2026, 11, 27): []})  # Friday becomes a day off
    filed(cast.anna, "2026-11-26 17:01", "2026-11-30 10:00", by_engineer=cast)
    assert [line.reaction for line in lines_of(cast.reis)] == [10 * HOUR, 2 * HOUR - timedelta(minutes=1)]


# --- which requests -------------------------------------------------------------------------------------------------


def test_the_month_begins_and_ends_by_the_desks_clock(cast: Cast) -> None:
    """Orenburg is five hours ahead of UTC: its November begins on 31 October, 19:00 UTC."""
    filed(cast.anna, "2026-10-31 23:59:59")
    first = filed(cast.anna, "2026-11-01 00:00:00")
    last = filed(cast.anna, "2026-11-30 23:59:59")
    filed(cast.anna, "2026-12-01 00:00:00")
    assert [line.number for line in lines_of(cast.reis)] == [first.number, last.number]
    assert overview(NOVEMBER, LATER).total.received == 2


def test_only_the_customers_own_requests_stand_in_a_contract(cast: Cast) -> None:
    mine = filed(cast.anna, "2026-11-23 10:00")
    theirs = filed(cast.clara, "2026-11-23 10:01")
    assert the_line(cast.reis).number == mine.number
    assert the_line(cast.oil).number == theirs.number


def counts(seen: Overview) -> dict[str, int]:
    return {line.contract.number: line.figures.received for line in seen.lines}


def test_a_contract_that_ends_serves_its_grace_days_and_no_more(cast: Cast) -> None:
    contract = contract_of(cast.reis)
    contract.ends_date, contract.grace_days = date(2026, 11, 10), 5
    contract.save()
    in_time = filed(cast.anna, "2026-11-10 12:00")
    with_grace = filed(cast.anna, "2026-11-15 23:59")
    after = filed(cast.anna, "2026-11-16 00:00")
    assert not after.is_term_promised
    assert [line.number for line in lines_of(cast.reis)] == [in_time.number, with_grace.number]
    seen = overview(NOVEMBER, LATER)
    assert counts(seen) == {contract.number: 2, contract_of(cast.oil).number: 0}
    assert seen.uncovered == 1
    assert lines_of(cast.reis, month=NOVEMBER.following) == []
    assert counts(overview(Month(2026, 12), LATER)) == {contract_of(cast.oil).number: 0}


def test_a_request_stands_under_one_contract_where_two_overlap(cast: Cast) -> None:
    """The newest that is valid on the day, as when the term was promised; the old one keeps the days before."""
    old = contract_of(cast.reis)
    premium = make_level(cast.calendar, "Премиум", 60)
    new = Contract.objects.create(
        customer=cast.reis, number="новый", level=premium, starts_date=date(2026, 11, 16), ends_date=date(2026, 11, 22),
        grace_days=0,
    )  # fmt: skip
    before = filed(cast.anna, "2026-11-15 23:59")
    during = filed(cast.anna, "2026-11-16 00:00")
    again = filed(cast.anna, "2026-11-23 00:00")
    assert (before.limit_minutes, during.limit_minutes, again.limit_minutes) == (240, 60, 240)
    found = {it: [line.number for line in ContractMonth.find(it, NOVEMBER).lines(LATER)] for it in (old, new)}
    assert found == {old: [before.number, again.number], new: [during.number]}
    seen = overview(NOVEMBER, LATER)
    assert counts(seen) == {old.number: 2, new.number: 1, contract_of(cast.oil).number: 0}
    assert (seen.total.received, seen.uncovered) == (3, 0)


def test_a_renewal_backwards_takes_the_days_over_but_promises_nothing_afterwards(cast: Cast) -> None:
    old = contract_of(cast.reis)
    old.ends_date, old.grace_days = date(2026, 11, 5), 5
    old.save()
    with_grace = filed(cast.anna, "2026-11-09 10:00")
    in_the_gap = filed(cast.anna, "2026-11-12 10:00")
    new = Contract.objects.create(
        customer=cast.reis, number="продление", level=cast.standard, starts_date=date(2026, 11, 6),
        ends_date=date(2027, 11, 5),
    )  # fmt: skip
    afterwards = filed(cast.anna, "2026-11-20 10:00")
    assert [it.is_term_promised for it in (with_grace, in_the_gap, afterwards)] == [True, False, True]
    about = ContractMonth.find(new, NOVEMBER)
    assert [line.number for line in about.lines(LATER)] == [with_grace.number, afterwards.number]
    assert [ticket.number for ticket in about.unpromised()] == [in_the_gap.number]
    assert list(ContractMonth.find(old, NOVEMBER).lines(LATER)) == []
    seen = overview(NOVEMBER, LATER)
    assert counts(seen) == {old.number: 0, new.number: 2, contract_of(cast.oil).number: 0}
    assert seen.uncovered == 1


def test_a_day_has_the_contract_by_which_a_request_would_get_its_term(cast: Cast) -> None:
    for number, (starts, ends, grace) in enumerate(
        [("06", "10", 3), ("06", "08", 0), ("12", "12", 30), ("01", "28", 0)]
    ):
        Contract.objects.create(
            customer=cast.reis, number=f"к{number}", level=cast.standard, grace_days=grace,
            starts_date=date.fromisoformat(f"2026-11-{starts}"), ends_date=date.fromisoformat(f"2026-11-{ends}"),
        )  # fmt: skip
    covered = coverage(NOVEMBER)
    for day in NOVEMBER.days():
        assert covered.contract_on(cast.reis.pk, day) == cast.reis.contract_on(day), day
        assert covered.contract_on(None, day) is None


def test_the_report_of_one_contract_says_what_the_overview_says(cast: Cast) -> None:
    for day in range(2, 28, 3):
        filed(cast.anna, f"2026-11-{day:02} 10:00", f"2026-11-{day + 1:02} 11:{day:02}", by_engineer=cast)
        filed(cast.clara, f"2026-11-{day:02} 12:00", f"2026-11-{day:02} 16:{day:02}", by_engineer=cast)
    filed(cast.clara, "2026-11-30 17:00")
    at = moment("2026-12-01 09:30")
    for line in overview(NOVEMBER, at).lines:
        about = ContractMonth.find(line.contract, NOVEMBER)
        tally = Tally()
        for each in about.lines(at):
            tally.add(each)
        assert line.figures == about.figures(at) == tally.figures()
        figures = line.figures
        results = (figures.in_time, figures.late, figures.annulled, figures.running, figures.withdrawn)
        assert sum(results) == figures.received > 0


# --- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "median", "ninetieth"),
    [
        ([7], 7, 7),
        ([1, 2], 1, 2),
        ([1, 2, 3], 2, 3),
        (list(range(1, 11)), 5, 9),
        (list(range(1, 12)), 6, 10),
        (list(range(1, 101)), 50, 90),
        ([3] * 9 + [1000], 3, 3),
        ([3] * 8 + [1000] * 2, 3, 1000),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[int], median: int, ninetieth: int
) -> None:
    assert (nearest_rank(values, 50), nearest_rank(values, 90)) == (median, ninetieth)
    for percent in range(1, 101):
        found = nearest_rank(values, percent)
        assert sum(value <= found for value in values) * 100 >= percent * len(values)
        assert sum(value < found for value in values) * 100 < percent * len(values)


def judged(result: Result, minutes: int | None = None, late: int = 0) -> Judged:
    reaction = None if minutes is None else timedelta(minutes=minutes)
    return Judged(result, LATER, reaction, timedelta(minutes=late))


def test_figures_add_up(cast: Cast) -> None:
    tally = Tally()
    for minutes in (5, 100, 20):
        tally.add(judged(Result.IN_TIME, minutes))
    for item in (
        judged(Result.LATE, 300, 60), judged(Result.LATE, None, 90), judged(Result.ANNULLED, 900, 660),
        judged(Result.RUNNING), judged(Result.WITHDRAWN),
    ):  # fmt: skip
        tally.add(item)
    figures = tally.figures()
    assert figures.received == 8
    assert (figures.in_time, figures.late, figures.annulled, figures.running, figures.withdrawn) == (3, 2, 1, 1, 1)
    assert figures.reactions == 5
    assert (figures.median, figures.ninetieth) == (timedelta(minutes=100), timedelta(minutes=900))
    assert figures.longest_delay == timedelta(minutes=90)
    assert figures.share_in_time == 60.0
    assert figures.is_little


def test_a_share_is_never_rounded_up_to_all() -> None:
    tally = Tally()
    for _ in range(9_999):
        tally.add(judged(Result.IN_TIME, 1))
    assert share_words(tally.figures().share_in_time) == "100\u00a0%"
    tally.add(judged(Result.LATE, 300, 60))
    assert share_words(tally.figures().share_in_time) == "99,9\u00a0%"
    assert share_words(Tally().figures().share_in_time) == "—"
    assert not tally.figures().is_little


def test_few_reactions_are_called_few(cast: Cast) -> None:
    tally = Tally()
    assert not tally.figures().is_little
    for n in range(1, FEW + 1):
        tally.add(judged(Result.IN_TIME, n))
        assert tally.figures().is_little == (n < FEW)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (None, "—"),
        (timedelta(), "меньше минуты"),
        (timedelta(seconds=59), "меньше минуты"),
        (timedelta(minutes=1, seconds=59), "1\u00a0мин"),
        (timedelta(hours=3, minutes=10), "3\u00a0ч\u00a010\u00a0мин"),
    ],
)
def test_lengths_are_told_in_whole_minutes(length: timedelta | None, words: str) -> None:
    assert length_words(length) == words


# --- months ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "2026-1", "2026-011", "26-11", "2026-11-01", "１１", "2026-１１", "1999-12"],
)
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(MonthNotValid, match="2026-11"):
        Month.parse(text, at=LATER)


def test_a_month_that_has_not_begun_is_refused() -> None:
    at = moment("2026-11-30 23:59")
    assert Month.parse("2026-11", at=at) == NOVEMBER
    with pytest.raises(MonthNotValid, match="Месяц 2026-12 ещё не наступил"):
        Month.parse("2026-12", at=at)
    assert Month.parse("2026-12", at=at + timedelta(minutes=1)) == Month(2026, 12)


def test_months_follow_one_another() -> None:
    assert (Month(2026, 12).following, Month(2026, 1).previous) == (Month(2027, 1), Month(2025, 12))
    assert Month(2028, 2).last_date == date(2028, 2, 29)
    months = recent(LATER)
    assert (len(months), months[0], months[-1]) == (24, Month(2026, 12), Month(2025, 1))
    assert [later.previous for later in months[:-1]] == months[1:]


# --- reading --------------------------------------------------------------------------------------------------------


def test_pages_by_key_are_the_lines_in_their_order(cast: Cast) -> None:
    same_moment = [filed(cast.anna, "2026-11-23 10:00") for _ in range(3)]
    numbers = [ticket.number for ticket in [*same_moment, filed(cast.anna, "2026-11-23 10:01")]]
    about, found, after = report(cast.reis), [], ""
    for _ in range(4):
        some, after = about.page(LATER, size=1, after=after)
        found += [line.number for line in some]
    assert (found, after) == (numbers, "")
    assert [line.number for line in about.lines(LATER)] == numbers


def test_questions_do_not_grow_with_the_rows(cast: Cast) -> None:
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as one:
            lines_of(cast.reis)
            report(cast.reis).figures(LATER)
        with CaptureQueriesContext(connection) as all_of_them:
            overview(NOVEMBER, LATER)
        return len(one), len(all_of_them)

    filed(cast.anna, "2026-11-23 10:00", "2026-11-23 10:20", by_engineer=cast)
    asked()  # builds the calendar that a process keeps
    few = asked()
    for n in range(20):
        filed(cast.anna, f"2026-11-23 11:{n:02}", "2026-11-23 12:20", by_engineer=cast)
        filed(cast.clara, f"2026-11-23 11:{n:02}")
    assert asked() == few


def test_rows_come_from_a_cursor_of_the_database(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL itself says that it holds the rest back until it is wanted."""

    def open_cursors() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs%'")
            return int(cursor.fetchone()[0])

    monkeypatch.setattr(report_lines, "FETCHED", 2)
    for n in range(5):
        filed(cast.anna, f"2026-11-23 10:0{n}")
    lines = report(cast.reis).lines(LATER)
    assert open_cursors() == 0
    next(lines)
    assert open_cursors() == 1
    assert len(list(lines)) == 4
    assert open_cursors() == 0


@pytest.mark.django_db(transaction=True)
def test_the_cursor_of_the_rows_ends_with_its_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a pooler the connection is somebody else's after it, and a cursor held beyond is lost in the middle."""
    cast = make_cast()
    monkeypatch.setattr(report_lines, "FETCHED", 1)
    for n in range(3):
        filed(cast.anna, f"2026-11-23 10:0{n}")
    lines = report(cast.reis).lines(LATER)
    next(lines)
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_holdable FROM pg_cursors WHERE name LIKE '_django_curs%'")
        assert cursor.fetchall() == [(False,)]
    assert len(list(lines)) == 2
    assert not connection.in_atomic_block


def test_the_level_that_was_valid_then_is_the_one_that_counts(cast: Cast) -> None:
    filed(cast.anna, "2026-11-23 10:00", "2026-11-23 12:30", by_engineer=cast)
    new_level_version(cast.standard, minutes=60)
    filed(cast.anna, "2026-11-23 10:01", "2026-11-23 12:30", by_engineer=cast)
    with time_machine.travel(LATER, tick=False):
        assert [line.result for line in lines_of(cast.reis)] == [Result.IN_TIME, Result.LATE]
