"""«Новая заявка»: from the empty form to the request, its number and its confirmation."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from customers.models import Contract, Server
from customers.vault.models import Credential
from notifications.models import OutgoingEmail
from tests.billing_cabinet.pages import (
    NEW,
    SECRET,
    address,
    closed,
    enter,
    errors_of,
    later,
    make_server,
    resolved,
    text_of,
    told,
    travel,
)
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_cast, moment, new_level_version
from tickets.models import Ticket, TicketEvent


@pytest.mark.clause("3.1.1")
@pytest.mark.clause("3.4.2")
@pytest.mark.clause("card.4")
def test_the_form_makes_a_request_with_a_number(cast: Cast) -> None:
    response = enter(cast.anna).post(NEW, told())
    ticket = Ticket.objects.get()
    assert (response.status_code, response["Location"]) == (302, address("ticket_sent", ticket))
    assert (ticket.customer, ticket.author, ticket.channel) == (cast.reis, cast.anna.user, "cabinet")
    assert (ticket.status, ticket.received_at, ticket.registered_at) == ("new", MONDAY_TEN, MONDAY_TEN)


@pytest.mark.clause("3.2.1")
def test_the_confirmation_is_owed_with_the_request(cast: Cast) -> None:
    enter(cast.anna).post(NEW, told(contact_email="dispatcher@reis.example"))
    letter = OutgoingEmail.objects.get()
    assert (letter.obligation, letter.to_address) == ("ticket.confirmation", "dispatcher@reis.example")
    assert letter.state == "queued"


STORED = [
    pytest.param("subject", "Не приходят координаты с контроллера 4512", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("description", "С утра на карте нет трёх машин.", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("steps", "Открыть карту\nВыбрать машину 4512", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("frequency", "sometimes", marks=pytest.mark.clause("3.5a.2")),
    pytest.param("server_address", "10.1.4.77:8080", marks=pytest.mark.clause("3.5a.3")),
    pytest.param("version", "4.2.1", marks=pytest.mark.clause("3.5a.5")),
    pytest.param("criticality", "high", marks=pytest.mark.clause("3.5a.6")),
    pytest.param("contact_name", "Иванова Анна Павловна", marks=pytest.mark.clause("3.5a.7")),
    pytest.param("contact_phone", "8-3532-373-233 доб. 12", marks=pytest.mark.clause("3.5a.7")),
    pytest.param("contact_email", "anna@reis.example", marks=pytest.mark.clause("3.5a.7")),
    pytest.param("controller", "4512, КамАЗ А001АА", marks=pytest.mark.clause("1.4")),
]


@pytest.mark.parametrize(("field", "value"), STORED)
def test_each_item_of_the_template_is_stored(cast: Cast, field: str, value: str) -> None:
    enter(cast.anna).post(NEW, told())
    assert getattr(Ticket.objects.get(), field) == value


SHOWN = [
    pytest.param("Не приходят координаты с контроллера 4512", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("С утра на карте нет трёх машин.", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("Открыть карту Выбрать машину 4512", marks=pytest.mark.clause("3.5a.1")),
    pytest.param("How often it happens From time to time", marks=pytest.mark.clause("3.5a.2")),
    pytest.param("Server 10.1.4.77:8080", marks=pytest.mark.clause("3.5a.3")),
    pytest.param("Access given: 23 November.", marks=pytest.mark.clause("3.5a.4")),
    pytest.param("Software version 4.2.1", marks=pytest.mark.clause("3.5a.5")),
    pytest.param("Criticality High", marks=pytest.mark.clause("3.5a.6")),
    pytest.param("Иванова Анна Павловна 8-3532-373-233 доб. 12 anna@reis.example", marks=pytest.mark.clause("3.5a.7")),
    pytest.param("Controller or vehicle 4512, КамАЗ А001АА", marks=pytest.mark.clause("1.4")),
]


@pytest.mark.parametrize("words", SHOWN)
def test_each_item_of_the_template_is_shown(cast: Cast, words: str) -> None:
    client = enter(cast.anna)
    client.post(NEW, told())
    assert words in text_of(client.get(address("ticket_detail", Ticket.objects.get())))


@pytest.mark.clause("3.5a.4")
def test_access_data_is_sealed_with_its_rights(cast: Cast) -> None:
    enter(cast.anna).post(NEW, told(access_note="Через VPN"))
    sealed = Ticket.objects.get().credential
    assert sealed is not None
    assert sealed.rights == "admin"
    assert sealed.login_sealed.startswith("v1.") and sealed.password_sealed.startswith("v1.")
    assert sealed.note_sealed.startswith("v1.")


@pytest.mark.clause("3.5a.4")
def test_a_key_file_may_stand_in_for_the_password(cast: Cast) -> None:
    key = SimpleUploadedFile("id_ed25519", b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    enter(cast.anna).post(NEW, told(access_password=None, access_key=key))
    sealed = Ticket.objects.get().credential
    assert sealed is not None
    assert sealed.key_file_sealed.startswith("v1.") and sealed.password_sealed == ""
    assert Ticket.objects.get().attachments.count() == 0  # a key is no file of the correspondence


def test_access_may_be_given_later(cast: Cast) -> None:
    client = enter(cast.anna)
    client.post(NEW, told(access_later="on"))
    assert Ticket.objects.get().credential is None
    assert Credential.objects.count() == 0
    assert "No access given yet." in text_of(client.get(address("ticket_detail", Ticket.objects.get())))


def test_i_do_not_know_is_an_answer(cast: Cast) -> None:
    client = enter(cast.anna)
    client.post(
        NEW, told(steps="", steps_unknown="on", version="", version_unknown="on", frequency="unknown", server="none")
    )
    ticket = Ticket.objects.get()
    assert (ticket.steps, ticket.version, ticket.frequency, ticket.server_address) == ("", "", "unknown", "")
    page = text_of(client.get(address("ticket_detail", ticket)))
    assert "Steps to reproduce Not specified" in page
    assert "Software version Not specified" in page
    assert "Not related to a server" in page


def test_what_the_choice_of_server_hides_does_not_count(cast: Cast) -> None:
    """The access fields were filled in for another server before «Not related to a server» was chosen."""
    enter(cast.anna).post(NEW, told(server="none", save_server="on"))
    ticket = Ticket.objects.get()
    assert (ticket.server_address, ticket.server, ticket.credential) == ("", None, None)
    assert (Server.objects.count(), Credential.objects.count()) == (0, 0)


class TestSavedServer:
    def test_a_server_is_remembered_if_asked(self, cast: Cast) -> None:
        enter(cast.anna).post(NEW, told(save_server="on"))
        server = Server.objects.get()
        assert (server.customer, server.address, server.version) == (cast.reis, "10.1.4.77:8080", "4.2.1")
        assert Ticket.objects.get().server == server

    def test_a_server_is_not_remembered_unasked(self, cast: Cast) -> None:
        enter(cast.anna).post(NEW, told(save_server=None))
        assert Server.objects.count() == 0

    def test_a_saved_server_brings_address_version_and_access(self, cast: Cast) -> None:
        client = enter(cast.anna)
        client.post(NEW, told(save_server="on"))
        server = Server.objects.get()
        bare = told(server=str(server.pk), server_address=None, version=None, access_login=None, access_password=None)
        client.post(NEW, bare)
        second = Ticket.objects.latest("pk")
        assert (second.server, second.server_address, second.version) == (server, "10.1.4.77:8080", "4.2.1")
        assert second.credential is not None
        assert second.credential != server.credential  # a snapshot of its own

    def test_the_one_used_last_stands_first(self, cast: Cast) -> None:
        make_server(cast, "Старый", "10.0.0.1", version="4.1", last_used_at=later(days=-9))
        make_server(cast, "Новый", "10.0.0.2", last_used_at=later(days=-1))
        make_server(cast, "10.0.0.3", "10.0.0.3")
        choices = [label for _value, label in enter(cast.anna).get(NEW).context["form"].fields["server"].choices]
        assert choices == [
            "Новый — 10.0.0.2",
            "Старый — 10.0.0.1, version 4.1",
            "10.0.0.3",
            "Another server",
            "Not related to a server",
        ]

    def test_another_customers_server_is_no_choice(self, cast: Cast) -> None:
        theirs = make_server(cast, "Чужой", "10.9.9.9", customer=cast.oil)
        client = enter(cast.anna)
        assert "Чужой" not in text_of(client.get(NEW))
        refused = client.post(NEW, told(server=str(theirs.pk)))
        assert errors_of(refused) == {"server": ["Choose the server"]}
        assert Ticket.objects.count() == 0


class TestOnce:
    def test_a_form_sent_twice_makes_one_request(self, cast: Cast) -> None:
        client, form = enter(cast.anna), told()
        first, second = client.post(NEW, form), client.post(NEW, form)
        assert first["Location"] == second["Location"]
        assert (Ticket.objects.count(), OutgoingEmail.objects.count()) == (1, 1)

    def test_each_opened_form_has_a_key_of_its_own(self, cast: Cast) -> None:
        client = enter(cast.anna)
        keys = {str(client.get(NEW).context["form"]["submission_key"].value()) for _ in range(3)}
        assert len(keys) == 3

    def test_a_refused_form_keeps_its_key(self, cast: Cast) -> None:
        form = told(subject="")
        page = enter(cast.anna).post(NEW, form)
        assert f'value="{form["submission_key"]}"' in page.content.decode()

    @pytest.mark.parametrize("key", ["", "no key", None])
    def test_a_spoilt_key_loses_nothing(self, cast: Cast, key: str | None) -> None:
        assert enter(cast.anna).post(NEW, told(submission_key=key)).status_code == 302
        assert Ticket.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_a_double_click_makes_one_request(self) -> None:
        """Four posts of one form at the same instant, each in a transaction of its own, with a file each."""
        cast, form = make_cast(), told(save_server="on")
        clients = [enter(cast.anna) for _ in range(4)]

        def post(client: Any) -> tuple[int, str]:
            try:
                file = SimpleUploadedFile("log.txt", b"line\n")
                response = client.post(NEW, {**form, "files": file})
                return response.status_code, response.headers.get("Location", "")
            finally:
                connection.close()

        with ThreadPoolExecutor(len(clients)) as pool:
            answers = set(pool.map(post, clients))
        ticket = Ticket.objects.get()
        assert answers == {(302, address("ticket_sent", ticket))}
        assert ticket.attachments.count() == 1
        assert (OutgoingEmail.objects.count(), Server.objects.count(), TicketEvent.objects.count()) == (1, 1, 1)


class TestRefused:
    def test_a_refused_form_is_422_and_says_so_in_the_title(self, cast: Cast) -> None:
        response = enter(cast.anna).post(NEW, {})
        assert response.status_code == 422
        assert "<title>Error: New ticket" in response.content.decode()
        assert Ticket.objects.count() == 0

    def test_everything_typed_is_still_there(self, cast: Cast) -> None:
        form = told(subject="", access_note="Через VPN", save_server="on", access_later="on")
        page = enter(cast.anna).post(NEW, form)
        bound = page.context["form"]
        kept = {name: bound[name].value() for name in form if name not in ("access_password", "submission_key")}
        assert kept == {
            name: True if value == "on" else value
            for name, value in form.items()
            if name not in ("access_password", "submission_key")
        }
        shown = page.content.decode()
        for name in ("server_address", "access_login", "version", "controller", "contact_name", "contact_phone"):
            assert f'value="{form[name]}"' in shown
        for value in ("sometimes", "other", "admin", "high"):
            assert f'value="{value}"' in shown and "checked" in shown.partition(f'value="{value}"')[2][:60]

    def test_the_password_and_the_files_are_said_to_be_lost(self, cast: Cast) -> None:
        page = enter(cast.anna).post(NEW, told(subject="", files=SimpleUploadedFile("a.txt", b"a")))
        assert SECRET not in page.content.decode()
        words = text_of(page)
        assert "the password is not kept in the form" in words
        assert "Files are not kept in the form" in words

    def test_nothing_is_said_to_be_lost_that_was_not_given(self, cast: Cast) -> None:
        words = text_of(enter(cast.anna).post(NEW, told(subject="", access_password="", access_later="on")))
        assert "not kept in the form" not in words

    def test_an_untouched_form_shows_no_error(self, cast: Cast) -> None:
        page = enter(cast.anna).get(NEW)
        assert page.status_code == 200
        assert "aria-invalid" not in page.content.decode()


class TestPrefilled:
    def test_contacts_come_from_the_persons_account(self, cast: Cast) -> None:
        cast.anna.user.phone = "8-3532-373-200"
        cast.anna.user.save()
        form = enter(cast.anna).get(NEW).context["form"]
        assert form["contact_name"].value() == "Иванова Анна Павловна"
        assert form["contact_phone"].value() == "8-3532-373-200"
        assert form["contact_email"].value() == "anna@reis.example"

    def test_criticality_has_no_default(self, cast: Cast) -> None:
        form = enter(cast.anna).get(NEW).context["form"]
        assert [form[name].value() for name in ("criticality", "frequency", "server")] == [None, None, None]

    def test_a_similar_request_takes_server_version_and_contacts(self, cast: Cast) -> None:
        server = make_server(cast)
        old = file_ticket(cast.anna, server=server, contact_name="Диспетчер", contact_phone="8-3532-111-222")
        form = enter(cast.anna).get(f"{NEW}?like={old.number}").context["form"]
        taken = {name: form[name].value() for name in ("server", "version", "contact_name", "contact_phone")}
        assert taken == {
            "server": str(server.pk),
            "version": "4.2.1",
            "contact_name": "Диспетчер",
            "contact_phone": "8-3532-111-222",
        }
        assert form["subject"].value() is None

    def test_a_similar_request_with_another_server_takes_its_address(self, cast: Cast) -> None:
        old = file_ticket(cast.anna, server_address="srv.reis.example", version="")
        form = enter(cast.anna).get(f"{NEW}?like={old.number}").context["form"]
        assert (form["server"].value(), form["server_address"].value()) == ("other", "srv.reis.example")
        assert form["version_unknown"].value() is True

    @pytest.mark.parametrize("number", ["abc", "", "99999999", "9" * 40, "-1", "²"])
    def test_a_number_that_names_nothing_is_passed_over(self, cast: Cast, number: str) -> None:
        form = enter(cast.anna).get(NEW, {"like": number}).context["form"]
        assert form["contact_name"].value() == "Иванова Анна Павловна"

    def test_nobody_copies_from_what_he_may_not_see(self, cast: Cast) -> None:
        theirs = file_ticket(cast.clara, contact_name="Чужой Человек")
        assert "Чужой" not in enter(cast.anna).get(f"{NEW}?like={theirs.number}").content.decode()

    def test_a_request_closed_too_long_ago_is_followed(self, cast: Cast) -> None:
        old = closed(cast, at=later(days=-40))
        client = enter(cast.anna)
        client.post(f"{NEW}?like={old.number}", told())
        new = Ticket.objects.latest("pk")
        assert new.follows == old
        assert f"Follows No. {old.number}" in text_of(client.get(address("ticket_detail", new)))

    @pytest.mark.parametrize("make", [resolved, closed])
    def test_a_request_that_may_be_reopened_is_only_copied(self, cast: Cast, make: Callable[..., Ticket]) -> None:
        old = make(cast, at=later(days=-5))
        enter(cast.anna).post(f"{NEW}?like={old.number}", told())
        assert Ticket.objects.latest("pk").follows is None


class TestReactionBox:
    def lines(self, cast: Cast) -> dict[str, str]:
        shown = enter(cast.anna).get(NEW).context["reaction"].lines
        return {line.label: line.words.replace("\u00a0", " ") for line in shown}

    @pytest.mark.clause("3.6.2")
    def test_each_criticality_shows_when_a_reaction_is_due(self, cast: Cast) -> None:
        assert self.lines(cast) == dict.fromkeys(["Critical", "High", "Medium", "Low"], "Mon, 23 November, by 15:00")

    @pytest.mark.clause("3.6.2")
    def test_a_criticality_with_a_term_of_its_own_shows_it(self, cast: Cast) -> None:
        new_level_version(cast.standard, critical=60)
        lines = self.lines(cast)
        assert (lines["Critical"], lines["High"]) == ("Mon, 23 November, by 11:00", "Mon, 23 November, by 15:00")

    @pytest.mark.clause("3.5b.2")
    def test_on_a_day_off_the_term_runs_from_the_next_opening(self, cast: Cast) -> None:
        with travel(moment("2026-11-22 18:40")):
            page = text_of(enter(cast.anna).get(NEW))
        assert "Mon, 23 November, by 13:00" in page
        assert "outside working hours now. The reaction clock will start: Mon, 23 November, 9:00." in page

    def test_the_level_and_the_hours_stand_under_the_terms(self, cast: Cast) -> None:
        page = text_of(enter(cast.anna).get(NEW))
        assert "“Стандарт”: 4 working hours. We work Mon–Fri 9:00–18:00, break 13:00–14:00 (Orenburg, UTC+5)." in page
        assert "outside working hours" not in page.partition("Contacts")[0]

    @pytest.mark.clause("3.6.4")
    def test_a_critical_request_may_be_taken_out_of_turn(self, cast: Cast) -> None:
        assert "We may take a critical ticket out of turn" in text_of(enter(cast.anna).get(NEW))

    @pytest.mark.clause("3.5b.3")
    @pytest.mark.clause("3.7.1")
    def test_no_time_of_solution_is_promised(self, cast: Cast) -> None:
        page = text_of(enter(cast.anna).get(NEW))
        assert "The time of solution depends on criticality, complexity and the need to pass the question" in page

    def test_without_a_contract_no_term_is_named(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 1, 1))
        page = enter(cast.anna).get(NEW)
        assert page.context["reaction"].lines == []
        assert "when we have checked the contract" in text_of(page)
        assert "8 working hours" not in text_of(page)  # the internal term stays inside


class TestSent:
    def test_it_tells_the_number_the_letter_and_the_term(self, cast: Cast) -> None:
        ticket = file_ticket(cast.anna)
        page = text_of(enter(cast.anna).get(address("ticket_sent", ticket)))
        assert f"No. {ticket.number}" in page
        assert "anna@reis.example" in page
        assert "Mon, 23 November, by 15:00" in page

    def test_without_a_contract_it_names_no_term(self, cast: Cast) -> None:
        Contract.objects.filter(customer=cast.reis).update(ends_date=date(2026, 1, 1))
        ticket = file_ticket(cast.anna)
        assert ticket.due_at is not None
        page = text_of(enter(cast.anna).get(address("ticket_sent", ticket)))
        assert "when we have checked the contract" in page
        assert "by 1" not in page

    def test_it_may_be_reloaded(self, cast: Cast) -> None:
        ticket, client = file_ticket(cast.anna), enter(cast.anna)
        assert {client.get(address("ticket_sent", ticket)).status_code for _ in range(3)} == {200}
        assert Ticket.objects.count() == 1


@pytest.mark.clause("3.5b.1")
@pytest.mark.parametrize("when", ["2026-11-22 03:00", "2027-01-01 00:00", "2026-11-23 13:30", "2026-12-31 23:59"])
def test_requests_are_taken_round_the_clock(cast: Cast, when: str) -> None:
    with travel(moment(when)):
        assert enter(cast.anna).post(NEW, told()).status_code == 302
    assert Ticket.objects.get().received_at == moment(when)


def test_a_key_of_somebody_else_shows_nothing_of_his(cast: Cast) -> None:
    theirs = file_ticket(cast.clara, key=uuid.uuid4())
    response = enter(cast.anna).post(NEW, told(submission_key=str(theirs.submission_key)))
    assert response.status_code == 302
    assert Ticket.objects.count() == 2
    assert str(theirs.number) not in response.headers.get("Location", "")


def test_the_longest_server_name_with_a_port_is_taken_or_refused_with_words(cast: Cast) -> None:
    """253 signs are a name, six more a port; the record keeps 255 in all."""
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert enter(cast.anna).post(NEW, told(server_address=name, save_server="on")).status_code == 302
    refused = enter(cast.anna).post(NEW, told(server_address=f"{name}:65535", save_server="on"))
    assert refused.status_code == 422
    assert list(errors_of(refused)) == ["server_address"]
