"""A year file while it is read: the days found so far, and a sentence for each line that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext, ngettext

from sla.models import CalendarDay
from sla.wall_clock import Hours
from sla.year_plan import PlannedDay, full_day, shortened

MOST_SENTENCES = 20
_LONGEST_NAME = CalendarDay._meta.get_field("name").max_length or 0


class YearFileRefused(Exception):
    """The file was not taken, none of it; each sentence names a line, what was expected and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


class DayType(StrEnum):
    """What a year file says of a day."""

    OFF = "off"
    SHORT = "short"
    WORKING = "working"


class YearReading:
    """The year that a file is read for, in the hours of `week`."""

    def __init__(self, year: int, week: Mapping[int, Hours]) -> None:
        self.year, self.week = year, week
        self._days: dict[date, PlannedDay] = {}
        self._lines: dict[date, int] = {}
        self._sentences: list[str] = []

    def refuse(self, sentence: str) -> None:
        self._sentences.append(sentence)

    def take(self, line: int, day: date, kind: DayType, name: str, hours: Hours | None = None) -> None:
        """A day as a line tells it. Without `hours` it has those of the ordinary week, a short day an hour less."""
        planned = PlannedDay(self._hours(line, day, kind) if hours is None else hours, self._name(line, name))
        if day in self._days:
            self.refuse(
                gettext("Line %(line)d: %(date)s already stands in line %(first)d. Leave one of the two.")
                % {"line": line, "date": day, "first": self._lines[day]}
            )
        else:
            self._days[day], self._lines[day] = planned, line

    def is_off(self, day: date) -> bool:
        """Whether an earlier line made it a day off."""
        return day in self._days and not self._days[day].windows

    def plan(self) -> dict[date, PlannedDay]:
        """All days in order. Raises YearFileRefused."""
        if not self._sentences:
            return dict(sorted(self._days.items()))
        more = len(self._sentences) - MOST_SENTENCES
        told = self._sentences[:MOST_SENTENCES]
        if more > 0:
            told.append(ngettext("And %(count)d more mistake.", "And %(count)d more mistakes.", more) % {"count": more})
        raise YearFileRefused(told)

    def _hours(self, line: int, day: date, kind: DayType) -> Hours:
        if kind is DayType.OFF:
            return ()
        hours = full_day(day, self.week)
        if not hours:
            self.refuse(
                gettext(
                    "Line %(line)d: %(date)s is a day of work, but the ordinary week has no hours. "
                    "Fill in the week first."
                )
                % {"line": line, "date": day}
            )
        return shortened(hours) if kind is DayType.SHORT else hours

    def _name(self, line: int, name: str) -> str:
        name = " ".join(name.split())
        if len(name) > _LONGEST_NAME:
            self.refuse(
                gettext("Line %(line)d: the name has %(length)d characters. Shorten it to %(most)d at most.")
                % {"line": line, "length": len(name), "most": _LONGEST_NAME}
            )
        elif not name.isprintable():
            self.refuse(
                gettext("Line %(line)d: the name has characters that cannot be printed. Write it anew.")
                % {"line": line}
            )
        return name


def shown(value: str) -> str:
    """What a file says, short enough for a sentence, and printable."""
    value = "".join(sign if sign.isprintable() else "·" for sign in value[:61])
    return f"{value[:60]}…" if len(value) > 60 else value
