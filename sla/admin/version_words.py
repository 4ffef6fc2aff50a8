"""Versions of levels and calendars in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from content.moments import NBSP, full_date_words, place_words, weekday_words, working_words
from sla.day_kinds import Kind, kind_of
from sla.editing import week_of
from sla.hours_text import clock_words, hours_words
from sla.level_states import State, first_day, states
from sla.models import CalendarVersion, LevelVersion
from sla.wall_clock import Hours
from sla.week_words import week_words
from sla.working_time import WorkingTime
from sla.year_plan import PlannedDay


def newest_published(parent: Any) -> Any:
    """The newest published version, among those that were loaded newest first."""
    return next((version for version in parent.versions.all() if version.published_at), None)


def calendar_line(version: CalendarVersion, at: datetime) -> str:
    """«2 (действует с 1 июня 2025 г.): пн–пт 9:00–18:00, перерыв 13:00–14:00; Оренбург, UTC+5»

    Of its hours those of the week are enough.
    """
    week = {} if version.is_always_open else week_of(version)
    told = {
        "n": version.number,
        "state": _state(version),
        "week": week_words(WorkingTime(version.zone, week, always_open=version.is_always_open)),
        "zone": place_words(version.zone, at),
        "reason": version.reason,
    }
    if version.reason:
        return _("%(n)d (%(state)s): %(week)s; %(zone)s. Reason: %(reason)s") % told
    return _("%(n)d (%(state)s): %(week)s; %(zone)s") % told


def level_lines(versions: Sequence[LevelVersion], at: datetime) -> list[str]:
    """The versions of a level, newest first: «2 (вступит в силу 1 января 2027 г.): 2 рабочих часа; календарь «…»»."""
    lines = []
    for version, state in zip(versions, states(versions, at), strict=True):
        told = {
            "n": version.number,
            "state": _level_state(version, state),
            "terms": _terms(version),
            "calendar": version.calendar.name,
        }
        lines.append(_("%(n)d (%(state)s): %(terms)s; calendar “%(calendar)s”") % told)
    return lines


def criticality_words(code: str) -> str:
    """This app knows requests' criticalities by their codes only."""
    names = {"critical": _("critical"), "high": _("high"), "medium": _("medium"), "low": _("low")}
    return names.get(code, code)


@dataclass(frozen=True)
class PlannedWords:
    """What a day is: its kind, which a letter shows, and the words beside the letter."""

    kind: str
    words: str


def planned_words(week: Mapping[int, Hours], day: date, planned: PlannedDay) -> PlannedWords:
    """«Новогодние каникулы», «сокращённый, до 17:00», «Рабочий день (перенесён), 9:00–18:00»"""
    kind = kind_of(week, day, planned.windows)
    if kind is Kind.OFF:
        return PlannedWords(kind.value, planned.name or _("day off"))
    if kind is Kind.SHORT:
        told = {"name": planned.name or _("short"), "time": clock_words(planned.windows[-1][1])}
        return PlannedWords(kind.value, _("%(name)s, until %(time)s") % told)
    told = {"name": planned.name or _("working"), "hours": hours_words(planned.windows)}
    return PlannedWords(kind.value, _("%(name)s, %(hours)s") % told)


def dated_words(day: date) -> str:
    """«пт, 8 мая»: a day of a year that is known."""
    return f"{weekday_words(day)}, {formatted(day, 'j E')}".replace(" ", NBSP)


def _state(version: CalendarVersion) -> str:
    if version.published_at is None:
        return _("draft")
    return _("in force since %(date)s") % {"date": date_format(timezone.localdate(version.published_at), "DATE_FORMAT")}


def _level_state(version: LevelVersion, state: State) -> str:
    if state is State.REPLACED:
        return _("replaced")
    if state is State.DRAFT:
        day = version.valid_from_date
        return _("draft, valid from %(date)s") % {"date": full_date_words(day)} if day else _("draft")
    words = _("comes into force on %(date)s") if state is State.COMING else _("in force since %(date)s")
    return words % {"date": full_date_words(first_day(version))}


def _terms(version: LevelVersion) -> str:
    own = [f"{criticality_words(term.criticality)}: {working_words(term.minutes)}" for term in version.terms.all()]
    return "; ".join([working_words(version.base_minutes), *own])
