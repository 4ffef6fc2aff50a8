from __future__ import annotations

from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD, Cast

PAGE = "/accounts/login/"


def is_let_in(password: str) -> bool:
    told = {"login": "anna@reis.example", "password": password}
    return Client().post(PAGE, told).status_code == 302


def test_the_lock_after_ten_wrong_passwords_outlives_a_thousand_other_keys(cast: Cast) -> None:
    assert is_let_in(PASSWORD)
    for _ in range(10):
        assert not is_let_in("wrong")
    assert not is_let_in(PASSWORD), "locked"
    for number in range(1000):
        cache.set(f"other:{number}", number, 900)
    assert not is_let_in(PASSWORD), "still locked"
