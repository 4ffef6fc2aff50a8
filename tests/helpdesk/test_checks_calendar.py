"""What `check` says of calendars: this year, the next from 1 November on, and working time within ten years."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.db import OperationalError

from helpdesk.checks import calendar as checks
from sla.models import CalendarDay, CalendarVersion
from tests.cast import SUMMER, Cast, make_calendar, make_level, moment, new_calendar_version
from tests.sla.offices import OFFICE

pytestmark = pytest.mark.django_db


def said(at: str) -> list[tuple[str, str]]:
    """Ids and sentences of a run of all checks at that moment."""
    with time_machine.travel(moment(at), tick=False):
        found = run_checks(databases=["default"], include_deployment_checks=True)
    return [(str(message.id), message.msg) for message in found if str(message.id).startswith("helpdesk.W09")]


def with_days_only(cast: Cast, *days: date) -> None:
    """A newer version without weekly hours that works on these days."""
    version = CalendarVersion.objects.create(calendar=cast.calendar, number=2)
    for day in days:
        added = CalendarDay.objects.create(version=version, date=day)
        for opens, closes in OFFICE:
            version.hours.create(day=added, opens_minute=opens, closes_minute=closes)
    CalendarVersion.objects.filter(pk=version.pk).update(published_at=SUMMER)


def test_from_november_on_a_missing_next_year_is_said(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    assert said("2026-10-31 23:59") == []
    ((name, sentence),) = said("2026-11-01 00:00")
    assert name == "helpdesk.W090"
    assert sentence.startswith("The calendar “Пятидневка” has no days of 2027 after January: terms that reach into it")
    new_calendar_version(cast.calendar, {date(2027, 6, 14): []})
    assert said("2026-11-01 00:00") == []
    assert [name for name, _ in said("2027-11-01 00:00")] == ["helpdesk.W090"]


def test_a_year_that_has_begun_unfilled_is_said_until_it_is_filled(cast: Cast) -> None:
    ((name, sentence),) = said("2027-01-01 00:00")
    assert name == "helpdesk.W090"
    assert sentence.startswith("The calendar “Пятидневка” has no days of 2027 after January: terms are counted by the")
    new_calendar_version(cast.calendar, {date(2027, 6, 14): []})
    assert said("2027-01-01 00:00") == []


def test_each_calendar_is_said_by_its_name(cast: Cast) -> None:
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    new_calendar_version(made := make_calendar("Шестидневка"), {date(2026, 6, 12): []})
    make_level(made, "Премиум")
    assert [sentence.split("”")[0] for _, sentence in said("2026-11-20 12:00")] == [
        "The calendar “Пятидневка",
        "The calendar “Шестидневка",
    ]


def test_a_calendar_without_working_time_within_ten_years_is_said(cast: Cast) -> None:
    with_days_only(cast, date(2026, 5, 1), date(2036, 6, 2))
    assert said("2026-06-10 12:00") == [], "work in ten years less a week"
    ((name, sentence),) = said("2026-05-20 12:00")
    assert name == "helpdesk.W091"
    assert sentence == (
        "The calendar “Пятидневка” has no working time within ten years: nothing that it promises has a term."
    )
    assert [name for name, _ in said("2036-06-02 18:00")] == ["helpdesk.W091"], "its last day is over"


def test_a_calendar_in_use_that_was_never_published_is_said_too(cast: Cast) -> None:
    drafted = type(cast.calendar).objects.create(name="Черновик")
    CalendarVersion.objects.create(calendar=drafted, number=1)
    make_level(drafted, "Премиум")
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    ((name, sentence),) = said("2026-06-10 12:00")
    assert (name, sentence.split("”")[0]) == ("helpdesk.W091", "The calendar “Черновик")


def test_a_calendar_that_no_level_uses_may_be_as_it_likes(cast: Cast) -> None:
    drafted = type(cast.calendar).objects.create(name="Черновик")
    CalendarVersion.objects.create(calendar=drafted, number=1)
    new_calendar_version(cast.calendar, {date(2026, 6, 12): []})
    assert said("2026-06-10 12:00") == []


def test_without_a_database_nothing_is_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(at: Any) -> list[Any]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(checks, "missing_years", refuse)
    assert checks.calendars(databases=["default"]) == []
    assert checks.calendars(databases=None) == []
