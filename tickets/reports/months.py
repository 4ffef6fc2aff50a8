"""The month of a report, in the desk's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

FIRST_YEAR: Final = 2000
OFFERED: Final = 24
"""How many months the picker offers; an address may ask for any."""


class MonthNotValid(ValueError):
    """The text names no month that has begun. Its words are safe to show."""


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month; `number` is 1 for January."""

    year: int
    number: int

    @classmethod
    def of(cls, at: datetime) -> Month:
        """The month of an instant, by the desk's clock."""
        day = desk_date(at)
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str, *, at: datetime) -> Month:
        """Read «2026-11». Raises MonthNotValid for anything else, and for a month that begins after `at`."""
        year, dash, number = text.partition("-")
        is_written = dash and all(part.isascii() and part.isdigit() for part in (year, number)) and len(year) == 4
        if not is_written or len(number) != 2 or not 1 <= int(number) <= 12 or int(year) < FIRST_YEAR:
            raise MonthNotValid(
                _("“%(text)s” is not a month. Give a year and a month, such as 2026-11.") % {"text": text[:20]}
            )
        month = cls(int(year), int(number))
        if month > cls.of(at):
            raise MonthNotValid(
                _("The month %(month)s has not begun yet. Choose an earlier one.") % {"month": month.code}
            )
        return month

    @property
    def code(self) -> str:
        """As it stands in an address: «2026-11»."""
        return f"{self.year}-{self.number:02}"

    @property
    def words(self) -> str:
        """A heading in the reader's language: «Ноябрь 2026»."""
        return formatted(self.first_date, "F Y")

    @property
    def first_date(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_date(self) -> date:
        return self.following.first_date - timedelta(days=1)

    @property
    def following(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        return Month(self.year - (self.number == 1), (self.number + 10) % 12 + 1)

    def days(self) -> list[date]:
        length = (self.following.first_date - self.first_date).days
        return [self.first_date + timedelta(days=n) for n in range(length)]


def recent(at: datetime) -> list[Month]:
    """The months that the picker offers, the current one first."""
    months = [Month.of(at)]
    while len(months) < OFFERED:
        months.append(months[-1].previous)
    return months


def desk_date(at: datetime) -> date:
    """The day of an instant by the desk's clock: it is the one that says which contract was valid."""
    return timezone.localdate(at, timezone.get_default_timezone())


def day_begins(day: date) -> datetime:
    """The first instant of a day by the desk's clock."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
