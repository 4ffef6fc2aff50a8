"""Every mistake of a deployment has its id, and a right deployment has none."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import CheckMessage, Error
from django.core.checks.registry import registry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import StaffRole
from accounts.roles import Role
from customers.models import Membership
from customers.vault import access
from customers.vault.access import AccessData
from helpdesk.checks import addresses, database, files, queue
from helpdesk.local.environment import PROJECT
from sealing.keyring import KeyRing, generate_key
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, SupportLevel
from tests.cast import Cast, file_ticket, make_person, new_calendar_version

pytestmark = pytest.mark.django_db
YEARS: dict[date, list[tuple[int, int]]] = {date(2026, 6, 12): [], date(2027, 6, 14): []}
"""Days of the year in which a right deployment is looked at, and of the next."""


@dataclass
class World:
    """A deployment that a test spoils."""

    settings: Any
    patch: pytest.MonkeyPatch
    folder: Path
    shared: Path
    """A folder that every account may enter, unlike those of pytest."""

    def say(self, **environment: str) -> None:
        for name, value in environment.items():
            self.patch.setenv(name, value)

    def sql(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files as collectstatic leaves them, as far as anybody looks; not to be changed."""
    root = tmp_path_factory.mktemp("static")
    for name, source in files._sources():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, root / name)
    (root / "staticfiles.json").write_text("{}")
    return root


@pytest.fixture
def right(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cast: Cast, collected: Path
) -> Iterator[World]:
    """A right deployment: the test's own database and queue, and otherwise what docs/operations.md tells."""
    shared = tempfile.TemporaryDirectory()
    Path(shared.name).chmod(0o755)
    world = World(settings, monkeypatch, tmp_path, Path(shared.name))
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://help.reis-desk.ru", ["help.reis-desk.ru"]
    settings.TRUSTED_PROXY_COUNT = 1
    settings.SUPPORT_EMAIL, settings.MAIL_DOMAIN = "support@reis-desk.ru", "reis-desk.ru"
    settings.SECRET_KEY = secrets.token_urlsafe(48)
    world.say(VAULT_KEYS=a_key())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    (tmp_path / "media").mkdir(mode=0o700)
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", collected
    make_person("Админов А. А.", "admin@desk.example", Role.ADMINISTRATOR)
    in_the_year(2026)(world)
    new_calendar_version(cast.calendar, YEARS)
    # The role of the scratch server is a superuser; this one only shares what it owns.
    owner = connection.settings_dict["USER"]
    world.sql("CREATE ROLE desk_checked", f"GRANT {owner} TO desk_checked", "SET LOCAL ROLE desk_checked")
    with socket.create_server(("127.0.0.1", 0)) as mail:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail.getsockname()[1]
        yield world
    shared.cleanup()


def a_key() -> str:
    return f"k1:{urlsafe_b64encode(secrets.token_bytes(32)).decode()}"


def found() -> list[CheckMessage]:
    ours = [
        check
        for check in registry.get_checks(include_deployment_checks=True)
        if check.__module__.startswith("helpdesk.checks")
    ]
    return [message for check in ours for message in check(app_configs=None, databases=["default"])]


def ids() -> list[str]:
    return sorted(str(message.id).removeprefix("helpdesk.") for message in found())


def test_a_right_deployment_has_no_mistakes(right: World) -> None:
    assert found() == []


