from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import attachments, workflow
from tickets.models import Attachment

CONTENT = b"<script>alert(1)</script>\x00\xff"


@pytest.fixture
def file(cast: Cast) -> Attachment:
    file_ticket(cast.anna, files=[SimpleUploadedFile("журнал «ночь».html", CONTENT)])
    return Attachment.objects.get()


def get(file_id: object, user: User | None) -> Any:
    client = Client()
    if user:
        client.force_login(user)
    return client.get(f"/files/{file_id}/")


def without_values(page: bytes) -> bytes:
    """The page less the form token and the address that was asked for."""
    return re.sub(rb'value="[^"]+"', b"", page)


@pytest.mark.parametrize("person", ["anna", "elena", "oleg", "maria"])
def test_who_may_see_the_request_gets_the_bytes_as_they_came(cast: Cast, file: Attachment, person: str) -> None:
    who = getattr(cast, person)
    response = get(file.pk, who if isinstance(who, User) else who.user)
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == CONTENT


def test_a_file_is_always_an_attachment_that_cannot_run(cast: Cast, file: Attachment) -> None:
    response = get(file.pk, cast.anna.user)
    assert response["Content-Disposition"].startswith("attachment;")
    assert "filename*=utf-8''" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("person", ["boris", "clara"])
def test_for_others_there_is_no_such_file(cast: Cast, file: Attachment, person: str) -> None:
    stranger = get(file.pk, getattr(cast, person).user)
    nothing = get(uuid.uuid4(), getattr(cast, person).user)
    assert stranger.status_code == nothing.status_code == 404
    assert without_values(stranger.content) == without_values(nothing.content)


def test_without_signing_in_there_is_only_the_sign_in_page(file: Attachment) -> None:
    assert get(file.pk, None).status_code == 302


def test_a_file_of_a_note_is_for_staff_only(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    (stored,) = attachments.write([SimpleUploadedFile("внутренний.txt", b"inside")])
    workflow.note(ticket, "См. файл", by=cast.elena, at=MONDAY_TEN, files=[stored])
    file = Attachment.objects.get()
    assert get(file.pk, cast.anna.user).status_code == 404
    assert get(file.pk, cast.elena).status_code == 200


def test_a_file_that_is_gone_from_the_disk_is_a_404_and_no_crash(cast: Cast, file: Attachment) -> None:
    attachments.full_path(file.path).unlink()
    assert get(file.pk, cast.anna.user).status_code == 404
