"""Editing a calendar in its draft: what is published never changes, nothing is half-written, all may run twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from sla import editing, production_calendar
from sla.calendars import working_time
from sla.day_kinds import Kind
from sla.editing import CalendarChanged, DraftGone, EditRefused, plan_of, week_of
from sla.models import BusinessCalendar, CalendarVersion
from sla.year_plan import PlannedDay, official_plan
from tests.cast import make_calendar, moment, new_calendar_version

DAY = ((540, 780), (840, 1080))
SHORT = ((540, 780), (840, 1020))
NEW_YEAR = date(2027, 1, 1)  # a Friday
MAY_8 = date(2026, 5, 8)  # a Friday
SATURDAY = date(2026, 5, 9)
WEEK = dict.fromkeys(range(5), DAY)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def calendar(db: None) -> BusinessCalendar:
    """Two versions: the newest one has a named day off and a short day."""
    calendar = make_calendar()
    version = new_calendar_version(calendar, {NEW_YEAR: [], date(2026, 12, 31): SHORT}, published_at=None)
    version.days.filter(date=NEW_YEAR).update(name="Новый год")
    version.published_at = moment("2026-01-01 00:00")
    version.save()
    return calendar


def contents(version: CalendarVersion) -> tuple[object, ...]:
    fresh = CalendarVersion.objects.get(pk=version.pk)
    return fresh.zone, fresh.is_always_open, week_of(fresh), plan_of(fresh)


# --- the draft ------------------------------------------------------------------------------------------------------


def test_a_draft_begins_as_a_copy_of_the_newest_version(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    assert contents(draft) == contents(calendar.current())
    assert plan_of(draft)[NEW_YEAR] == PlannedDay((), "Новый год")
    assert (draft.number, draft.published_at) == (3, None)


def test_a_calendar_has_one_draft_however_often_it_is_opened(calendar: BusinessCalendar) -> None:
    draft = editing.set_day(editing.draft_of(calendar), MAY_8, ())
    again = editing.draft_of(calendar)
    assert again == draft
    assert plan_of(again)[MAY_8] == PlannedDay(())


def test_editing_a_draft_leaves_the_published_version_as_it_is(calendar: BusinessCalendar) -> None:
    before = contents(calendar.current())
    draft = editing.draft_of(calendar)
    editing.set_day(draft, MAY_8, ())
    editing.set_week(draft, {0: ((600, 700),)}, zone="Europe/Moscow")
    editing.fill_year(draft, 2026, {})
    assert contents(calendar.current()) == before


def test_copying_a_year_of_days_costs_as_many_queries_as_one_day(calendar: BusinessCalendar) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            editing.draft_of(calendar)
        editing.discard(calendar)
        return len(queries)

    few = cost()
    new_calendar_version(calendar, {day: plan.windows for day, plan in official_plan(2026, WEEK).items()})
    assert cost() == few <= 15


def test_a_discarded_draft_leaves_no_trace_and_may_be_discarded_again(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_day(draft, MAY_8, SHORT)
    assert draft == calendar.draft()
    editing.discard(calendar)
    editing.discard(calendar)
    assert calendar.draft() is None
    assert calendar.current().number == 2


def test_a_published_version_is_never_discarded(calendar: BusinessCalendar) -> None:
    editing.discard(calendar)
    assert calendar.current().number == 2


def test_a_calendar_that_was_never_published_goes_with_its_draft(db: None) -> None:
    calendar = editing.create_calendar("Дежурные", zone="Europe/Moscow", week=WEEK)
    editing.discard(calendar)
    editing.discard(calendar)
    assert not BusinessCalendar.objects.exists()


@pytest.mark.parametrize(
    "edit",
    [
        lambda draft: editing.set_day(draft, MAY_8, ()),
        lambda draft: editing.set_days(draft, MAY_8, SATURDAY, Kind.OFF),
        lambda draft: editing.set_week(draft, WEEK, zone="Europe/Moscow"),
        lambda draft: editing.fill_year(draft, 2026, {MAY_8: PlannedDay(())}),
    ],
    ids=["day", "period", "week", "year"],
)
def test_what_has_been_published_or_discarded_meanwhile_is_refused(
    calendar: BusinessCalendar, edit: Callable[[CalendarVersion], object]
) -> None:
    published, gone = calendar.current(), editing.draft_of(calendar)
    editing.discard(calendar)
    for version in (published, gone):
        with pytest.raises(DraftGone, match="published or discarded"):
            edit(version)


def test_an_edit_of_a_calendar_that_was_discarded_meanwhile_is_refused(db: None) -> None:
    calendar = editing.create_calendar("Дежурные", zone="Europe/Moscow", week=WEEK)
    editing.discard(calendar)
    with pytest.raises(DraftGone):
        editing.draft_of(calendar)


def test_who_saw_another_state_neither_edits_nor_discards_it(calendar: BusinessCalendar) -> None:
    published = editing.fingerprint(calendar.current())
    draft = editing.set_day(editing.draft_of(calendar, seen=published), MAY_8, (), "Переезд")
    before = contents(draft)
    for stale in (published, ""):
        with pytest.raises(CalendarChanged, match="changed meanwhile, so nothing was saved"):
            editing.draft_of(calendar, seen=stale)
        with pytest.raises(CalendarChanged):
            editing.discard(calendar, seen=stale)
    assert contents(draft) == before
    assert editing.draft_of(calendar, seen=editing.fingerprint(draft)) == draft
    editing.discard(calendar, seen=editing.fingerprint(draft))
    assert calendar.draft() is None


@pytest.mark.parametrize(
    "edit",
    [
        lambda draft: editing.set_day(draft, MAY_8, SHORT),
        lambda draft: editing.set_day(draft, NEW_YEAR, (), "Выходной"),
        lambda draft: editing.set_week(draft, WEEK | {5: DAY}, zone="Asia/Yekaterinburg"),
        lambda draft: editing.set_week(draft, WEEK, zone="Europe/Moscow"),
        lambda draft: editing.set_week(draft, WEEK, zone="Asia/Yekaterinburg", is_always_open=True),
    ],
    ids=["hours", "name", "week", "zone", "round the clock"],
)
def test_every_change_gives_another_fingerprint_and_the_same_again_the_same(
    calendar: BusinessCalendar, edit: Callable[[CalendarVersion], CalendarVersion]
) -> None:
    draft = editing.draft_of(calendar)
    before = editing.fingerprint(draft)
    changed = editing.fingerprint(edit(draft))
    assert before != changed == editing.fingerprint(edit(draft))


# --- one day --------------------------------------------------------------------------------------------------------


def test_a_day_gets_its_windows_and_its_name_and_may_get_them_twice(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    for _time in range(2):
        editing.set_day(draft, MAY_8, SHORT, "Сокращённый день")
        assert plan_of(draft)[MAY_8] == PlannedDay(SHORT, "Сокращённый день")
    assert draft.days.filter(date=MAY_8).count() == 1


def test_a_day_goes_back_to_its_weekday(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_day(draft, NEW_YEAR, None)
    editing.set_day(draft, NEW_YEAR, None)
    assert NEW_YEAR not in plan_of(draft)
    assert working_time(draft).hours_on(NEW_YEAR) == DAY


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        (((540, 780), (720, 1080)), "9:00–13:00 and 12:00–18:00 overlap"),
        (((1080, 540),), "closes before it opens"),
        (((540, 540),), "closes before it opens"),
        (((1440, 1500),), "opens on another day"),
        (((-60, 60),), "opens on another day"),
        (((0, 1441),), "longer than 24 hours"),
    ],
)
def test_windows_that_cannot_be_are_refused_with_a_sentence(
    calendar: BusinessCalendar, windows: tuple[tuple[int, int], ...], words: str
) -> None:
    draft = editing.set_day(editing.draft_of(calendar), MAY_8, SHORT)
    with pytest.raises(EditRefused, match=words):
        editing.set_day(draft, MAY_8, windows)
    assert plan_of(draft)[MAY_8] == PlannedDay(SHORT)


def test_a_moment_is_no_day(calendar: BusinessCalendar) -> None:
    with pytest.raises(TypeError, match="is a moment"):
        editing.set_day(editing.draft_of(calendar), datetime(2026, 5, 8), ())


@pytest.mark.parametrize("year", [1900, 2199, 9999])
def test_a_year_that_the_engine_does_not_know_is_refused(calendar: BusinessCalendar, year: int) -> None:
    with pytest.raises(EditRefused, match="too far away"):
        editing.set_day(editing.draft_of(calendar), date(year, 1, 1), ())


# --- a period -------------------------------------------------------------------------------------------------------


def test_a_period_of_days_off_takes_the_working_days_and_leaves_plain_weekends(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_days(draft, MAY_8, date(2026, 5, 11), Kind.OFF)
    assert [day for day in plan_of(draft, 2026) if day.month == 5] == [MAY_8, date(2026, 5, 11)]


def test_a_named_period_names_every_day_of_it(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_days(draft, MAY_8, SATURDAY, Kind.OFF, name="Переезд")
    found = plan_of(draft, 2026)
    assert found[MAY_8] == found[SATURDAY] == PlannedDay((), "Переезд")


def test_a_short_period_ends_an_hour_earlier_or_at_the_told_time(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_days(draft, MAY_8, MAY_8, Kind.SHORT)
    assert plan_of(draft)[MAY_8].windows == SHORT
    editing.set_days(draft, MAY_8, MAY_8, Kind.SHORT, until=720)
    assert plan_of(draft)[MAY_8].windows == ((540, 720),)


def test_a_short_period_leaves_weekends_and_holidays_alone(calendar: BusinessCalendar) -> None:
    draft = editing.set_day(editing.draft_of(calendar), date(2026, 5, 11), (), "День Победы (перенесён)")
    editing.set_day(draft, date(2026, 5, 16), DAY, "Рабочая суббота")
    for _time in range(2):
        editing.set_days(draft, MAY_8, date(2026, 5, 16), Kind.SHORT)
        found = {day: it for day, it in plan_of(draft, 2026).items() if day.month == 5}
        assert found.pop(date(2026, 5, 11)) == PlannedDay((), "День Победы (перенесён)")
        assert [day.day for day in found] == [8, 12, 13, 14, 15, 16]
        assert {it.windows for it in found.values()} == {SHORT}


def test_a_short_period_leaves_a_day_alone_that_ends_by_then_anyway(calendar: BusinessCalendar) -> None:
    draft = editing.set_week(editing.draft_of(calendar), {**WEEK, 4: ((540, 900),)}, zone="Asia/Yekaterinburg")
    editing.set_day(draft, MAY_8, ((540, 720),), "До обеда")
    editing.set_days(draft, date(2026, 5, 7), MAY_8, Kind.SHORT, until=960)
    assert plan_of(draft)[date(2026, 5, 7)].windows == ((540, 780), (840, 960))
    assert plan_of(draft)[MAY_8] == PlannedDay(((540, 720),), "До обеда")


def test_a_working_weekend_has_the_hours_of_a_full_day(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_days(draft, MAY_8, SATURDAY, Kind.WORKING)
    assert plan_of(draft)[SATURDAY].windows == DAY
    assert MAY_8 not in plan_of(draft)  # its weekday is so anyway


def test_a_period_goes_back_to_the_ordinary_week(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    editing.set_days(draft, date(2026, 12, 1), date(2027, 1, 31), None)
    assert plan_of(draft) == {}


@pytest.mark.parametrize(
    ("first", "last", "until", "words"),
    [
        (SATURDAY, MAY_8, None, "ends before it begins"),
        (date(2026, 1, 1), date(2027, 1, 3), None, "up to 366 days"),
        (MAY_8, MAY_8, 540, "No usual hours"),
        (MAY_8, SATURDAY, 1080, "Work ends by 18:00 on these days anyway. Give an earlier end."),
        (date(2026, 12, 31), NEW_YEAR, 1140, "Work ends by 19:00 on these days anyway"),
        (SATURDAY, date(2026, 5, 10), None, "Nobody works in this period"),
        (NEW_YEAR, NEW_YEAR, 960, "Nobody works in this period"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    calendar: BusinessCalendar, first: date, last: date, until: int | None, words: str
) -> None:
    draft = editing.draft_of(calendar)
    before = contents(draft)
    with pytest.raises(EditRefused, match=words):
        editing.set_days(draft, first, last, Kind.SHORT, until=until)
    assert contents(draft) == before


def test_a_period_costs_as_many_queries_as_a_day(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)

    def cost(last: date) -> int:
        with CaptureQueriesContext(connection) as queries:
            editing.set_days(draft, MAY_8, last, Kind.OFF, name="Отпуск")
        return len(queries)

    cost(MAY_8)
    few = cost(MAY_8)  # it takes the place of a day, as the longer one does
    assert cost(date(2026, 9, 1)) == few


# --- the week -------------------------------------------------------------------------------------------------------


def test_the_week_and_the_zone_are_replaced_and_days_stay(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    days = plan_of(draft)
    for _time in range(2):
        editing.set_week(draft, {5: ((0, 1440),)}, zone="Europe/Moscow")
    assert contents(draft) == ("Europe/Moscow", False, {5: ((0, 1440),)}, days)


def test_round_the_clock_can_be_taken_back(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    before = contents(draft)
    editing.set_week(draft, WEEK, zone="Asia/Yekaterinburg", is_always_open=True)
    open_always = CalendarVersion.objects.get(pk=draft.pk)
    assert working_time(open_always).is_open(moment("2027-01-01 03:00"))
    editing.set_week(draft, WEEK, zone="Asia/Yekaterinburg")
    assert contents(draft) == before


@pytest.mark.parametrize(
    ("week", "zone", "words"),
    [
        ({}, "Europe/Moscow", "no working hours"),
        ({0: ()}, "Europe/Moscow", "no working hours"),
        (WEEK, "Moscow/Europe", "is not a time zone"),
        ({0: ((540, 780), (600, 700))}, "Europe/Moscow", "overlap"),
    ],
)
def test_a_week_that_cannot_be_is_refused(
    calendar: BusinessCalendar, week: editing.Week, zone: str, words: str
) -> None:
    draft = editing.draft_of(calendar)
    before = contents(draft)
    with pytest.raises(EditRefused, match=words):
        editing.set_week(draft, week, zone=zone)
    assert contents(draft) == before


# --- a year ---------------------------------------------------------------------------------------------------------


def test_a_year_is_filled_in_place_of_its_days_and_other_years_stay(calendar: BusinessCalendar) -> None:
    draft = editing.set_day(editing.draft_of(calendar), date(2026, 7, 1), (), "Вручную")
    plan = official_plan(2026, WEEK)
    for _time in range(2):
        editing.fill_year(draft, 2026, plan)
    assert plan_of(draft, 2026) == plan
    assert plan_of(draft, 2027) == {NEW_YEAR: PlannedDay((), "Новый год")}


def test_a_day_of_another_year_is_refused(calendar: BusinessCalendar) -> None:
    draft = editing.draft_of(calendar)
    with pytest.raises(EditRefused, match=r"01\.01\.2027 is not a day of 2026"):
        editing.fill_year(draft, 2026, {NEW_YEAR: PlannedDay(())})


@pytest.mark.parametrize("year", production_calendar.known_years())
def test_every_official_year_can_be_filled(calendar: BusinessCalendar, year: int) -> None:
    draft = editing.fill_year(editing.draft_of(calendar), year, official_plan(year, WEEK))
    assert plan_of(draft, year) == official_plan(year, WEEK)


# --- a new calendar -------------------------------------------------------------------------------------------------


def test_a_new_calendar_begins_with_a_draft(db: None) -> None:
    calendar = editing.create_calendar("Дежурные", zone="Europe/Moscow", week={}, is_always_open=True)
    draft = calendar.draft()
    assert draft
    assert contents(draft) == ("Europe/Moscow", True, {}, {})
    with pytest.raises(CalendarVersion.DoesNotExist):
        calendar.current()


def test_a_name_that_another_calendar_has_is_refused_with_a_sentence(calendar: BusinessCalendar) -> None:
    with pytest.raises(EditRefused, match="already a calendar with the name “Пятидневка”"):
        editing.create_calendar("Пятидневка", zone="Europe/Moscow", week=WEEK)


def test_a_new_calendar_with_a_bad_week_is_not_made(db: None) -> None:
    with pytest.raises(EditRefused):
        editing.create_calendar("Дежурные", zone="Europe/Moscow", week={})
    assert not BusinessCalendar.objects.exists()


def test_sentences_are_told_in_the_readers_language(calendar: BusinessCalendar) -> None:
    with translation.override("ru"), pytest.raises(EditRefused, match="Окна 9:00–13:00 и 12:00–18:00 пересекаются"):
        editing.set_day(editing.draft_of(calendar), MAY_8, ((540, 780), (720, 1080)))
