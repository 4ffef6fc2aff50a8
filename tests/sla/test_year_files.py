"""Years from files: what is taken, what is refused by line, and hostile content. The sentences here are English."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import translation

from sla.year_files import LARGEST, YearFileRefused, read_year_file
from sla.year_plan import PlannedDay
from tests.sla.offices import OFFICE, SHORT

WEEK = dict.fromkeys(range(5), tuple(OFFICE))
NEW_YEAR = "DTSTART;VALUE=DATE:20280101"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def read(content, week=WEEK):
    return read_year_file(content if isinstance(content, bytes) else content.encode(), year=2028, week=week)


def refused(content, week=WEEK):
    with pytest.raises(YearFileRefused) as error:
        read(content, week)
    return error.value.sentences


def year(*days):
    """A JSON file whose first day stands in line 3."""
    told = ",\n".join(day if isinstance(day, str) else json.dumps(day) for day in days)
    return f'{{"year": 2028,\n"days": [\n{told}\n]}}'


def calendar(*events):
    """An iCalendar file; the lines of the first event follow line 3."""
    blocks = (f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(blocks)}END:VCALENDAR\r\n"


def documented(kind):
    text = Path("docs/calendar-files.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)[0]


# What is taken


def test_the_documented_json_is_read():
    assert read(documented("json")) == {
        date(2028, 1, 1): PlannedDay((), "Новогодние каникулы"),
        date(2028, 2, 22): PlannedDay(tuple(SHORT), "Сокращённый предпраздничный день"),
        date(2028, 2, 26): PlannedDay(tuple(OFFICE), "Рабочий день"),
        date(2028, 12, 30): PlannedDay(((540, 780), (840, 930))),
    }


def test_the_documented_icalendar_is_read():
    plan = read(documented("ics").replace("\n", "\r\n"))
    assert list(plan) == [*(date(2028, 1, day) for day in range(1, 9)), date(2028, 2, 22)]
    assert plan[date(2028, 1, 8)] == PlannedDay((), "Новогодние каникулы")
    assert plan[date(2028, 2, 22)] == PlannedDay(tuple(SHORT), "Сокращённый предпраздничный день")


def test_days_come_in_order_whatever_the_order_of_the_file():
    days = ({"date": f"2028-{month:02}-01", "type": "off"} for month in (5, 1, 12))
    assert [day.month for day in read(year(*days))] == [1, 5, 12]


def test_a_window_may_end_at_midnight_or_on_the_next_day():
    day = {"date": "2028-01-03", "type": "working", "hours": ["22:00 – 6:00", "9:00-13:00", "18:00-20:00"]}
    assert read(year(day))[date(2028, 1, 3)].windows == ((540, 780), (1080, 1200), (1320, 1800))
    assert read(year({**day, "hours": ["18:00-24:00"]}))[date(2028, 1, 3)].windows == ((1080, 1440),)


def test_a_byte_order_mark_blanks_and_lone_carriage_returns_are_let_pass():
    assert read(b"\xef\xbb\xbf \r\n" + year({"date": "2028-01-01", "type": "off"}).encode())
    assert read(calendar(NEW_YEAR).replace("\r\n", "\r"))
    assert read("\n" + calendar(NEW_YEAR).replace("\r\n", "\n").lower() + "\n\n")


def test_a_name_is_one_line_without_blanks_around_it():
    assert read(year({"date": "2028-01-01", "type": "off", "name": "  Новый\u00a0год\n "}))[
        date(2028, 1, 1)
    ] == PlannedDay((), "Новый год")
    folded = calendar(f"{NEW_YEAR}\r\nSUMMARY;LANGUAGE=ru:Новый\\, или перв\r\n ый")
    assert read(folded)[date(2028, 1, 1)].name == "Новый, или первый"


@pytest.mark.parametrize(
    ("event", "days"),
    [
        (NEW_YEAR, 1),
        ("DTSTART:20280101", 1),  # without VALUE=DATE, as some programs write
        (f"{NEW_YEAR}\r\nDURATION:P3D", 3),
        (f"{NEW_YEAR}\r\nDURATION:P1W", 7),
        ("DTSTART;VALUE=DATE:20271230\r\nDTEND;VALUE=DATE:20280103", 2),  # what lies in the year
        ("DTSTART;VALUE=DATE:20281230\r\nDTEND;VALUE=DATE:20290103", 2),
        ("DTSTART;VALUE=DATE:00010101\r\nDTEND;VALUE=DATE:99991231", 366),
        (f"{NEW_YEAR}\r\nBEGIN:VALARM\r\nTRIGGER:-P1D\r\nRRULE:FREQ=DAILY\r\nEND:VALARM", 1),
    ],
)
def test_an_event_makes_its_days_days_off(event, days):
    plan = read(calendar(event))
    assert len(plan) == days
    assert {planned.windows for planned in plan.values()} == {()}


def test_events_of_other_years_and_those_called_off_are_passed_over():
    others = ("DTSTART;VALUE=DATE:20270101", "DTSTART;VALUE=DATE:20290101", f"{NEW_YEAR}\r\nSTATUS:CANCELLED")
    assert list(read(calendar(*others, "DTSTART;VALUE=DATE:20280612"))) == [date(2028, 6, 12)]


def test_a_holiday_within_longer_ones_is_the_same_day_off():
    holidays = f"{NEW_YEAR}\r\nDTEND;VALUE=DATE:20280109\r\nSUMMARY:Каникулы"
    plan = read(calendar(holidays, "DTSTART;VALUE=DATE:20280107\r\nSUMMARY:Рождество"))
    assert (len(plan), plan[date(2028, 1, 7)].name) == (8, "Каникулы")


def test_categories_name_the_type_of_a_day():
    saturday = "DTSTART;VALUE=DATE:20280226\r\nCATEGORIES:Holidays,Working"
    assert read(calendar(saturday))[date(2028, 2, 26)].windows == tuple(OFFICE)
    assert read(calendar(saturday.replace("Working", "Red")))[date(2028, 2, 26)].windows == ()


@pytest.mark.parametrize(
    ("categories", "windows"),
    [
        ("CATEGORIES;VALUE=TEXT:short", SHORT),
        ("CATEGORIES;VALUE=TEXT:Red,working", OFFICE),
        ('CATEGORIES;X-FROM="a:b";VALUE=\r\n TEXT:sho\r\n rt', SHORT),
        ("CATEGORIES;VALUE=INTEGER:5", ()),
        ("CATEGORIES;VALUE=DATE:20280103", ()),
        ("CATEGORIES:", ()),
    ],
)
def test_a_category_is_a_text_whatever_type_the_file_names(categories, windows):
    event = f"DTSTART;VALUE=DATE:20280103\r\n{categories}"
    assert read(calendar(event))[date(2028, 1, 3)].windows == tuple(windows)


@pytest.mark.parametrize(
    "noise",
    [
        "BEGIN:VALARM\r\nTRIGGER:in the morning\r\nCATEGORIES:short\r\nSUMMARY:Будильник\r\nEND:VALARM",
        "SEQUENCE;VALUE=DATE:x\r\nGEO:here\r\n and there",
    ],
)
def test_what_a_year_does_not_ask_for_is_passed_over_even_if_broken(noise):
    found = read(calendar(f"{noise}\r\n{NEW_YEAR}\r\nSUMMARY:Новый год"))
    assert found == {date(2028, 1, 1): PlannedDay((), "Новый год")}


@pytest.mark.parametrize("told", ["VALUE=INTEGER:5", "VALUE=BINARY:x", "VALUE=X-OWN:20280101"])
@pytest.mark.parametrize("name", ["DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS"])
def test_no_type_of_value_is_an_error_of_ours(name, told):
    event = calendar(f"{'' if name == 'DTSTART' else NEW_YEAR}\r\n{name};{told}")
    try:
        read(event)
    except YearFileRefused as refusal:
        assert refusal.sentences[0].startswith("Line ")


# What is refused


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (17, "Line 3: a day is 17. Expected is an object with the fields date and type."),
        ({"type": "off"}, "Line 3: the date is null. Expected is one of the calendar, such as “2028-06-12”."),
        ({"date": "01.01.2028", "type": "off"}, 'Line 3: the date is "01.01.2028". Expected'),
        ({"date": "20280101", "type": "off"}, 'Line 3: the date is "20280101". Expected'),
        ({"date": "2028-W01-1", "type": "off"}, 'Line 3: the date is "2028-W01-1". Expected'),
        ({"date": "２０２８-01-01", "type": "off"}, 'Line 3: the date is "２０２８-01-01". Expected'),
        ({"date": "2028-02-30", "type": "off"}, 'Line 3: the date is "2028-02-30". Expected'),
        ({"date": "2027-12-31", "type": "off"}, "Line 3: 2027-12-31 is not in 2028. Leave it out, or fill the year"),
        ({"date": "2028-01-01"}, "Line 3: the type is null. Expected is “off”, “short” or “working”."),
        ({"date": "2028-01-01", "type": ["off"]}, 'Line 3: the type is ["off"]. Expected'),
        ({"date": "2028-01-01", "type": "OFF"}, 'Line 3: the type is "OFF". Expected'),
        ({"date": "2028-01-01", "type": "off", "nmae": 1}, "Line 3: “nmae” is not a field of a day. Its fields are"),
        ({"date": "2028-01-01", "type": "off", "name": None}, "Line 3: the name is null. Expected is a text."),
        ({"date": "2028-01-01", "type": "off", "name": "я" * 101}, "Line 3: the name has 101 characters. Shorten"),
        ({"date": "2028-01-01", "type": "off", "name": "a\x00b"}, "Line 3: the name has characters that cannot be"),
        ({"date": "2028-01-01", "type": "off", "name": "\ud800"}, "Line 3: the name has characters that cannot be"),
        ({"date": "2028-01-01", "type": "off", "hours": []}, "Line 3: a day off has no hours. Leave them out"),
        ({"date": "2028-01-03", "type": "short", "hours": []}, "Line 3: the hours are []. Expected is a list of texts"),
        ({"date": "2028-01-03", "type": "short", "hours": "9-13"}, 'Line 3: the hours are "9-13". Expected is a list'),
        ({"date": "2028-01-03", "type": "short", "hours": [[9, 13]]}, "Line 3: the hours are [[9, 13]]. Expected"),
        (
            {"date": "2028-01-03", "type": "working", "hours": ["12:00-14:00", "9:00-13:00"]},
            "Line 3: windows of this day overlap at 12:00. Join them or move one.",
        ),
        (
            {"date": "2028-01-03", "type": "working", "hours": [f"{hour}:00-{hour}:30" for hour in range(13)]},
            "Line 3: this day has 13 windows of work. Join some of them: up to 12 are kept.",
        ),
        ('{"date": "2028-01-01", "date": "2028-01-02", "type": "off"}', "Line 3: the field “date” stands twice. Leave"),
    ],
)  # fmt: skip
def test_a_day_is_refused_by_its_line(day, sentence):
    (told,) = refused(year(day, {"date": "2028-06-12", "type": "off"}))
    assert told.startswith(sentence)


@pytest.mark.parametrize(
    "window", ["9:00-9:00", "9-13", "24:00-25:00", "9:00-24:01", "9:60-13:00", "9:00", "٩:00-10:00"]
)
def test_a_window_that_is_none_is_refused(window):
    (told,) = refused(year({"date": "2028-01-03", "type": "working", "hours": [window]}))
    assert told.startswith(f"Line 3: “{window}” is no window of work. Expected is one such as “9:00-13:00”")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"year": 2028}', "Line 1: the field “days” is missing. A year has the fields year and days."),
        ('{\n\n"days": [{"date": "2028-01-01", "type": "off"}]}', "Line 1: the field “year” is missing."),
        ('{"year": 2027, "days": [{"date": "2028-01-01", "type": "off"}]}', "Line 1: the year is 2027. Expected is 20"),
        ('{"year": 2028.0, "days": [{"date": "2028-01-01", "type": "off"}]}', "Line 1: the year is 2028.0. Expected"),
        ('{"year": 2028,\n"days": []}', "Line 2: days is []. Expected is a list with at least one day."),
        ('{"year": 2028,\n"days": {}}', "Line 2: days is {}. Expected is a list"),
        ('{"year": 2028, "year": 2028, "days": [{"date": "2028-01-01", "type": "off"}]}', "Line 1: the field “year”"),
        ('{"zone": 1, "year": 2028, "days": [{"date": "2028-01-01", "type": "off"}]}', "Line 1: “zone” is not a field"),
    ],
)  # fmt: skip
def test_the_year_around_the_days_is_checked_too(content, sentence):
    (told,) = refused(content)
    assert told.startswith(sentence)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"year": 2028,\n "days": [{"date": "2028-01-01",}]}', "Line 2, column 33: "),
        ('{"year": 2028,\n "days": [{"date": "2028-01-01"},]}', "Line 2, column 33: "),
        ('{"year": 2028,\n', "Line 2, column 1: "),
        ('{"year": 2028,\n "days": [', "Line 2, column 11: "),
        ('{"year": 2028 "days": []}', "Line 1, column 15: "),
        ('{"year" 2028}', "Line 1, column 9: "),
        ('{"year": 2028} {', "Line 1, column 15: "),
        ("{year: 2028}", "Line 1, column 2: "),
        ("{3: 2028}", "Line 1, column 2: "),
        ("[1, 2]", "Line 1, column 1: "),
        (f'{{"year": {"9" * 5000}}}', "Line 1, column 10: "),
    ],
)
def test_what_is_no_json_is_refused_at_its_place(content, place):
    (told,) = refused(content)
    assert told.startswith(f"{place}the JSON breaks off or has a sign too many. Mend it")


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("DTSTART:20280101T100000Z", "Line 4: “DTSTART:20280101T100000Z” is no whole day. Expected is DTSTART;VAL"),
        ("DTSTART;TZID=Europe/Moscow:20280101T000000", "Line 4: “DTSTART;TZID=Europe/Moscow:20280101T000000” is no"),
        ("DTSTART;VALUE=DATE:20281301", "Line 4: “DTSTART;VALUE=DATE:20281301” is no whole day"),
        ("DTSTART;VALUE=PERIOD:20280101T000000Z/P1D", "Line 4: “DTSTART;VALUE=PERIOD:20280101T000000Z/P1D” is no"),
        (f"{NEW_YEAR}\r\n{NEW_YEAR}", f"Line 4: “{NEW_YEAR}” is no whole day"),
        ("SUMMARY:Новый год", "Line 3: “DTSTART” is no whole day"),
        (f"{NEW_YEAR}\r\nRRULE:FREQ=YEARLY", "Line 5: “RRULE:FREQ=YEARLY” repeats an event. Give each day an event"),
        (f"RDATE;VALUE=DATE:20280102\r\n{NEW_YEAR}", "Line 4: “RDATE;VALUE=DATE:20280102” repeats an event"),
        (f"{NEW_YEAR}\r\nDTEND;VALUE=DATE:20280101", "Line 5: “DTEND;VALUE=DATE:20280101” does not end the event"),
        (f"{NEW_YEAR}\r\nDTEND:20280102T000000Z", "Line 5: “DTEND:20280102T000000Z” does not end the event"),
        (f"{NEW_YEAR}\r\nDURATION:PT36H", "Line 5: “DURATION:PT36H” does not end the event"),
        (f"{NEW_YEAR}\r\nDURATION:P99999999D", "Line 5: “DURATION:P99999999D” does not end the event"),
        (f"{NEW_YEAR}\r\nDURATION:P99999999999999D", "Line 5: “DURATION:P99999999999999D” does not end the event"),
        (f"{NEW_YEAR}\r\nCATEGORIES:off,short", "Line 5: “CATEGORIES:off,short” names more than one type of day"),
        (f"{NEW_YEAR}\r\nBEGIN:VALARM", "Line 3: the event from here on has no END:VEVENT. The file is cut off: load"),
        (f"{NEW_YEAR}\r\nSUMMARY:{'я' * 101}", "Line 3: the name has 101 characters. Shorten it to 100 at most"),
    ],
)  # fmt: skip
def test_an_event_is_refused_by_its_line(event, sentence):
    (told,) = refused(calendar(event))
    assert told.startswith(sentence)


def test_a_date_that_stands_twice_is_refused_by_both_lines():
    day = {"date": "2028-01-01", "type": "off"}
    assert refused(year(day, {**day, "date": "2028-01-02"}, day)) == [
        "Line 5: 2028-01-01 already stands in line 3. Leave one of the two."
    ]
    assert refused(calendar(NEW_YEAR, f"{NEW_YEAR}\r\nCATEGORIES:short")) == [
        "Line 6: 2028-01-01 already stands in line 3. Leave one of the two."
    ]


def test_a_working_day_needs_a_week_with_hours_or_hours_of_its_own():
    day = {"date": "2028-01-03", "type": "short"}
    assert refused(year(day), week={}) == [
        "Line 3: 2028-01-03 is a day of work, but the ordinary week has no hours. Fill in the week first."
    ]
    assert read(year({**day, "hours": ["9:00-13:00"]}), week={})[date(2028, 1, 3)].windows == ((540, 780),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (calendar(), "This file has no events. Choose one whose events are the days off of 2028."),
        (calendar("DTSTART;VALUE=DATE:20270101"), "No event of this file lies in 2028. Choose a file with the days of"),
        (calendar(NEW_YEAR).replace("END:VCALENDAR", ""), "The last line is not END:VCALENDAR. The file is cut off"),
        ("", "The file is empty. Choose a JSON or iCalendar file with the days of 2028."),
        (b"\xef\xbb\xbf \n", "The file is empty."),
        (
            "Даты: 1 января",
            "This is neither JSON nor iCalendar: the file begins with “Даты: 1 января”. Choose one that",
        ),
        ("<html>" + "x" * 100, "This is neither JSON nor iCalendar: the file begins with “<html>xxxxxxxxxxxxxx”."),
        (b"a\x00\x1b[31m", "This is neither JSON nor iCalendar: the file begins with “a··[31m”."),
    ],
)
def test_a_file_without_days_is_refused(content, sentence):
    (told,) = refused(content)
    assert told.startswith(sentence)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251", "koi8-r"])
def test_another_encoding_is_refused_by_its_line(encoding):
    text = '{"year": 2028,\n"days": [\n{"date": "2028-01-01", "type": "off", "name": "Новый год"}]}'
    line = 1 if encoding == "utf-16" else 3
    assert refused(text.encode(encoding)) == [
        f"Line {line}: this is not text in UTF-8. Save the file in that encoding."
    ]


def test_every_mistake_is_told_up_to_twenty():
    days = [{"date": f"2027-01-{number:02}", "type": "off"} for number in range(1, 31)]
    told = refused(year(*days))
    assert (len(told), told[0][:7], told[-1]) == (21, "Line 3:", "And 10 more mistakes.")
    assert refused(year(*days[:21]))[-1] == "And 1 more mistake."
    assert len(refused(year(*days[:20]))) == 20


def test_a_refused_file_gives_no_day_at_all():
    assert refused(year({"date": "2028-01-01", "type": "off"}, {"date": "2028-01-02", "type": "of"}))


def test_what_a_file_says_is_shown_short_and_printable():
    (told,) = refused(calendar(f"DTSTART:{'9' * 500}\x1b[31m"))
    assert told.startswith(f"Line 4: “DTSTART:{'9' * 52}…” is no whole day")


def test_sentences_are_in_the_readers_language():
    with translation.override("ru"):
        (told,) = refused("")
    assert told == "Файл пустой. Выберите файл JSON или iCalendar с днями 2028 года."


# Hostile content


def test_a_file_over_the_limit_is_refused_unread():
    assert refused(b" " * (LARGEST + 1)) == [
        "The file is larger than 1 MB. A year takes less than 100 KB: choose another."
    ]


@pytest.mark.parametrize(
    "content",
    [
        "{" * 900_000,
        "[" * 900_000,
        '{"days":' + "[" * 900_000,
        '{"days":[' + '{"a":' * 150_000,
        '{"year":2028,"days":[' + ",".join(['{"date":"2028-01-01","type":"off"}'] * 25_000) + "]}",
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 60_000,
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nA\nEND:VEVENT\n" * 30_000 + "END:VCALENDAR",
        calendar("BEGIN:VALARM\r\n" * 30_000 + "END:VALARM\r\n" * 30_000),
        calendar(NEW_YEAR + "\r\n" + "X;A=" + "b," * 300_000 + ":c\r\n" + NEW_YEAR),
        calendar(NEW_YEAR + "\r\n A" * 200_000),
        b'{"year": 2028, "days": [' + os.urandom(100_000),
        b"PK\x03\x04" + os.urandom(100_000),
    ],
    ids=range(12),
)
def test_a_hostile_file_is_refused_soon(content):
    begun = time.process_time()
    assert refused(content)
    assert time.process_time() - begun < 5


def test_a_calendar_of_thousands_of_endless_events_is_read_soon():
    begun = time.process_time()
    assert len(read(calendar(*["DTSTART;VALUE=DATE:00010101\r\nDTEND;VALUE=DATE:99991231"] * 9_000))) == 366
    assert timedelta(seconds=time.process_time() - begun) < timedelta(seconds=10)
