"""The official Russian days that differ from a week of five working days, as our own data.

Public holidays are fixed by Article 112 of the Labour Code and repeat every year. A holiday that falls on a weekend
moves that day off to the next working day; the two of January, and others, are moved by a decree of the government
made for each year. A Saturday that is no holiday and gives its day off away is worked. On most eves of a holiday the
day is an hour shorter (Article 95), and so are some of the worked Saturdays: no rule tells which, so they are listed.
A year that is not listed here is an error, because nobody can compute its decree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple


class DayKind(StrEnum):
    """Off: a holiday or moved day off. Short: worked, an hour less. Working: a weekend day that is worked in full."""

    OFF = "off"
    SHORT = "short"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class OfficialDay:
    """One official day, with its name in Russian."""

    kind: DayKind
    name: str
    worked_for: date | None = None
    """The day off that a worked weekend day makes up for: it lasts as long as that weekday."""


class YearNotKnown(KeyError):
    """The official days of that year are not listed here; the message is a sentence."""

    def __str__(self) -> str:  # KeyError would show the sentence in quotes
        return str(self.args[0])


class _Decree(NamedTuple):
    """What one year adds to the fixed holidays. Days are "MM-DD"."""

    moved: Mapping[str, str]
    """Day off, and the weekend day that it was taken from."""
    short: str
    """Shortened days."""


_HOLIDAYS: Final = {
    **{f"01-0{day}": "Новогодние каникулы" for day in range(1, 9)},
    "01-07": "Рождество Христово",
    "02-23": "День защитника Отечества",
    "03-08": "Международный женский день",
    "05-01": "Праздник Весны и Труда",
    "05-09": "День Победы",
    "06-12": "День России",
    "11-04": "День народного единства",
}

_DECREES: Final = {
    2023: _Decree(
        moved={"02-24": "01-01", "05-08": "01-08", "11-06": "11-04"},
        short="02-22 03-07 11-03",
    ),
    2024: _Decree(
        moved={"04-29": "04-27", "04-30": "11-02", "05-10": "01-06", "12-30": "12-28", "12-31": "01-07"},
        short="02-22 03-07 05-08 06-11 11-02",
    ),
    2025: _Decree(
        moved={"05-02": "01-04", "05-08": "02-23", "06-13": "03-08", "11-03": "11-01", "12-31": "01-05"},
        short="03-07 04-30 06-11 11-01",
    ),
    2026: _Decree(
        moved={"01-09": "01-03", "03-09": "03-08", "05-11": "05-09", "12-31": "01-04"},
        short="04-30 05-08 06-11 11-03",
    ),
    2027: _Decree(
        moved={
            "02-22": "02-20",
            "05-03": "05-01",
            "05-10": "05-09",
            "06-14": "06-12",
            "11-05": "01-02",
            "12-31": "01-03",
        },
        short="02-20 04-30 06-11 11-03",
    ),
}

_OF_MONTH: Final = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def known_years() -> range:
    """The years whose official days are listed, without a gap."""
    return range(min(_DECREES), max(_DECREES) + 1)


@cache
def days(year: int) -> Mapping[date, OfficialDay]:
    """The official days of a year in order: every holiday, moved day off, shortened day and worked weekend day.

    A date that is not named keeps its weekday: worked from Monday to Friday, off on Saturday and Sunday.
    Raises YearNotKnown.
    """
    if year not in _DECREES:
        known = known_years()
        raise YearNotKnown(
            f"The official Russian days of {year} are not known; known are {known[0]} to {known[-1]}. "
            "Enter them when the government has published its decree."
        )
    return MappingProxyType(dict(sorted(_official_days(year, _DECREES[year]))))


def _official_days(year: int, decree: _Decree) -> Iterator[tuple[date, OfficialDay]]:
    def on(day: str) -> date:
        return date.fromisoformat(f"{year}-{day}")

    short = set(decree.short.split())
    for day, name in _HOLIDAYS.items():
        yield on(day), OfficialDay(DayKind.OFF, name)
    for off, taken_from in decree.moved.items():
        yield on(off), OfficialDay(DayKind.OFF, f"Выходной (перенесён с {_in_words(on(taken_from))})")
        if taken_from not in _HOLIDAYS:
            kind = DayKind.SHORT if taken_from in short else DayKind.WORKING
            name = "Сокращённый рабочий день" if kind is DayKind.SHORT else "Рабочий день"
            yield on(taken_from), OfficialDay(kind, f"{name} (выходной перенесён на {_in_words(on(off))})", on(off))
    for day in short - set(decree.moved.values()):
        yield on(day), OfficialDay(DayKind.SHORT, "Сокращённый предпраздничный день")


def _in_words(day: date) -> str:
    return f"{day.day} {_OF_MONTH[day.month - 1]}"
