from __future__ import annotations

import tempfile
import threading
import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from customers.models import Server
from customers.vault.access import AccessData
from customers.vault.models import Credential
from notifications.models import OutgoingEmail
from sla.models import CalendarVersion, SupportLevel
from tests.cast import Cast, file_ticket, make_cast, moment, new_level_version
from tickets import attachments, recalculation
from tickets.attachments import FileRefused
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.rank import Rung
from tickets.workflow.customer import NotAWriter


@pytest.mark.clause("3.4.2")
def test_each_request_gets_the_next_number(cast: Cast) -> None:
    first, second = file_ticket(cast.anna), file_ticket(cast.clara)
    assert second.number == first.number + 1


@pytest.mark.clause("3.4.2")
@pytest.mark.django_db(transaction=True)
def test_numbers_are_never_given_twice_when_many_file_at_once() -> None:
    cast = make_cast()
    numbers: list[int] = []
    start = threading.Barrier(8)

    def file_some() -> None:
        start.wait()
        for _ in range(5):
            numbers.append(file_ticket(cast.anna).number)
        connection.close()

    threads = [threading.Thread(target=file_some) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == len(set(numbers)) == 40


@pytest.mark.clause("3.6.2")
@pytest.mark.clause("3.5b.2")
@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-23 10:00", "2026-11-23 15:00"),  # the break does not count
        ("2026-11-20 17:30", "2026-11-23 12:30"),  # over a weekend
        ("2026-11-22 18:40", "2026-11-23 13:00"),  # received on Sunday
    ],
)
def test_the_deadline_follows_from_the_contracts_level_and_the_calendar(cast: Cast, received: str, due: str) -> None:
    ticket = file_ticket(cast.anna, at=moment(received))
    assert ticket.due_at == moment(due)
    assert ticket.limit_minutes == 240
    assert ticket.is_term_promised


def test_without_a_valid_contract_a_term_works_inside_and_is_not_promised(cast: Cast) -> None:
    contract = cast.reis.contracts.get()
    contract.starts_date, contract.ends_date, contract.grace_days = date(2025, 1, 1), date(2026, 10, 1), 30
    contract.save()
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    assert not ticket.is_term_promised
    assert ticket.limit_minutes == 480


def test_in_the_days_of_grace_the_contracts_term_still_holds(cast: Cast) -> None:
    contract = cast.reis.contracts.get()
    contract.ends_date, contract.grace_days = date(2026, 11, 1), 22
    contract.save()
    assert file_ticket(cast.anna, at=moment("2026-11-23 10:00")).is_term_promised
    assert not file_ticket(cast.anna, at=moment("2026-11-24 10:00")).is_term_promised


def test_a_level_limit_per_criticality_goes_before_the_base(cast: Cast) -> None:
    new_level_version(cast.standard, high=60)
    assert file_ticket(cast.anna, criticality="high").limit_minutes == 60
    assert file_ticket(cast.anna, criticality="low").limit_minutes == 240


@pytest.mark.clause("3.2.1")
@pytest.mark.clause("3.2.2")
def test_filing_owes_one_confirmation_to_the_contact_in_the_same_transaction(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, contact_email="dispetcher@reis.example")
    letter = OutgoingEmail.objects.get()
    assert (letter.obligation, letter.to_address) == ("ticket.confirmation", "dispetcher@reis.example")
    assert str(ticket.number) in letter.subject


def test_a_failure_after_the_row_leaves_neither_request_nor_letter_nor_file(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("tickets.emails.confirmation", fail)
    with pytest.raises(RuntimeError):
        file_ticket(cast.anna, files=[SimpleUploadedFile("a.txt", b"a")], access=AccessData("root", "secret"))
    assert not Ticket.objects.exists()
    assert not OutgoingEmail.objects.exists()
    assert not Credential.objects.exists()
    assert attachments.sweep(at=moment("2030-01-01 00:00")) == 0


def test_filing_again_with_the_same_key_returns_the_request_it_already_made(cast: Cast) -> None:
    key = uuid.uuid4()
    first = file_ticket(cast.anna, key=key)
    again = file_ticket(cast.anna, key=key, subject="Другая тема")
    assert again == first
    assert Ticket.objects.count() == OutgoingEmail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_posts_of_one_form_at_the_same_instant_make_one_request() -> None:
    cast = make_cast()
    key = uuid.uuid4()
    numbers: list[int] = []
    start = threading.Barrier(6)

    def post() -> None:
        start.wait()
        numbers.append(file_ticket(cast.anna, key=key, files=[SimpleUploadedFile("a.txt", b"a")]).number)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(numbers)) == 1 and len(numbers) == 6
    assert Ticket.objects.count() == OutgoingEmail.objects.count() == Attachment.objects.count() == 1
    assert attachments.sweep(at=moment("2030-01-01 00:00")) == 0  # the losers' files are gone


def test_the_same_key_in_another_persons_hands_makes_his_own_request(cast: Cast) -> None:
    """A shared computer: one signs out, the next presses Back and sends the form that still stands there."""
    key = uuid.uuid4()
    annas, claras = file_ticket(cast.anna, key=key), file_ticket(cast.clara, key=key)
    assert annas != claras and claras.customer == cast.oil