def test_a_right_deployment_has_no_mistakes_in_djangos_eyes() -> None:
    """In a process of its own: what Django looks at is decided when the settings are read."""
    right = {"SITE_URL": "https://help.reis-desk.ru", "ALLOWED_HOSTS": "help.reis-desk.ru", "TRUSTED_PROXY_COUNT": "1"}
    told = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--tag", "security", "--fail-level", "WARNING"],
        cwd=PROJECT,
        env={**os.environ, **right, "SECRET_KEY": secrets.token_urlsafe(48)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


ON = True


def put(name: str, value: Any) -> Callable[[World], None]:
    return lambda world: setattr(world.settings, name, value)


def say(**environment: str) -> Callable[[World], None]:
    return lambda world: world.say(**environment)


def sql(*statements: str) -> Callable[[World], None]:
    return lambda world: world.sql(*statements)


def both(*steps: Callable[[World], object]) -> Callable[[World], None]:
    def run(world: World) -> None:
        for step in steps:
            step(world)

    return run


def share_a_key(world: World) -> None:
    world.say(VAULT_KEYS=f"k1:{world.settings.SECRET_KEY[:43]}")


def provider(name: str) -> Callable[[World], None]:
    return put("EMAIL_BACKEND", f"anymail.backends.{name}.EmailBackend")


def answer_afar(world: World) -> None:
    """A mail server of another machine, without asking the network for it."""
    world.settings.EMAIL_HOST = "mail.reis-desk.ru"
    world.patch.setattr("helpdesk.checks.mail.answers", lambda host, port: "")


def secret_file(mode: int) -> Callable[[World], None]:
    def run(world: World) -> None:
        folder = world.shared
        world.patch.setattr("helpdesk.checks.keys._CONTAINER", world.folder)
        (folder / "key").write_text("x")
        (folder / "key").chmod(mode)
        world.say(EMAIL_URL_FILE=str(folder / "key"))
        world.patch.delenv("EMAIL_URL", raising=False)

    return run


def move_media(world: World) -> None:
    inside = Path(world.settings.STATIC_ROOT) / "media"
    inside.mkdir(mode=0o700, exist_ok=True)
    world.settings.MEDIA_ROOT = inside


def forbid_writing(world: World) -> None:
    """The tests may run as root, whom no mode stops."""

    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    world.patch.setattr("helpdesk.checks.files.tempfile.TemporaryFile", refuse)


def lose_a_file(world: World) -> None:
    anna = Membership.objects.get(user__email="anna@reis.example")
    file_ticket(anna, files=[SimpleUploadedFile("a.txt", b"a")])
    assert ids() == []
    shutil.rmtree(Path(world.settings.MEDIA_ROOT) / "attachments")


def lose_the_key(entry: str) -> Callable[[World], None]:
    def run(world: World) -> None:
        access.store(AccessData(login="root", password="1"), at=timezone.now())
        assert ids() == []
        world.settings.VAULT_KEYS = KeyRing.parse(entry)

    return run


def take_older_static(world: World) -> None:
    old = world.folder / "static"
    shutil.copytree(world.settings.STATIC_ROOT, old)
    (old / files._sources()[0][0]).write_text("of an older release")
    world.settings.STATIC_ROOT = old


def in_the_year(year: int) -> Callable[[World], None]:
    """20 November; only the day stands still: the clock goes on, or PostgreSQL's would be far from ours."""
    return lambda world: world.patch.setattr("helpdesk.checks.desk.timezone.localdate", lambda *at: date(year, 11, 20))


def close_the_calendar(world: World) -> None:
    calendar = BusinessCalendar.objects.get()
    version = CalendarVersion.objects.create(calendar=calendar, number=3)
    for on in YEARS:
        CalendarDay.objects.create(version=version, date=on)
    CalendarVersion.objects.filter(pk=version.pk).update(published_at=timezone.now())


MISTAKES: list[tuple[str, Callable[[World], object], list[str]]] = [
    ("debug", put("DEBUG", ON), ["E001"]),
    ("local site", put("SITE_URL", "http://localhost:8000"), ["E002", "E006"]),
    (
        "site of an example",
        both(put("SITE_URL", "https://help.example.ru"), put("ALLOWED_HOSTS", [])),
        ["E002", "E006"],
    ),
    (
        "site of our guide",
        both(put("SITE_URL", "https://help.your-company.ru"), put("ALLOWED_HOSTS", [])),
        ["E002", "E006"],
    ),
    ("plain http", put("SITE_URL", "http://help.reis-desk.ru"), ["E003"]),
    ("https without a proxy", put("TRUSTED_PROXY_COUNT", 0), ["E004"]),
    ("any host", put("ALLOWED_HOSTS", ["*"]), ["E005"]),
    ("another host", put("ALLOWED_HOSTS", ["desk.reis-desk.ru"]), ["E006"]),
    ("hosts by domain", put("ALLOWED_HOSTS", [".reis-desk.ru"]), []),
    ("short key", put("SECRET_KEY", "short"), ["E010"]),
    ("placeholder key", put("SECRET_KEY", "changeme" + "abcdefghijklmnopqrstuvwxyz" * 2), ["E010"]),
    ("one key for all", share_a_key, ["E011"]),
    ("placeholder vault key", say(VAULT_KEYS="k1:" + "A" * 43), ["E012"]),
    (
        "typed vault key",
        say(VAULT_KEYS=f"k1:{urlsafe_b64encode(b'our vault key of the year 2026!!').decode()}"),
        ["E012"],
    ),
    ("old weak vault key", lambda w: w.say(VAULT_KEYS=f"{a_key()},k0:{'A' * 43}"), ["E012"]),
    ("a key under the id of another", lose_the_key(generate_key("test")), ["E015"]),
    ("a key that has left", lose_the_key(generate_key("new")), ["E015"]),
    ("open secret", secret_file(0o644), ["W013"]),
    ("closed secret", secret_file(0o640), []),
    ("a secret twice", both(secret_file(0o600), say(EMAIL_URL="smtp://mail.reis-desk.ru")), ["W014"]),
    ("local support", put("SUPPORT_EMAIL", "support@localhost"), ["E020"]),
    ("no address", put("SUPPORT_EMAIL", "support"), ["E020"]),
    ("local letters", put("MAIL_DOMAIN", "localhost"), ["E021"]),
    ("mail server away", put("EMAIL_PORT", 9), ["W023"]),
    ("letters of a trial", both(answer_afar, put("EMAIL_HOST", "mail"), put("EMAIL_PORT", 1025)), ["W027"]),
    ("open password", both(answer_afar, put("EMAIL_HOST_PASSWORD", "x")), ["E024"]),
    ("sealed password", both(put("EMAIL_HOST_PASSWORD", "x"), put("EMAIL_USE_TLS", ON)), []),
    ("unknown provider", provider("pigeon_post"), ["E025"]),
    ("provider without a key", provider("unisender_go"), ["E026"]),
    ("provider with its keys", both(provider("mailgun"), put("ANYMAIL", {"MAILGUN_API_KEY": "x"})), []),
    ("a name that only looks like a file's", say(ANYMAIL_FOO_FILE_X="1"), []),
    ("no media", lambda w: Path(w.settings.MEDIA_ROOT).rmdir(), ["E030"]),
    ("media not ours", forbid_writing, ["E031"]),
    ("media served", move_media, ["E032"]),
    ("media open", lambda w: Path(w.settings.MEDIA_ROOT).chmod(0o755), ["W033"]),
    ("media of another desk", lose_a_file, ["E036"]),
    ("static not collected", lambda w: put("STATIC_ROOT", w.folder / "nothing")(w), ["E034"]),
    ("static of an older release", take_older_static, ["W035"]),
    ("superuser", sql("RESET ROLE"), ["E044"]),
    ("no row security", sql("RESET ROLE", "ALTER ROLE desk_checked BYPASSRLS", "SET ROLE desk_checked"), ["E044"]),
    (
        "tables of another",
        sql("RESET ROLE", "CREATE ROLE other", "ALTER TABLE tickets_ticket OWNER TO other", "SET ROLE desk_checked"),
        ["W045"],
    ),
    ("no cache table", sql("DROP TABLE cache"), ["E047"]),
    ("history open", sql("ALTER TABLE tickets_ticketevent DISABLE TRIGGER USER"), ["E048"]),
    ("history without a guard", sql("DROP TRIGGER pgtrigger_history_stays_c09c4 ON tickets_ticketevent"), ["E048"]),
    ("migration waits", sql("DELETE FROM django_migrations WHERE app = 'helpdesk'"), ["E049"]),
    ("lax commit", sql("SET LOCAL synchronous_commit = off"), ["E051"]),
    ("strict isolation", sql("SET LOCAL default_transaction_isolation = 'serializable'"), ["E057"]),
    ("read only", sql("SET LOCAL default_transaction_read_only = on"), ["E056"]),
    ("wordy log", sql("RESET ROLE", "SET LOCAL log_min_error_statement = 'error'", "SET ROLE desk_checked"), ["W053"]),
    ("too many processes", say(WEB_CONCURRENCY="40"), ["W050"]),
    ("unreadable processes", say(WEB_CONCURRENCY="two"), ["E070"]),
    ("no processes", say(WEB_CONCURRENCY="0"), ["E070"]),
    ("queue away", put("RQ_QUEUES", {"mail": {"URL": "redis://127.0.0.1:9/0"}}), ["E060"]),
    ("queue at no address", put("RQ_QUEUES", {"mail": {"URL": "http://127.0.0.1:9/0"}}), ["E060"]),
    ("calendar ends", in_the_year(2027), ["W080", "W090"]),
    ("calendar has ended", in_the_year(2028), ["W080", "W090", "W090"]),
    ("calendar without hours", close_the_calendar, ["W091"]),
    ("no administrator", lambda w: StaffRole.objects.filter(role=Role.ADMINISTRATOR).delete(), ["W081"]),
    ("no internal level", lambda w: SupportLevel.objects.update(is_internal_default=False), ["W082"]),
]


@pytest.mark.parametrize(("mistake", "expected"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_each_mistake_has_its_id(right: World, mistake: Callable[[World], object], expected: list[str]) -> None:
    mistake(right)
    assert ids() == expected


def test_everything_that_is_said_has_a_hint_and_an_id_of_its_own(right: World) -> None:
    written = "".join(path.read_text() for path in Path("helpdesk/checks").glob("*.py"))
    named = re.findall(r'id="helpdesk\.([EW]\d{3})"', written)
    assert len(named) == len(set(named)) == written.count("hint=") == written.count('id="helpdesk.')
    shown = {name for _, _, expected in MISTAKES for name in expected} | set(SERVER) | set(REDIS)
    assert set(named) - shown == {"E007", "E040", "E041"}, "shown apart"


GOOD = database.Server(
    version=17,
    encoding="UTF8",
    folds_cyrillic=True,
    is_read_only=False,
    is_superuser=False,
    bypasses_rls=False,
    isolation="read committed",
    fsync="on",
    full_page_writes="on",
    synchronous_commit="on",
    log_min_error_statement="panic",
    log_error_verbosity="terse",
    log_statement="none",
    log_min_duration_statement="-1",
    open_connections=97,
    ahead=timedelta(),
)
SERVER = {
    "E042": {"version": 13},
    "E043": {"encoding": "SQL_ASCII"},
    "E046": {"folds_cyrillic": False},
    "E051": {"fsync": "off"},
    "E056": {"is_read_only": True},
    "W052": {"ahead": timedelta(seconds=-3)},
}


@pytest.mark.parametrize(("expected", "told"), SERVER.items())
def test_what_a_scratch_server_cannot_show_is_judged_by_its_word(expected: str, told: dict[str, Any]) -> None:
    def judged(server: database.Server) -> list[str]:
        messages = [*database.judge_server(server), *database.judge_role(server), *database.judge_settings(server)]
        return [str(message.id) for message in messages]

    assert judged(GOOD) == []
    assert judged(replace(GOOD, **told)) == [f"helpdesk.{expected}"]


@pytest.mark.parametrize(
    ("setting", "wordy", "silent"),
    [
        ("log_min_error_statement", "error", "panic"),
        ("log_error_verbosity", "default", "terse"),
        ("log_statement", "mod", "none"),
        ("log_min_duration_statement", "500ms", "-1"),
    ],
)
def test_a_log_that_would_quote_people_is_told_how_to_be_silent(setting: str, wordy: str, silent: str) -> None:
    told: dict[str, Any] = {setting: wordy}
    (message,) = database.judge_log(replace(GOOD, **told))
    assert f"ALTER ROLE desk SET {setting} = '{silent}';" in str(message.hint)
    assert str(message.hint).count("ALTER ROLE") == 1


def test_a_log_of_new_tables_quotes_nobody() -> None:
    assert database.judge_log(replace(GOOD, log_statement="ddl")) == []


CALM = {"redis_version": "7.2.4", "maxmemory": 0, "maxmemory_policy": "noeviction", "aof_enabled": 1}
REDIS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "E061": ({"maxmemory": 10**8, "maxmemory_policy": "allkeys-lru"}, {}),
    "W062": ({"aof_enabled": 0}, {}),
    "E063": ({"redis_version": "4.0.9"}, {}),
    "E064": ({}, {"has_password": False}),
}


@pytest.mark.parametrize(("expected", "told"), REDIS.items())
def test_a_queue_that_would_lose_or_run_anything_is_named(
    expected: str, told: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    def judged(info: dict[str, Any], *, host: str = "valkey", has_password: bool = True) -> list[str]:
        return [str(found.id) for found in queue.judge(CALM | info, "", host=host, has_password=has_password)]

    assert judged({}) == []
    assert judged({"maxmemory_policy": "allkeys-lru"}) == [], "without a limit nothing is thrown away"
    assert judged({}, host="", has_password=False) == [], "a UNIX socket"
    assert judged(told[0], **told[1]) == [f"helpdesk.{expected}"]


def test_an_unknown_time_zone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the check's own eyes: the setting itself would move the clock of the tests."""
    monkeypatch.setattr(addresses, "settings", SimpleNamespace(TIME_ZONE="Asia/Orenburgh"))
    (message,) = addresses.time_zone()
    assert message.id == "helpdesk.E007"


def test_the_engine_is_postgresql(right: World) -> None:
    right.patch.setattr(database, "connection", SimpleNamespace(vendor="sqlite"))
    (message,) = database.engine()
    assert message.id == "helpdesk.E040"


def test_a_silent_database_is_one_sentence_with_a_hint(right: World) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused\n\tIs the server running?")

    silent = SimpleNamespace(
        vendor="postgresql", cursor=refuse, introspection=connection.introspection, settings_dict={}
    )
    right.patch.setattr(database, "connection", silent)
    (message,) = [said for said in found() if isinstance(said, Error)]
    assert (message.id, message.msg) == ("helpdesk.E041", "PostgreSQL cannot be asked: connection refused")


def test_without_a_database_named_nothing_is_asked_of_it(right: World, django_assert_num_queries: Any) -> None:
    ours = [
        check
        for check in registry.get_checks(include_deployment_checks=True)
        if check.__module__.startswith("helpdesk.checks")
    ]
    with django_assert_num_queries(0):
        for check in ours:
            check(app_configs=None, databases=None)


def test_the_database_is_asked_before_migrate_only_what_cannot_be_mended_later() -> None:
    always = {
        str(getattr(check, "__name__", ""))
        for check in registry.get_checks()
        if check.__module__.startswith("helpdesk.checks")
    }
    assert always == {"engine", "server", "time_zone"}
