"""What a phone number is. The typed text is kept and shown by those who call; this gives what is searched and dialled.

A number is judged by its length for its country, not by the tables of codes in use: those age with the installed
package, and a request must not be refused because an operator got a new code.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Length = phonenumbers.ValidationResult
E164_DIGITS = 15
RUSSIAN_EXTENSION = re.compile(r"[,;\s]*\b(?:доб|вн|внутр)[а-я]*\.?\s*:?\s*(?=\d)", re.IGNORECASE)
TOO_SHORT = _("The number has too few digits: add the area or operator code")
TOO_LONG = _("The number has too many digits: enter one number")
NOT_A_NUMBER = _("Enter the phone number in digits, for example 8-3532-373-233")


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164`: +73532373233; `digits`: the same without the plus, to search in; `extension`: digits or empty."""

    e164: str
    digits: str
    extension: str


class PhoneError(ValueError):
    """The text is no phone number. `str()` is a sentence for the person who typed it, in his language."""


def parse_phone(raw: str, region: str = "RU") -> Phone:
    """Read a number as people type it; `region` is the country of a number without its code.

    Raises PhoneError.
    """
    text = RUSSIAN_EXTENSION.sub(" ext. ", re.sub(r"\D+$", "", raw))  # «8-3532-373-233 (Павел)» ends with the number
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneError(_what_is_wrong(error.error_type, text)) from None
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict == Length.TOO_LONG or (verdict == Length.INVALID_LENGTH and (number.national_number or 0) >= 10**10):
        raise PhoneError(TOO_LONG)
    if verdict != Length.IS_POSSIBLE or _lacks_a_digit(text, number):
        raise PhoneError(TOO_SHORT)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164=e164, digits=e164.removeprefix("+"), extension=number.extension or "")


def _what_is_wrong(kind: int, text: str) -> "StrPromise":
    refusal = phonenumbers.NumberParseException
    if kind == refusal.TOO_LONG or sum(map(str.isdigit, text)) > E164_DIGITS:
        return TOO_LONG
    return TOO_SHORT if kind in {refusal.TOO_SHORT_NSN, refusal.TOO_SHORT_AFTER_IDD} else NOT_A_NUMBER


def _lacks_a_digit(text: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether the 8 of «8 912 345 67 8» is the trunk prefix and a digit is missing, not the area code 891."""
    typed = re.sub(r"\D", "", text.partition("ext.")[0])
    return (
        number.country_code == 7 and len(typed) == 10 and typed[0] in "78" and not phonenumbers.is_valid_number(number)
    )
