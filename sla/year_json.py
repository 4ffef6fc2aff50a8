"""A year file in JSON: {"year": 2028, "days": [{"date": "2028-01-01", "type": "off", "name": "…"}]}."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext

from sla.hours_text import MOST_WINDOWS
from sla.json_walk import JsonObject, JsonWalk, NotJson
from sla.wall_clock import Hours
from sla.year_reading import DayType, YearFileRefused, YearReading, shown

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WINDOW = re.compile(r"(\d{1,2}):([0-5]\d)\s*[-–]\s*(\d{1,2}):([0-5]\d)", re.ASCII)
_DAY_MINUTES = 1440


def read_json(text: str, reading: YearReading) -> None:
    """Takes every day into `reading`. Raises YearFileRefused where the text is no JSON object."""
    walk = JsonWalk(text)
    seen: set[str] = set()
    try:
        for line, name, value in walk.fields():
            if name in seen:
                _twice(line, name, reading)
            elif name == "year":
                _year(line, value, reading)
            elif name == "days":
                _days(line, value, reading)
            else:
                reading.refuse(
                    gettext("Line %(line)d: “%(field)s” is not a field of a year. Its fields are year and days.")
                    % {"line": line, "field": shown(name)}
                )
            seen.add(name)
    except NotJson as error:
        raise YearFileRefused(
            [
                gettext(
                    "Line %(line)d, column %(column)d: the JSON breaks off or has a sign too many. Mend it here or "
                    "just before; the file is one object with the fields year and days."
                )
                % {"line": walk.line(error.place), "column": walk.column(error.place)}
            ]
        ) from None
    for missing in sorted({"year", "days"} - seen):
        reading.refuse(
            gettext("Line 1: the field “%(field)s” is missing. A year has the fields year and days.")
            % {"field": missing}
        )


def _year(line: int, value: Any, reading: YearReading) -> None:
    if value != reading.year or type(value) is not int:
        reading.refuse(
            gettext("Line %(line)d: the year is %(value)s. Expected is %(year)d, which is being filled.")
            % {"line": line, "value": _as_json(value), "year": reading.year}
        )


def _days(line: int, value: Any, reading: YearReading) -> None:
    if not isinstance(value, list) or not value:
        reading.refuse(
            gettext("Line %(line)d: days is %(value)s. Expected is a list with at least one day.")
            % {"line": line, "value": _as_json(value)}
        )
        return
    for at, day in value:
        _day(at, day, reading)


def _day(line: int, told: Any, reading: YearReading) -> None:
    if not isinstance(told, JsonObject):
        reading.refuse(
            gettext("Line %(line)d: a day is %(value)s. Expected is an object with the fields date and type.")
            % {"line": line, "value": _as_json(told)}
        )
        return
    for name in told.twice:
        _twice(line, name, reading)
    for name in told.keys() - {"date", "type", "hours", "name"}:
        reading.refuse(
            gettext("Line %(line)d: “%(field)s” is not a field of a day. Its fields are date, type, hours and name.")
            % {"line": line, "field": shown(name)}
        )
    day, kind, name = _date(line, told, reading), _type(line, told, reading), told.get("name", "")
    hours = _hours(line, told["hours"], kind, reading) if "hours" in told else None
    if not isinstance(name, str):
        reading.refuse(
            gettext("Line %(line)d: the name is %(value)s. Expected is a text.")
            % {"line": line, "value": _as_json(name)}
        )
    elif day and kind and (hours is None) == ("hours" not in told):
        reading.take(line, day, kind, name, hours)


def _date(line: int, told: JsonObject, reading: YearReading) -> date | None:
    value = told.get("date")
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError:
        reading.refuse(
            gettext("Line %(line)d: the date is %(value)s. Expected is one of the calendar, such as “%(year)d-06-12”.")
            % {"line": line, "value": _as_json(value), "year": reading.year}
        )
        return None
    if day.year != reading.year:
        reading.refuse(
            gettext("Line %(line)d: %(date)s is not in %(year)d. Leave it out, or fill the year of the file.")
            % {"line": line, "date": day, "year": reading.year}
        )
        return None
    return day


def _type(line: int, told: JsonObject, reading: YearReading) -> DayType | None:
    value = told.get("type")
    if value in list(DayType):
        return DayType(value)
    reading.refuse(
        gettext("Line %(line)d: the type is %(value)s. Expected is “off”, “short” or “working”.")
        % {"line": line, "value": _as_json(value)}
    )
    return None


def _hours(line: int, value: Any, kind: DayType | None, reading: YearReading) -> Hours | None:
    if kind is DayType.OFF:
        reading.refuse(
            gettext("Line %(line)d: a day off has no hours. Leave them out, or change the type.") % {"line": line}
        )
        return None
    if not isinstance(value, list) or not value or not all(isinstance(window, str) for window in value):
        reading.refuse(
            gettext(
                "Line %(line)d: the hours are %(value)s. "
                "Expected is a list of texts such as 9:00-13:00 and 14:00-17:00."
            )
            % {"line": line, "value": _as_json(value)}
        )
        return None
    if len(value) > MOST_WINDOWS:
        reading.refuse(
            gettext(
                "Line %(line)d: this day has %(count)d windows of work. Join some of them: up to %(most)d are kept."
            )
            % {"line": line, "count": len(value), "most": MOST_WINDOWS}
        )
        return None
    windows = [_window(line, window, reading) for window in value]
    hours = sorted(window for window in windows if window)
    for earlier, later in pairwise(hours):
        if later[0] < earlier[1]:
            reading.refuse(
                gettext("Line %(line)d: windows of this day overlap at %(clock)s. Join them or move one.")
                % {"line": line, "clock": f"{later[0] // 60}:{later[0] % 60:02}"}
            )
            return None
    return tuple(hours) if len(hours) == len(windows) else None


def _window(line: int, told: str, reading: YearReading) -> tuple[int, int] | None:
    """Opening and closing minute; a closing no later than the opening is one of the next day."""
    if found := _WINDOW.fullmatch(told.strip()):
        hour, minute, until_hour, until_minute = map(int, found.groups())
        opens, closes = hour * 60 + minute, until_hour * 60 + until_minute
        if opens < _DAY_MINUTES and closes <= _DAY_MINUTES and opens != closes:
            return opens, closes if closes > opens else closes + _DAY_MINUTES
    reading.refuse(
        gettext(
            "Line %(line)d: “%(value)s” is no window of work. Expected is one such as “9:00-13:00” or “18:00-24:00”; "
            "“22:00-6:00” ends on the next day."
        )
        % {"line": line, "value": shown(told)}
    )
    return None


def _twice(line: int, name: str, reading: YearReading) -> None:
    reading.refuse(
        gettext("Line %(line)d: the field “%(field)s” stands twice. Leave one of the two.")
        % {"line": line, "field": shown(name)}
    )


def _as_json(value: Any) -> str:
    return shown(json.dumps(value, ensure_ascii=False))
