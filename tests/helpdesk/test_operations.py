"""docs/operations.md says what is: every command, variable, alarm, address and unit in it exists in the code."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.db import connection
from django.urls import resolve

from helpdesk import alarms, gunicorn, health, pulse
from helpdesk.local.environment import PROJECT
from tests.helpdesk.test_compose import settings_read

TEXT = (PROJECT / "docs" / "operations.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def units() -> dict[str, str]:
    """By the file name that stands before each."""
    return dict(re.findall(r"`/etc/systemd/system/([\w@.-]+)`[^`]*```ini\n(.*?)```", TEXT, re.DOTALL))


def test_every_command_of_the_handbook_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXT)) | set(
        re.findall(r"\bdesk ([a-z]+static|migrate|createcachetable)", TEXT)
    )
    assert {"migrate", "createsuperuser", "backup", "restore", "check", "rqworker", "clock"} <= named
    assert named <= set(get_commands())


def test_every_service_of_the_handbook_exists() -> None:
    services = set(yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"])
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
    (environment,) = [block for block in blocks("ini") if "[Service]" not in block]
    for line in environment.splitlines():
        assert line.partition("=")[0].removesuffix("_FILE") in settings_read()


def test_the_units_run_what_compose_runs_and_have_its_patience() -> None:
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    assert set(units()) == {"desk-web@.service", "desk-worker@.service", "desk-clock.service"}
    for name, unit in units().items():
        service = compose[re.split(r"[-@.]", name)[1]]
        (command,) = re.findall(r"^ExecStart=/srv/desk/\.venv/bin/(.*)$", unit, re.MULTILINE)
        assert command.split(" --bind")[0] in service["command"].replace("gunicorn helpdesk.wsgi", "gunicorn"), name
        assert f"TimeoutStopSec={service['stop_grace_period'].removesuffix('s')}\n" in unit
    assert f"{gunicorn.graceful_timeout} s, a job 120 s" in TEXT


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
    for text in blocks("sh"):
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
