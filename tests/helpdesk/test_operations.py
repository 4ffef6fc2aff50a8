"""docs/operations.md says what is: every command, variable, alarm and address in it exists in the code, and what it has
the administrator copy or set fits what compose runs."""

from __future__ import annotations

import re
import secrets
import shlex
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from django.core.management import get_commands
from django.db import connection
from django.urls import resolve

from helpdesk import alarms, gunicorn, health, pulse
from helpdesk.local.environment import PROJECT
from scripts import new_secrets
from tests.helpdesk.test_compose import OF_OTHERS, settings_read

TEXT = (PROJECT / "docs" / "operations.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def compose() -> Any:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text())


def units() -> dict[str, str]:
    """By file name."""
    return {path.name: path.read_text() for path in (PROJECT / "systemd").iterdir()}


def variables() -> dict[str, str]:
    """What stands in /etc/desk.env."""
    (environment,) = blocks("ini")
    return dict(line.split("=", 1) for line in environment.splitlines())


def test_every_command_of_the_handbook_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXT)) | set(
        re.findall(r"\bdesk ([a-z]+static|migrate|createcachetable)", TEXT)
    )
    assert {"migrate", "createsuperuser", "backup", "restore", "check", "rqworker", "clock"} <= named
    assert named <= set(get_commands())


def test_every_service_of_the_handbook_exists() -> None:
    services = set(compose()["services"])
    for line in re.findall(r"docker compose [^`\n|]*", TEXT):
        words = shlex.split(line.replace("&& \\", "").rstrip("\\"), comments=True)
        if "run" in words:
            assert services & set(words), line
        elif "up" in words:
            after = {word for word in words[words.index("up") + 1 :] if re.fullmatch(r"[a-z0-9]+", word)}
            assert after - {"docker", "compose", "up"} <= services, line


def test_the_handbook_has_every_alarm_and_no_other() -> None:
    code = "".join(Path(str(module.__file__)).read_text() for module in (alarms, health))
    written = set(re.findall(r'Alarm\(\s*"(\w+)"', code))
    table = TEXT.partition("| alarm | what it means")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == written
    assert "`…_unknown`" in table and '_unknown"' in code


def test_every_check_and_address_and_pulse_that_is_named_exists() -> None:
    code = "".join(path.read_text() for path in (PROJECT / "helpdesk" / "checks").glob("*.py"))
    for number in re.findall(r"\b[EW]\d{3}\b", TEXT):
        assert f"helpdesk.{number}" in code
    for path in set(re.findall(r"/health/[a-z]+", TEXT)):
        assert resolve(path)
    assert re.findall(r"helpdesk\.pulse ([a-z|]+)", TEXT) == ["|".join(pulse.PARTS)]


def test_every_variable_of_the_handbook_is_read() -> None:
    assert {name.removesuffix("_FILE") for name in variables()} <= {*settings_read(), *OF_OTHERS}


def test_the_desk_by_hand_is_told_what_compose_tells_it() -> None:
    by_compose = compose()["services"]["web"]["environment"]
    with_a_default = {name for name, value in by_compose.items() if ":-" in value and name != "TRUSTED_PROXY_COUNT"}
    assert set(by_compose) - with_a_default <= set(variables())


def test_files_on_their_way_in_lie_where_every_part_by_hand_finds_them() -> None:
    folders = {variables()["MEDIA_ROOT"], variables()["TMPDIR"]}
    (made,) = re.findall(r"install -d -m 700 -o desk -g desk (/var/lib/desk/.*)", TEXT)
    assert set(made.split()) == folders
    for unit in units().values():
        (writable,) = re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)
        assert all(Path(folder).is_relative_to(writable) for folder in folders)


def test_the_units_run_what_compose_runs_and_have_its_patience() -> None:
    services = compose()["services"]
    assert set(units()) == {"desk-web@.service", "desk-worker@.service", "desk-clock.service"}
    for name, unit in units().items():
        service = services[re.split(r"[-@.]", name)[1]]
        (command,) = re.findall(r"^ExecStart=/srv/desk/\.venv/bin/(.*)$", unit, re.MULTILINE)
        assert command.split(" --bind")[0] == service["command"].replace("gunicorn helpdesk.wsgi", "gunicorn"), name
        assert f"TimeoutStopSec={service['stop_grace_period'].removesuffix('s')}\n" in unit
    assert f"{gunicorn.graceful_timeout} s, a job 120 s" in TEXT


