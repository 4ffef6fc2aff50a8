"""Forms of text and of people's names."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.text import address_from, clean_body, initials, one_line

N = "\u00a0"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Не работает\r\nBcc: all@reis.example", "Не работает Bcc: all@reis.example"),
        ("a\rb\nc\vd\fe\x85f\u2028g\u2029h", "a b c d e f g h"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("счёт\u202etxt.exe\u202c", "счётtxt.exe"),
        ("\ufeff  много   пробелов\t\t", "много пробелов"),
        ("{{ 7*7 }} %(x)s", "{{ 7*7 }} %(x)s"),
        ("half\ud83d", "half"),
        ("\r\n\x00", ""),
    ],
)
def test_one_line_is_fit_for_a_header(text, line):
    assert one_line(text) == line


@given(st.text(max_size=80))
@settings(max_examples=400, deadline=None)
def test_one_line_is_always_one_line(text):
    line = one_line(text)
    assert line.splitlines() in ([], [line])
    assert "\x00" not in line
    assert one_line(line) == line
    line.encode()


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("один\r\nдва\rтри\nчетыре", "один\nдва\nтри\nчетыре"),
        ("а\n\n\tотступ\n", "а\n\n\tотступ"),
        ("a\x00b\x07c\x1b[0md", "abc[0md"),
        ("a\u2028b\fc\x85d", "a\nb\nc\nd"),
        ("пароль \u202e321\u202c", "пароль 321"),
        ("семья 👨\u200d👩\u200d👧", "семья 👨\u200d👩\u200d👧"),
        ("half\udcff", "half"),
        ("  \n текст \n ", "текст"),
        ("\x00 \r\n", ""),
        ("1\r\r\n2", "1\n\n2"),
    ],
)
def test_body_keeps_lines_and_drops_controls(text, body):
    assert clean_body(text) == body


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_cleaning_a_body_twice_changes_nothing(text):
    body = clean_body(text)
    assert clean_body(body) == body
    body.encode()


@pytest.mark.parametrize(
    ("full_name", "short", "address"),
    [
        ("Петров Кирилл Львович", f"Петров{N}К.{N}Л.", "Кирилл Львович"),
        ("Иванов Павел Сергеевич", f"Иванов{N}П.{N}С.", "Павел Сергеевич"),
        ("Иванова Анна", f"Иванова{N}А.", "Анна"),
        ("  петрова   анна  ", f"петрова{N}А.", "анна"),
        ("Петров", "Петров", ""),
        ("", "", ""),
        ("Иванова-Сидорова Анна-Мария Петровна", f"Иванова-Сидорова{N}А.-М.{N}П.", "Анна-Мария Петровна"),
        ("Салтыков Щедрин Михаил Евграфович", f"Салтыков Щедрин{N}М.{N}Е.", "Михаил Евграфович"),
        ("Мамедов Али Гусейн оглы", f"Мамедов{N}А.{N}Г.{N}оглы", "Али Гусейн оглы"),
        ("Бек Мамедов Али Гусейн оглы", f"Бек Мамедов{N}А.{N}Г.{N}оглы", "Али Гусейн оглы"),
        ("Кирилл Львович Петров", f"Петров{N}К.{N}Л.", "Кирилл Львович"),
        ("Анна Сергеевна Ходасевич", f"Ходасевич{N}А.{N}С.", "Анна Сергеевна"),
        ("Ходасевич Владислав Ильич", f"Ходасевич{N}В.{N}И.", "Владислав Ильич"),
        ("Ходасевич Владислав", f"Ходасевич{N}В.", "Владислав"),
        ("Павел Сергеевич", "Павел Сергеевич", "Павел Сергеевич"),
        ("Петров К. Л.", f"Петров{N}К.{N}Л.", ""),
        ("Петров К.Л.", f"Петров{N}К.{N}Л.", ""),
        ("К. Л. Петров", f"Петров{N}К.{N}Л.", ""),
        ("О'Коннор Джон", f"О'Коннор{N}Д.", "Джон"),
        ("Иванов - Пётр", f"Иванов{N}П.", "Пётр"),
        ("John Smith", "John Smith", "John Smith"),
        ("Anna", "Anna", ""),
    ],
)
def test_names_in_short_and_in_an_address(full_name, short, address):
    assert initials(full_name) == short
    assert address_from(full_name) == address


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_name_gives_one_line(full_name):
    assert len(initials(full_name).splitlines()) <= 1
    assert len(address_from(full_name).splitlines()) <= 1


def test_long_texts_take_no_long_time():
    started = time.perf_counter()
    for text in ("а" * 200_000, " \r\n" * 60_000, "ё\u0308" * 50_000, "- " * 100_000, ". " * 100_000):
        for form in (one_line, clean_body, initials, address_from):
            form(text)
    assert time.perf_counter() - started < 10
