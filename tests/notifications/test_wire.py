"""What goes over the wire: every letter as the server got it, byte for byte."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from notifications import delivery
from notifications.models import OutgoingEmail
from tests.mail_server import MailServer, lint
from tests.notifications.owing import drain_later, owe

pytestmark = pytest.mark.django_db
State = OutgoingEmail.State


def test_every_header_is_there_once_and_says_what_it_should(mail_server: MailServer, settings: Settings) -> None:
    settings.SUPPORT_EMAIL = "support@desk.example"
    settings.DEFAULT_FROM_EMAIL = "Техподдержка АСС <support@desk.example>"
    first = owe(thread="ticket:1")
    owe("message:1", thread="ticket:1", is_automatic=False)
    delivery.deliver_due()
    opening, answer = mail_server.letters
    for letter in (opening, answer):
        lint(letter)
        [sender] = letter.message["From"].addresses
        assert (sender.display_name, sender.addr_spec) == ("Техподдержка АСС", "support@desk.example")
        assert str(letter.message["Reply-To"]) == "support@desk.example"
        assert abs(letter.message["Date"].datetime - timezone.now()) < timedelta(minutes=1)
    assert opening.message["Auto-Submitted"] == "auto-generated"
    assert opening.message["References"] is None
    assert answer.message["Auto-Submitted"] is None
    assert answer.message["In-Reply-To"] == answer.message["References"] == first.message_id
    assert str(opening.message["Subject"]) == "[#10427] Заявка принята: ticket:1"


@pytest.mark.parametrize(
    "text",
    [
        "Первая\r\n.\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<clara@oil.example>\r\nDATA\r\nПодделка\r\n.\r\n",
        "Первая\n.\nMAIL FROM:<evil@example.net>\n",
        "Первая\r.\rMAIL FROM:<evil@example.net>\r",
        "Первая\n.\r\nMAIL FROM:<evil@example.net>\r\n.\n",
        "Первая\nFrom кого-то\n..две точки\n",
    ],
    ids=["crlf", "lf", "cr", "mixed", "dots"],
)
def test_a_text_smuggles_no_second_letter(mail_server: MailServer, text: str) -> None:
    owe(text=text)
    delivery.deliver_due()
    [letter] = mail_server.letters
    lint(letter)
    sent = letter.part("plain").splitlines()
    assert sent == text.replace("\r\n", "\n").replace("\r", "\n").splitlines()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"], ids=ascii)
def test_a_subject_brings_no_header_of_its_own(mail_server: MailServer, end: str) -> None:
    owe(f"x{end}Bcc: evil@example.net")
    OutgoingEmail.objects.update(subject=f"Тема{end}Bcc: evil@example.net")
    delivery.deliver_due()
    [letter] = mail_server.letters
    lint(letter)
    assert letter.message["Bcc"] is None
    assert "evil@example.net" in str(letter.message["Subject"])


def test_a_very_long_line_and_a_very_long_subject_arrive_whole(mail_server: MailServer) -> None:
    text = "Ж" * 5000 + " " + "x" * 5000
    row = owe(text=text)
    OutgoingEmail.objects.filter(pk=row.pk).update(subject="Длинная тема " * 15)
    delivery.deliver_due()
    [letter] = mail_server.letters
    lint(letter)
    assert letter.part("plain").strip() == text
    assert str(letter.message["Subject"]) == ("Длинная тема " * 15).strip()


def test_a_repeat_of_a_letter_has_the_same_message_id_and_the_same_date(mail_server: MailServer) -> None:
    row = owe()
    delivery.deliver_due()
    OutgoingEmail.objects.update(state=State.QUEUED, sent_at=None)
    drain_later(3600)
    one, other = mail_server.letters
    assert one.message["Message-ID"] == other.message["Message-ID"] == row.message_id
    assert one.message["Date"] == other.message["Date"]
    assert one.message["Date"].datetime == row.created_at.replace(microsecond=0)
