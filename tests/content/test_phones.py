"""Phones as people type them."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from content.phones import Phone, PhoneError, parse_phone

MOBILE = "+79123456789"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("typed", "e164", "extension"),
    [
        ("8-3532-373-233", "+73532373233", ""),
        ("+7 (912) 345-67-89", MOBILE, ""),
        ("89123456789 доб. 12", MOBILE, "12"),
        ("89123456789доб12", MOBILE, "12"),
        ("8 912 345 67 89, добавочный: 12", MOBILE, "12"),
        ("8 912 345 67 89 вн. 305", MOBILE, "305"),
        ("8 912 345-67-89 внутренний 305", MOBILE, "305"),
        ("89123456789 ext. 12", MOBILE, "12"),
        ("89123456789#12", MOBILE, "12"),
        ("9123456789", MOBILE, ""),
        ("7 912 345 67 89", MOBILE, ""),
        ("(3532) 37-32-33", "+73532373233", ""),
        ("8 800 555 35 35", "+78005553535", ""),
        ("8 812 345 67 89", "+78123456789", ""),
        ("8123456789", "+78123456789", ""),
        ("8-3532-373-233 (Павел)", "+73532373233", ""),
        ("тел. 8-3532-373-233", "+73532373233", ""),
        ("＋７９１２３４５６７８９", MOBILE, ""),
        (" +375 29 123-45-67 ", "+375291234567", ""),
        ("8 10 375 29 123-45-67", "+375291234567", ""),
        ("+1 650 253 0000", "+16502530000", ""),
    ],
)
def test_number_is_understood(typed, e164, extension):
    assert parse_phone(typed) == Phone(e164=e164, digits=e164[1:], extension=extension)


@pytest.mark.parametrize(
    "typed",
    ["373-233", "37-32-33", "112", "+7 912 345 67 8", "8912345678", "8912345678 доб. 12", "7 912 345 67 8"],
)
def test_number_with_too_few_digits_asks_for_the_code(typed):
    with pytest.raises(PhoneError, match="too few digits: add the area or operator code"):
        parse_phone(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "8-3532-373-233, 89123456789",
        "8 3532 373233 2",
        "8 3532 373233 12345",
        "8-3532-373-233 / 8-3532-373-234",
        "9" * 40,
        "9" * 5000,
    ],
)
def test_two_numbers_or_too_many_digits_are_refused(typed):
    with pytest.raises(PhoneError, match="too many digits"):
        parse_phone(typed)


@pytest.mark.parametrize("typed", ["", "   ", "нет", "+", "anna@reis.example", "+999 123456", "-----", "\x00"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(PhoneError, match="in digits, for example"):
        parse_phone(typed)


def test_region_decides_about_a_number_without_country_code():
    assert parse_phone("029 123-45-67", region="BY").e164 == "+375291234567"


def test_error_speaks_the_language_of_the_reader(monkeypatch):
    with pytest.raises(PhoneError) as caught:
        parse_phone("373-233")
    monkeypatch.setattr("django.utils.translation._trans.gettext", lambda text: f"[{text}]")
    assert str(caught.value).startswith("[The number")


@given(st.text(alphabet="+78 90()-,.;#добвнxext/\x00", max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_text_gives_a_number_or_a_sentence(typed):
    try:
        phone = parse_phone(typed)
    except PhoneError as error:
        assert str(error)
    else:
        assert phone.e164 == f"+{phone.digits}"
        assert phone.digits.isdecimal()
        assert phone.digits.isascii()
        assert 5 < len(phone.digits) < 16
        assert parse_phone(phone.e164) == Phone(phone.e164, phone.digits, "")
