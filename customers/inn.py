"""The taxpayer number (ИНН): 10 digits, of a sole proprietor 12; the last one or two of them check the others."""

from __future__ import annotations

_TENTH = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVENTH = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELFTH = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def has_valid_checksum(inn: str) -> bool:
    """Whether the check digits of 10 or 12 digits are right; False for anything else."""
    if not (inn.isascii() and inn.isdigit()):
        return False
    digits = [int(char) for char in inn]
    if len(digits) == 10:
        return digits[9] == _check(digits, _TENTH)
    return len(digits) == 12 and digits[10] == _check(digits, _ELEVENTH) and digits[11] == _check(digits, _TWELFTH)


def _check(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10