@pytest.mark.clause("3.5b.1")
def test_a_calendar_without_working_time_costs_the_term_and_never_the_request(cast: Cast) -> None:
    empty = CalendarVersion.objects.create(calendar=cast.calendar, number=2, published_at=moment("2026-01-01 00:00"))
    ticket = file_ticket(cast.anna)
    assert empty.hours.count() == 0
    assert ticket.due_at is None and not ticket.is_term_promised
    recalculation.settle(ticket.pk, at=moment("2026-11-23 10:01"))
    ticket.refresh_from_db()
    assert ticket.settled_at is not None


def test_a_level_without_a_published_version_costs_the_promise_and_never_the_request(cast: Cast) -> None:
    cast.reis.contracts.update(level=SupportLevel.objects.create(name="Ещё не описан"))
    ticket = file_ticket(cast.anna)
    assert (ticket.limit_minutes, ticket.is_term_promised) == (480, False), "the internal term"
    SupportLevel.objects.update(is_internal_default=False)
    assert file_ticket(cast.anna).due_at is None


def test_an_observer_may_not_file(cast: Cast) -> None:
    cast.boris.role = "observer"
    with pytest.raises(NotAWriter):
        file_ticket(cast.boris)


@pytest.mark.clause("3.1.0")
def test_the_history_begins_with_the_registration(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    event = TicketEvent.objects.get(ticket=ticket)
    assert (event.code, event.by, event.data["channel"]) == ("ticket.registered", cast.anna.user, "cabinet")


def test_history_can_be_neither_changed_nor_deleted(cast: Cast) -> None:
    event = TicketEvent.objects.get(ticket=file_ticket(cast.anna))
    for harm in (lambda: TicketEvent.objects.update(code="ticket.closed"), event.delete):
        with pytest.raises(Exception, match=r"Cannot (update|delete)"), transaction.atomic():
            harm()


@pytest.mark.clause("3.6.3")
def test_the_request_stands_on_its_rung_from_the_start(cast: Cast) -> None:
    assert file_ticket(cast.anna).rung == Rung.CABINET
    assert file_ticket(cast.anna, criticality="critical").rung == Rung.OUT_OF_TURN


# --- access data ------------------------------------------------------------------------------------------------

CANARY = "kanareyka-7Q"


def _everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        text = ""
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')  # noqa: S608 - names come from the catalogue
            text += "\n".join(row[0] for row in cursor.fetchall())
    return text


@pytest.mark.clause("3.5a.4")
def test_access_data_lies_sealed_in_every_table(cast: Cast) -> None:
    ticket = file_ticket(
        cast.anna,
        access=AccessData(login=CANARY, password=CANARY, note=CANARY, key_file=CANARY.encode(), rights="admin"),
        saves_server=True,
    )
    assert ticket.credential is not None and ticket.credential.rights == "admin"
    assert Credential.objects.count() == 2  # the request's snapshot and the saved server's own
    assert CANARY not in _everything_in_the_database()
    assert CANARY not in repr(AccessData(login=CANARY, password=CANARY))


def test_a_saved_server_gives_the_next_request_its_own_copy_of_the_access_data(cast: Cast) -> None:
    file_ticket(cast.anna, access=AccessData("root", "secret"), saves_server=True)
    server = Server.objects.get()
    second = file_ticket(cast.anna, server=server, server_address="")
    assert second.server_address == "10.1.4.20"
    assert second.credential is not None and second.credential != server.credential
    second.credential.delete()
    server.refresh_from_db()
    assert server.credential is not None


def test_a_stale_saved_server_never_brings_its_old_access_data_back(cast: Cast) -> None:
    file_ticket(cast.anna, access=AccessData("root", "old"), saves_server=True)
    stale = Server.objects.get()
    file_ticket(cast.boris, access=AccessData("root", "new"), saves_server=True)
    newest = Server.objects.get().credential
    ticket = file_ticket(cast.anna, server=stale, server_address="")
    assert Server.objects.get().credential == newest != stale.credential_id
    assert ticket.credential is not None


def test_saving_a_known_address_again_updates_the_saved_server(cast: Cast) -> None:
    file_ticket(cast.anna, saves_server=True, version="4.2.1")
    file_ticket(cast.anna, saves_server=True, version="4.3.0")
    assert Server.objects.get().version == "4.3.0"


def test_new_access_data_of_a_saved_server_replaces_the_old_in_the_vault(cast: Cast) -> None:
    for password in ("old", "new"):
        file_ticket(cast.anna, access=AccessData("root", password), saves_server=True)
    assert Credential.objects.count() == 3  # a snapshot for each request, and the saved server's newest


# --- files ----------------------------------------------------------------------------------------------------------


def test_files_come_back_byte_for_byte_under_random_names(cast: Cast) -> None:
    content = bytes(range(256)) * 4000
    ticket = file_ticket(cast.anna, files=[SimpleUploadedFile("../../жур\u202eнал.log", content)])
    file = Attachment.objects.get(ticket=ticket)
    assert attachments.full_path(file.path).read_bytes() == content
    assert (file.size, file.name) == (len(content), "журнал.log")
    assert "журнал" not in file.path
    assert attachments.full_path(file.path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [("a.txt", b"", "пуст"), ("a.bin", b"MZ" + b"\0" * 100, "исполняем"), ("a.exe", b"text", "исполняем")],
)
def test_a_file_that_cannot_be_taken_is_named_and_nothing_is_written(
    cast: Cast, name: str, content: bytes, word: str
) -> None:
    with pytest.raises(FileRefused, match=word) as refusal:
        file_ticket(cast.anna, files=[SimpleUploadedFile("ok.txt", b"ok"), SimpleUploadedFile(name, content)])
    assert name in str(refusal.value)
    assert not Ticket.objects.exists() and not Attachment.objects.exists()


def test_twenty_five_million_bytes_are_taken_and_one_more_is_not(cast: Cast) -> None:
    attachments.check([SimpleUploadedFile("a.bin", b"\1" * 25_000_000)])
    with pytest.raises(FileRefused, match="25"):
        attachments.check([SimpleUploadedFile("a.bin", b"\1" * 25_000_001)])
    with pytest.raises(FileRefused, match="10"):
        attachments.check([SimpleUploadedFile("a.txt", b"1")] * 11)


def test_the_sweep_removes_only_old_files_that_no_row_names(cast: Cast) -> None:
    file_ticket(cast.anna, files=[SimpleUploadedFile(f"{number}.txt", b"kept") for number in range(10)])
    (lost,) = attachments.write([SimpleUploadedFile("lost.txt", b"lost")])
    assert attachments.sweep(at=timezone.now() + timedelta(days=29)) == 0
    assert attachments.sweep(at=timezone.now() + timedelta(days=31)) == 1
    assert not attachments.full_path(lost.path).exists()
    assert all(attachments.full_path(path).exists() for path in Attachment.objects.values_list("path", flat=True))


@pytest.mark.parametrize("kept", [0, 9], ids=["an empty database", "the database of another desk"])
def test_the_sweep_removes_nothing_where_kills_cannot_have_left_so_much(cast: Cast, kept: int) -> None:
    if kept:
        file_ticket(cast.anna, files=[SimpleUploadedFile(f"{number}.txt", b"kept") for number in range(kept)])
    (other,) = attachments.write([SimpleUploadedFile("other.txt", b"of a customer")])
    with pytest.raises(attachments.FilesOfAnother, match=f"has 1 files .* names, and {kept} that one does"):
        attachments.sweep(at=timezone.now() + timedelta(days=31))
    assert attachments.full_path(other.path).exists()


def test_what_a_killed_upload_left_half_way_goes_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    half, other = tmp_path / "tmpab12.upload.zip", tmp_path / "report.zip"
    half.write_bytes(b"1")
    other.write_bytes(b"1")
    assert attachments.sweep_uploads(at=timezone.now()) == 0
    assert attachments.sweep_uploads(at=timezone.now() + timedelta(days=2)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["report.zip"]


# --- settling -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("card.2")
def test_a_worker_settles_the_deadline_with_the_windows_that_explain_it(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-20 17:30"))
    recalculation.settle(ticket.pk, at=moment("2026-11-20 17:31"))
    ticket.refresh_from_db()
    assert ticket.settled_at == moment("2026-11-20 17:31")
    assert ticket.due_at == moment("2026-11-23 12:30")
    assert ticket.reaction_windows == [
        ["2026-11-20T12:30:00+00:00", "2026-11-20T13:00:00+00:00"],
        ["2026-11-23T04:00:00+00:00", "2026-11-23T07:30:00+00:00"],
    ]


def test_settling_corrects_a_deadline_that_differs_and_says_so_once(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    right = ticket.due_at
    wrong = moment("2026-12-01 10:00")
    Ticket.objects.filter(pk=ticket.pk).update(due_at=wrong, grave_at=wrong)
    for _ in range(2):
        recalculation.settle(ticket.pk, at=moment("2026-11-23 10:01"))
    ticket.refresh_from_db()
    assert ticket.due_at == right
    assert TicketEvent.objects.filter(code="deadline.corrected").count() == 1


def test_settling_never_moves_a_told_deadline_later(cast: Cast) -> None:
    ticket = file_ticket(cast.anna)
    told = moment("2026-11-23 12:00")
    Ticket.objects.filter(pk=ticket.pk).update(at_risk_at=told, due_at=told)
    recalculation.settle(ticket.pk, at=moment("2026-11-23 10:01"))
    ticket.refresh_from_db()
    assert ticket.due_at == told
    assert TicketEvent.objects.filter(code="deadline.corrected").count() == 1


def test_what_a_lost_bell_left_unsettled_is_found_by_the_clock(cast: Cast) -> None:
    ticket = file_ticket(cast.anna, at=moment("2026-11-23 10:00"))
    assert recalculation.unsettled(moment("2026-11-23 10:00")) == []  # the bell has its chance first
    assert recalculation.unsettled(moment("2026-11-23 10:01")) == [ticket.pk]