def test_systemd_never_gives_up_a_part_that_waits_for_redis_or_postgresql() -> None:
    for unit in units().values():
        head, _, service = unit.partition("[Service]")
        assert "StartLimitIntervalSec=0\n" in head
        assert {"postgresql.service", "redis-server.service"} <= set(head.split())
        assert "Restart=always\n" in service


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name, unit in units().items():
        path = tmp_path / name.replace("@.", "@8000.")
        path.write_text(re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", unit, flags=re.MULTILINE))
        ran = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
        assert path.name not in ran.stderr, ran.stderr


def test_the_shell_and_the_python_of_the_handbook_can_be_read() -> None:
    for text in blocks("python"):
        compile(text, "operations.md", "exec")
    for text in [*blocks("sh"), (PROJECT / "scripts" / "desk.sh").read_text()]:
        assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0


@pytest.mark.django_db
def test_the_sql_of_the_handbook_runs() -> None:
    with connection.cursor() as cursor:
        for text in [*blocks("sql"), *re.findall(r"`(SELECT [^`]*;)`", TEXT)]:
            cursor.execute(text)
        for setting in re.findall(r"ALTER ROLE desk SET (\w+) = ", TEXT):
            cursor.execute("SELECT 1 FROM pg_settings WHERE name = %s", [setting])
            assert cursor.fetchone(), setting


def test_every_link_inside_leads_somewhere() -> None:
    titles = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")
        for title in re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", TEXT)) <= titles


def test_every_file_that_is_copied_exists_and_every_program_is_installed() -> None:
    for path in re.findall(r"(?:\binstall|\bcp) ((?:scripts|systemd)/\S+)", TEXT):
        assert list(PROJECT.glob(path)), path
    (packages,) = re.findall(r"apt-get install (curl .*)", TEXT)
    assert {"curl", "git", "postgresql", "python3-venv", "redis-server"} <= set(packages.split())
    assert "sudo " not in TEXT


def test_postgresql_by_hand_logs_as_little_as_the_one_of_compose() -> None:
    by_compose = re.findall(
        r"-c (log_min_error_statement|log_error_verbosity)=(\w+)", compose()["services"]["postgres"]["command"]
    )
    by_hand = re.findall(r"^ALTER ROLE desk SET (log_\w+) = (\w+);$", section("Install by hand"), re.MULTILINE)
    assert len(by_hand) == 2
    assert sorted(by_hand) == sorted(by_compose)


@pytest.mark.django_db
def test_the_database_by_hand_is_made_for_the_password_of_the_secrets(tmp_path: Path) -> None:
    new_secrets.write(tmp_path / "secrets", new_secrets.contents())
    (told,) = [text for text in blocks("sh") if "CREATE DATABASE" in text]
    steps = [*re.findall(r"^    (sed -i .*)$", section("Install by hand"), re.MULTILINE), told]
    script = "\n".join(steps).replace("/etc/desk-secrets", str(tmp_path / "secrets"))
    script, found = re.subn(r"runuser -u postgres -- psql [^<]*", "cat ", script)
    assert found == 1
    sql = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, check=True).stdout
    url = (tmp_path / "secrets" / "database_url").read_text().strip()
    (password,) = re.findall(r"PASSWORD '(.*)'", sql)
    assert url == f"postgresql://desk:{password}@127.0.0.1:5432/desk"
    assert (tmp_path / "secrets" / "redis_url").read_text().strip().endswith("@127.0.0.1:6379/0")
    assert answers_of_a_new_database(sql) == ("UTF8", "ёж", "panic", "terse")


def answers_of_a_new_database(sql: str) -> tuple[str, ...]:
    """By the statements of the handbook, under another name than desk, to the desk's own role."""
    name = f"desk_{secrets.token_hex(4)}"
    sql = re.sub(r"\b(ROLE|OWNER|DATABASE) desk\b", rf"\1 {name}", sql)
    where = connection.get_connection_params()
    with closing(psycopg2.connect(**where | {"dbname": "postgres"})) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            try:
                for statement in filter(str.strip, sql.split(";\n")):
                    cursor.execute(statement)
                with closing(psycopg2.connect(**where | {"dbname": name, "user": name})) as own, own.cursor() as asked:
                    asked.execute(
                        "SELECT current_setting('server_encoding'), lower('ЁЖ'),"
                        " current_setting('log_min_error_statement'), current_setting('log_error_verbosity')"
                    )
                    return tuple(asked.fetchone() or ())
            finally:
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                cursor.execute(f"DROP ROLE IF EXISTS {name}")


def test_an_upgrade_waits_for_a_web_that_comes_up_and_not_for_ever() -> None:
    (loop,) = re.findall(r"for port in .*?done\n", section("Upgrade"), re.DOTALL)
    assert "until" not in loop
    assert "--retry 30" in loop and "|| break" in loop
    assert subprocess.run(["sh", "-n"], input=loop, text=True, check=False).returncode == 0


def test_what_configures_the_desk_is_copied_beside_the_keys() -> None:
    copied = re.findall(r"[\w./-]+", " ".join(re.findall(r"cp -af (.*)", section("Backup and restore"))))
    by_compose = {file["path"] for file in compose()["services"]["web"]["env_file"]}
    assert {"/etc/desk.env", "/etc/desk-secrets", "secrets", ".env"} | by_compose <= set(copied)


def test_a_trial_of_a_backup_writes_to_the_catcher_only() -> None:
    """Whose address the fresh secrets name; the copy's own would reach real customers."""
    trial = section("Backup and restore").partition("Try it once a quarter")[2]
    catcher = trial.index(f"echo {new_secrets.contents()['email_url']} > secrets/email_url")
    assert catcher < trial.index("docker compose --profile trial up")
    assert compose()["services"]["mail"]["profiles"] == ["trial"]
