"""Files of the form and of the correspondence: back byte for byte, or refused by name with nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.billing_cabinet.pages import NEW, address, enter, errors_of, text_of, told
from tests.cast import MONDAY_TEN, Cast, file_ticket
from tickets import workflow
from tickets.attachments import write
from tickets.models import Attachment, Message, Ticket

EVERY_BYTE = bytes(range(256)) * 1000


def upload(name: str = "log.txt", content: bytes = b"line\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def post(cast: Cast, where: str, files: list[SimpleUploadedFile]) -> Any:
    """The files with a new request, with a reply, or with an objection."""
    client = enter(cast.anna)
    if where == "new":
        return client.post(NEW, told(files=files))
    ticket = file_ticket(cast.anna)
    if where == "reopen":
        workflow.close_by_customer(ticket, by=cast.anna, at=MONDAY_TEN)
    return client.post(address(f"ticket_{where}", ticket), {"body": "Смотрите файлы", "files": files})


EVERYWHERE = pytest.mark.parametrize("where", ["new", "reply", "reopen"])


@EVERYWHERE
def test_a_file_comes_back_byte_for_byte(cast: Cast, where: str) -> None:
    post(cast, where, [upload("дамп «ночь».bin", EVERY_BYTE), upload("b.txt", b"b")])
    client, ticket = enter(cast.anna), Ticket.objects.get()
    page = client.get(address("ticket_detail", ticket))
    assert "дамп «ночь».bin" in text_of(page)
    row = Attachment.objects.get(size=len(EVERY_BYTE))
    assert f'href="/files/{row.pk}/"' in page.content.decode()
    download = client.get(f"/files/{row.pk}/")
    assert b"".join(download.streaming_content) == EVERY_BYTE  # type: ignore[attr-defined]


@EVERYWHERE
def test_ten_files_are_taken(cast: Cast, where: str) -> None:
    assert post(cast, where, [upload(f"{i}.txt") for i in range(10)]).status_code == 302
    assert Attachment.objects.count() == len(on_disk()) == 10


REFUSED = [
    ([("dump.exe", b"MZ\x90\x00\x03\x00")], "The file “dump.exe” was refused: executables are not accepted."),
    ([("photo.jpg", b"MZ\x90\x00\x03\x00")], "The file “photo.jpg” was refused: executables are not accepted."),
    ([("run.sh", b"echo")], "The file “run.sh” was refused: executables are not accepted."),
    ([("empty.log", b"")], "The file “empty.log” is empty."),
    ([("a.txt", b"a"), ("empty.log", b"")], "The file “empty.log” is empty."),
    ([(f"{i}.txt", b"a") for i in range(11)], "You can attach up to 10 files."),
]


@EVERYWHERE
@pytest.mark.parametrize(("files", "words"), REFUSED)
def test_a_file_that_cannot_be_taken_is_named_at_its_field(
    cast: Cast, where: str, files: list[tuple[str, bytes]], words: str
) -> None:
    page = post(cast, where, [upload(*file) for file in files])
    assert page.status_code == 422
    assert list(errors_of(page)) == ["files"]
    assert errors_of(page)["files"][0].startswith(words)
    assert (on_disk(), Attachment.objects.count(), Message.objects.count()) == ([], 0, 0)


@EVERYWHERE
def test_a_file_above_25_megabytes_is_refused(cast: Cast, where: str) -> None:
    page = post(cast, where, [upload("log.zip", b"\0" * 25_000_001)])
    assert page.status_code == 422
    assert errors_of(page) == {"files": ["The file “log.zip” is larger than 25 MB."]}
    assert on_disk() == []


def test_a_file_of_exactly_25_megabytes_is_taken(cast: Cast) -> None:
    assert post(cast, "new", [upload("log.zip", b"\0" * 25_000_000)]).status_code == 302
    assert Attachment.objects.get().size == 25_000_000


def test_a_refused_reply_keeps_its_words(cast: Cast) -> None:
    page = post(cast, "reply", [upload("empty.log", b"")])
    assert "Смотрите файлы</textarea>" in page.content.decode()


def test_a_reply_sent_twice_leaves_one_file(cast: Cast) -> None:
    ticket, client = file_ticket(cast.anna), enter(cast.anna)
    key = "6d0f1a52-7a51-4d43-8a61-50e3a0a2a111"
    for _ in range(2):
        answer = {"body": "Лог", "files": [upload()], "submission_key": key}
        assert client.post(address("ticket_reply", ticket), answer).status_code == 302
    assert (Message.objects.count(), Attachment.objects.count(), len(on_disk())) == (1, 1, 1)


def test_a_reply_that_fails_leaves_no_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket, client = file_ticket(cast.anna), enter(cast.anna)

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("tickets.workflow.customer.save", fail)
    with pytest.raises(RuntimeError):
        client.post(address("ticket_reply", ticket), {"body": "Лог", "files": [upload()]})
    assert (Message.objects.count(), on_disk()) == (0, [])


def test_the_file_of_a_note_is_nowhere_in_the_cabinet(cast: Cast) -> None:
    ticket = workflow.take(file_ticket(cast.anna), by=cast.elena, at=MONDAY_TEN)
    workflow.note(ticket, "Наш дамп", by=cast.elena, at=MONDAY_TEN, files=write([upload("internal-dump.txt")]))
    client = enter(cast.anna)
    for path in ("/cabinet/", "/cabinet/tickets/", address("ticket_detail", ticket)):
        page = client.get(path).content.decode()
        assert "internal-dump" not in page
        assert "with files" not in page
    assert client.get(f"/files/{Attachment.objects.get().pk}/").status_code == 404


def test_a_request_with_a_file_is_marked_in_the_list(cast: Cast) -> None:
    file_ticket(cast.anna, files=[upload()])
    assert "with files" in text_of(enter(cast.anna).get("/cabinet/tickets/"))
