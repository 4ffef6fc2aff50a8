"""A year file in iCalendar (RFC 5545): whole-day events are days off, CATEGORIES names another type.

The file is cut into its events by lines, so that each can be named by its line; what one says is read by the package
`icalendar`. Everything else of a calendar (time zones, tasks, alarms) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext
from icalendar import Event
from icalendar.error import BrokenCalendarProperty

from sla.year_reading import DayType, YearFileRefused, YearReading, shown

_LINES = re.compile(r"\r\n|\r|\n")
_PROPERTY = re.compile(r"[A-Za-z0-9-]+")
_FOLD = re.compile(r"\r\n[ \t]")
_CATEGORIES = re.compile(r'^CATEGORIES(?:[^":\r\n]|"[^"\r\n]*")*:', re.IGNORECASE | re.MULTILINE)
"""With its parameters: a category is a text, whatever type of value they name (RFC 5545, 3.8.1.2)."""
_REPEATING = ("RRULE", "RDATE", "RECURRENCE-ID")
_READ = {"DTSTART", "DTEND", "DURATION", "STATUS", "SUMMARY", "CATEGORIES", *_REPEATING}
_DAY = timedelta(days=1)


@dataclass
class _Block:
    """The lines of one event that are read, and where in the file each property of it stands for the first time.

    Blocks within it, such as alarms, are left out.
    """

    line: int
    lines: list[str] = field(default_factory=list)
    places: dict[str, tuple[int, str]] = field(default_factory=dict)

    def place(self, name: str) -> tuple[int, str]:
        """Line and text of a property."""
        return self.places.get(name, (self.line, name))


def read_ical(text: str, reading: YearReading) -> None:
    """Takes every day of the reading's year; events of other years are passed over, as subscribed calendars have many.

    Raises YearFileRefused where the file is cut off.
    """
    is_other_year = False
    for block in _blocks(text):
        told = _event(block, reading)
        if told is None:
            continue
        (first, last), kind, name = told
        begin, end = max(first, date(reading.year, 1, 1)), min(last, date(reading.year, 12, 31))
        is_other_year = is_other_year or begin > end
        for number in range((end - begin).days + 1):
            _take(block.line, begin + number * _DAY, kind, name, reading)
    if not reading.plan():  # says first what was refused
        raise YearFileRefused([_nothing(reading.year, is_other_year=is_other_year)])


def _nothing(year: int, *, is_other_year: bool) -> str:
    if is_other_year:
        return gettext("No event of this file lies in %(year)d. Choose a file with the days of that year.") % {
            "year": year
        }
    return gettext("This file has no events. Choose one whose events are the days off of %(year)d.") % {"year": year}


def _take(line: int, day: date, kind: DayType, name: str, reading: YearReading) -> None:
    """Holidays lie within longer ones («Рождество» in the holidays of January): two days off are one, by the first."""
    if not (kind is DayType.OFF and reading.is_off(day)):
        reading.take(line, day, kind, name)


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    inner, last, is_read = 0, "", False
    for number, line in enumerate(_LINES.split(text), start=1):
        words = line.strip().upper()
        last = words or last
        if block is None:
            if words == "BEGIN:VEVENT":
                block = _Block(number)
        elif words == "END:VEVENT" and not inner:
            yield block
            block = None
        elif words.startswith(("BEGIN:", "END:")):
            inner += 1 if words.startswith("BEGIN:") else -1
            is_read = False
        elif not inner:
            if found := _PROPERTY.match(line):  # else a folded line, which goes on with the one before
                name = found.group().upper()
                is_read = name in _READ
                block.places.setdefault(name, (number, line))
            if is_read:
                block.lines.append(line)
    if block is not None:
        raise YearFileRefused(
            [
                gettext("Line %(line)d: the event from here on has no END:VEVENT. The file is cut off: load it anew.")
                % {"line": block.line}
            ]
        )
    if last != "END:VCALENDAR":
        raise YearFileRefused([gettext("The last line is not END:VCALENDAR. The file is cut off: load it anew.")])


def _event(block: _Block, reading: YearReading) -> tuple[tuple[date, date], DayType, str] | None:
    """First and last day, type and name; None where the event was called off or a sentence was said."""
    event = _parsed(block)
    for name in _REPEATING:
        if name in event:
            line, told = block.place(name)
            reading.refuse(
                gettext("Line %(line)d: “%(value)s” repeats an event. Give each day an event of its own.")
                % {"line": line, "value": shown(told)}
            )
            return None
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    first, kind = _first(event, block, reading), _type(event, block, reading)
    last = first and _last(event, first, block, reading)
    if first is None or last is None or kind is None:
        return None
    name = event.get("SUMMARY", "")
    return (first, last), kind, str(name[0] if isinstance(name, list) else name)


def _parsed(block: _Block) -> Event:
    """What cannot be read is an event without a day, which is refused like any other."""
    text = _FOLD.sub("", "\r\n".join(["BEGIN:VEVENT", *block.lines, "END:VEVENT", ""]))
    try:
        event = Event.from_ical(_CATEGORIES.sub("CATEGORIES:", text))
    except (ValueError, TypeError, AttributeError):
        return Event()
    return event if isinstance(event, Event) else Event()


def _first(event: Event, block: _Block, reading: YearReading) -> date | None:
    day = _value(event, "DTSTART")
    if type(day) is date:
        return day
    line, told = block.place("DTSTART")
    reading.refuse(
        gettext("Line %(line)d: “%(value)s” is no whole day. Expected is DTSTART;VALUE=DATE:%(year)d0612, for example.")
        % {"line": line, "value": shown(told), "year": reading.year}
    )
    return None


def _last(event: Event, first: date, block: _Block, reading: YearReading) -> date | None:
    """DTEND is the day after the last one; without it and without a DURATION the event has one day."""
    name = "DTEND" if "DTEND" in event else "DURATION"
    if name not in event:
        return first
    told = _value(event, name)
    try:
        end = first + told if isinstance(told, timedelta) and not told % _DAY else told
    except OverflowError:
        end = None
    if type(end) is date and end > first:
        return end - _DAY
    line, text = block.place(name)
    reading.refuse(
        gettext(
            "Line %(line)d: “%(value)s” does not end the event. Expected is the day after its last one, for example "
            "DTEND;VALUE=DATE:%(date)s."
        )
        % {"line": line, "value": shown(text), "date": f"{first + _DAY:%Y%m%d}" if first < date.max else ""}
    )
    return None


def _type(event: Event, block: _Block, reading: YearReading) -> DayType | None:
    named = sorted({word.strip().lower() for word in event.categories} & set(DayType))
    if len(named) > 1:
        line, told = block.place("CATEGORIES")
        reading.refuse(
            gettext("Line %(line)d: “%(value)s” names more than one type of day. Leave one of off, short and working.")
            % {"line": line, "value": shown(told)}
        )
        return None
    return DayType(named[0]) if named else DayType.OFF


def _value(event: Event, name: str) -> object:
    try:
        return getattr(event.get(name), "dt", None)
    except BrokenCalendarProperty:
        return None
