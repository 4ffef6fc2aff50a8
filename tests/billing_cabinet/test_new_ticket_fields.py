"""Each field of the new form: what it refuses, in which words, and what it takes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.billing_cabinet.pages import NEW, enter, errors_of, make_server, text_of, told
from tests.cast import Cast
from tickets.models import Ticket

LATER = {"access_login": "", "access_password": "", "access_later": "on"}

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"subject": ""}, "subject", "Say in brief what the problem is"),
    ({"subject": " \u200b\t "}, "subject", "Say in brief what the problem is"),
    ({"subject": "а" * 121}, "subject", "Shorten the subject to 120 characters"),
    ({"description": ""}, "description", "Describe the problem"),
    ({"description": " \r\n\x00\r\n "}, "description", "Describe the problem"),
    ({"description": "а" * 20_001}, "description", "Shorten the text to 20000 characters, or attach it as a file"),
    (
        {"steps": ""},
        "steps",
        "Describe the steps that lead to the problem or tick “I don't know how to reproduce it”",
    ),
    ({"steps": "а" * 20_001}, "steps", "Shorten the text to 20000 characters, or attach it as a file"),
    ({"frequency": None}, "frequency", "Choose how often the problem occurs"),
    ({"frequency": "daily"}, "frequency", "Choose how often the problem occurs"),
    ({"server": None}, "server", "Choose the server"),
    ({"server": "0"}, "server", "Choose the server"),
    ({"server_address": ""}, "server_address", "Enter the server address"),
    ({"server_address": "root@10.1.4.20"}, "server_address", "Enter only the address, without a login and a password"),
    ({"server_address": "10.1.4.2O:99999"}, "server_address", "The port is a number from 1 to 65535"),
    (
        {"server_address": "10.1.4.300"},
        "server_address",
        "Check the address: it is neither an IP address nor a server name",
    ),
    ({"access_login": ""}, "access_login", "Enter the login or tick “I will provide access later”"),
    ({"access_login": "a" * 256}, "access_login", "A login has at most 255 characters"),
    ({"access_password": ""}, "access_password", "Enter the password or tick “I will provide access later”"),
    ({"access_password": "a" * 1001}, "access_password", "A password has at most 1000 characters"),
    ({"access_rights": "god"}, "access_rights", "Choose the rights"),
    ({"access_note": "а" * 5001}, "access_note", "Shorten the text to 5000 characters, or attach it as a file"),
    ({"version": ""}, "version", "Enter the version or tick “I don't know”"),
    ({"version": "", "server": "none"}, "version", "Enter the version or tick “I don't know”"),
    ({"version": "1" * 51}, "version", "Shorten the version to 50 characters"),
    ({"controller": "1" * 101}, "controller", "Shorten the text to 100 characters"),
    ({"criticality": None}, "criticality", "Choose the criticality"),
    ({"criticality": "blocker"}, "criticality", "Choose the criticality"),
    ({"contact_name": ""}, "contact_name", "Enter the full name of the responsible person"),
    ({"contact_name": "а" * 151}, "contact_name", "Shorten the name to 150 characters"),
    ({"contact_phone": ""}, "contact_phone", "Enter the phone"),
    (
        {"contact_phone": "233-23"},
        "contact_phone",
        "The number has too few digits: add the area or operator code",
    ),
    ({"contact_phone": "нет"}, "contact_phone", "Enter the phone number in digits, for example 8-3532-373-233"),
    ({"contact_phone": "8" * 61}, "contact_phone", "Enter one phone number, up to 60 characters"),
    ({"contact_email": ""}, "contact_email", "Enter the e-mail"),
    ({"contact_email": "anna.reis.example"}, "contact_email", "Enter the full e-mail, with the @ sign"),
    ({"contact_email": "a@b\nBcc: x@y.example"}, "contact_email", "Enter the full e-mail, with the @ sign"),
    ({"contact_email": "anna@reis.example, x@y.example"}, "contact_email", "Enter the full e-mail, with the @ sign"),
]


@pytest.mark.parametrize(("changes", "field", "words"), REFUSED)
def test_a_bad_field_is_named_with_what_to_do(cast: Cast, changes: dict[str, Any], field: str, words: str) -> None:
    page = enter(cast.anna).post(NEW, told(**changes))
    assert page.status_code == 422
    assert errors_of(page) == {field: [words]}
    assert text_of(page).count(words) == 2  # in the summary, and beside the field
    assert Ticket.objects.count() == 0


def test_an_empty_form_names_every_item_in_the_order_of_the_page(cast: Cast) -> None:
    page = enter(cast.anna).post(NEW, {})
    assert list(errors_of(page)) == [
        "subject",
        "description",
        "frequency",
        "server",
        "criticality",
        "contact_name",
        "contact_phone",
        "contact_email",
        "steps",
        "version",
    ]
    links = [f'href="#id_{name}' for name in ("subject", "description", "steps", "frequency_0", "server_0", "version")]
    summary = page.content.decode().partition("data-error-summary")[2].partition("</ul>")[0]
    places = [summary.index(link) for link in links]
    assert places == sorted(places)


def test_every_error_belongs_to_its_field_for_screen_readers(cast: Cast) -> None:
    page = enter(cast.anna).post(NEW, told(subject="")).content.decode()
    field = page.partition('name="subject"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert "id_subject_error" in field and 'id="id_subject_error"' in page


TAKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"subject": "  Нет\tсвязи \r\n с 4512\u202e "}, "subject", "Нет связи с 4512"),
    ({"subject": "а" * 120}, "subject", "а" * 120),
    ({"description": "раз\r\nдва\x00\r\n\r\n"}, "description", "раз\nдва"),
    ({"description": "а" * 20_000}, "description", "а" * 20_000),
    ({"steps": "лишнее", "steps_unknown": "on"}, "steps", ""),
    ({"server_address": " https://SRV.Reis.example:8443/ "}, "server_address", "srv.reis.example:8443"),
    ({"server_address": "2001:DB8::1"}, "server_address", "2001:db8::1"),
    ({"version": "4.2.1", "version_unknown": "on"}, "version", ""),
    ({"contact_phone": "+7 (912) 345-67-89"}, "contact_phone", "+7 (912) 345-67-89"),
    ({"contact_phone": "89123456789 доб. 12"}, "contact_phone", "89123456789 доб. 12"),
    ({"contact_email": " anna@reis.example "}, "contact_email", "anna@reis.example"),
    ({"controller": ""}, "controller", ""),
]


@pytest.mark.parametrize(("changes", "field", "value"), TAKEN)
def test_what_people_really_type_is_taken(cast: Cast, changes: dict[str, Any], field: str, value: str) -> None:
    page = enter(cast.anna).post(NEW, told(**changes))
    assert page.status_code == 302
    assert getattr(Ticket.objects.get(), field) == value


def test_a_phone_is_found_by_its_digits_and_shown_as_typed(cast: Cast) -> None:
    enter(cast.anna).post(NEW, told(contact_phone="8-3532-373-233"))
    ticket = Ticket.objects.get()
    assert (ticket.contact_phone, ticket.contact_phone_digits) == ("8-3532-373-233", "73532373233")


def test_a_password_is_taken_as_it_is_typed(cast: Cast) -> None:
    """Spaces at its ends are a part of it."""
    page = enter(cast.anna).post(NEW, told(access_password="  "))
    assert page.status_code == 302


def test_a_saved_server_needs_neither_address_nor_version_nor_access(cast: Cast) -> None:
    server = make_server(cast, version="4.2.1")
    page = enter(cast.anna).post(NEW, told(server=str(server.pk), server_address="", version="", **LATER))
    assert page.status_code == 302


@pytest.mark.clause("3.5a.5")
def test_the_version_of_a_saved_server_that_has_none_can_be_told(cast: Cast) -> None:
    server = make_server(cast)
    enter(cast.anna).post(NEW, told(server=str(server.pk), version="4.2.1"))
    server.refresh_from_db()
    assert (Ticket.objects.get().version, server.version) == ("4.2.1", "4.2.1")


@pytest.mark.clause("3.5a.5")
def test_a_saved_server_without_a_version_is_asked_for_it_like_any_other(cast: Cast) -> None:
    server, client = make_server(cast), enter(cast.anna)
    refused = client.post(NEW, told(server=str(server.pk), version=""))
    assert errors_of(refused) == {"version": ["Enter the version or tick “I don't know”"]}
    assert client.post(NEW, told(server=str(server.pk), version="", version_unknown="on")).status_code == 302
    assert Ticket.objects.get().version == ""


def test_a_version_typed_for_another_server_changes_nothing_of_a_known_one(cast: Cast) -> None:
    """The choice of that server hides the field, with what was typed before."""
    server = make_server(cast, version="4.2.1")
    enter(cast.anna).post(NEW, told(server=str(server.pk), version="3.0"))
    server.refresh_from_db()
    assert (Ticket.objects.get().version, server.version) == ("4.2.1", "4.2.1")


def test_only_servers_of_a_known_version_hide_its_field(cast: Cast) -> None:
    """A rule of the stylesheet hides the field at the radios that are marked so."""
    known, other = make_server(cast, version="4.2.1"), make_server(cast, "Тестовый", "10.1.4.21")
    page = enter(cast.anna).get(NEW).content.decode()
    radios = {
        value: "knows-version" in radio
        for radio, value in re.findall(r'(<input type="radio" name="server" value="(\w+)"[^>]*>)', page)
    }
    assert radios == {str(known.pk): True, str(other.pk): False, "other": False, "none": False}


def test_rights_that_nobody_chose_are_unknown(cast: Cast) -> None:
    enter(cast.anna).post(NEW, told(access_rights=None))
    credential = Ticket.objects.get().credential
    assert credential is not None and credential.rights == "unknown"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The key file is empty"),
        (b"k" * 100_001, "The key file is larger than 100 KB. Choose the key itself"),
    ],
)
def test_a_key_file_that_is_no_key_is_refused(cast: Cast, content: bytes, words: str) -> None:
    page = enter(cast.anna).post(NEW, told(access_key=SimpleUploadedFile("id_rsa", content)))
    assert page.status_code == 422
    assert errors_of(page) == {"access_key": [words]}


def test_a_key_of_exactly_100_kilobytes_is_taken(cast: Cast) -> None:
    page = enter(cast.anna).post(NEW, told(access_key=SimpleUploadedFile("id_rsa", b"k" * 100_000)))
    assert page.status_code == 302


def test_a_subject_is_never_cut_off_by_the_browser(cast: Cast) -> None:
    """maxlength would drop the end of what is pasted, in silence."""
    assert "maxlength" not in enter(cast.anna).get(NEW).content.decode()


def test_criticalities_carry_their_hints(cast: Cast) -> None:
    page = text_of(enter(cast.anna).get(NEW))
    for hint in (
        "The main services do not work",
        "Work is seriously hampered, there is no workaround",
        "It gets in the way, but there is a workaround",
        "A question or a consultation",
    ):
        assert hint in page


def test_what_is_optional_says_so_and_nothing_else(cast: Cast) -> None:
    page = text_of(enter(cast.anna).get(NEW))
    assert page.count("(optional)") == 4  # how to connect, key file, controller, files
    assert "Steps to reproduce (optional)" not in page


def test_a_script_in_a_text_stays_a_text(cast: Cast) -> None:
    client = enter(cast.anna)
    evil = "<script>alert(1)</script>"
    page = client.post(NEW, told(subject=evil, description=evil, contact_name=evil, criticality=None))
    assert evil not in page.content.decode()
    client.post(NEW, told(subject=evil, description=evil, contact_name=evil))
    for path in ("/cabinet/", "/cabinet/tickets/", f"/cabinet/tickets/{Ticket.objects.get().number}/"):
        assert evil not in client.get(path).content.decode()
