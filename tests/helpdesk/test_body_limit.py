"""What is refused by its length is refused before a byte of it is read, let alone kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.cast import Cast

NEW = "/cabinet/tickets/new/"
PERSON_MOST = 265 * 10**6


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the bodies that would have been read."""
    lengths: list[int] = []

    def note(parser: Any) -> tuple[QueryDict, MultiValueDict[str, Any]]:
        lengths.append(parser._content_length)
        return QueryDict(), MultiValueDict()

    monkeypatch.setattr(MultiPartParser, "parse", note)
    return lengths


def guest(cookie: str = "") -> Client:
    """Whoever sends a CSRF cookie makes the check read the form."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrf"] = "x" * 32
    if cookie:
        client.cookies["session"] = cookie
    return client


@pytest.mark.parametrize("cookie", ["", "made-up"])
@pytest.mark.parametrize("page", [NEW, "/accounts/login/"])
@pytest.mark.django_db
def test_a_strangers_body_above_one_megabyte_is_refused_unread(read: list[int], cookie: str, page: str) -> None:
    response = guest(cookie).post(page, {"login": "x"}, CONTENT_LENGTH=str(10**6 + 1))
    assert response.status_code == 413
    assert read == []
    guest(cookie).post(page, {"login": "x"}, CONTENT_LENGTH=str(10**6))
    assert read == [10**6]


def test_a_person_may_send_ten_files_and_no_more(cast: Cast, read: list[int]) -> None:
    client = guest()
    client.force_login(cast.anna.user)
    client.post(NEW, {"subject": "x"}, CONTENT_LENGTH=str(PERSON_MOST))
    assert read == [PERSON_MOST]
    response = client.post(NEW, {"subject": "x"}, CONTENT_LENGTH=str(PERSON_MOST + 1))
    assert response.status_code == 413
    assert "Разделите архив на части или дайте ссылку в сообщении." in response.content.decode()
    assert len(read) == 1


@pytest.mark.django_db
def test_a_small_body_of_a_stranger_asks_the_database_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert guest().post(NEW, {"a": "b"}).status_code == 403
        assert guest().post(NEW, {"a": "b"}, CONTENT_LENGTH=str(10**7)).status_code == 413


@pytest.mark.parametrize("told", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_body_that_does_not_tell_its_length_is_refused_unread(read: list[int], told: dict[str, Any]) -> None:
    response = guest().post(NEW, {"a": "b"}, CONTENT_LENGTH="", **told)
    assert response.status_code == 411
    assert "Content-Length" in response.content.decode()
    assert read == []
