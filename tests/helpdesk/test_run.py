"""`make run`: the whole desk comes up, outlives the death of any part, and stops in order."""

import http.client
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from helpdesk.local.environment import PROJECT
from helpdesk.local.preparation import sources
from tests.desk import PARTS, Desk, free_port, wait_until
from tests.scratch_services import new_folder, without_scratch


@pytest.fixture(scope="module")
def one_desk() -> Iterator[Desk]:
    with new_folder("desk") as folder:
        desk = Desk(folder)
        yield desk
        if desk.is_running():
            desk.stop()


@pytest.fixture
def desk(one_desk: Desk) -> Desk:
    """The one desk of this module, running. A test may stop and kill it; its first start takes longest."""
    return one_desk if one_desk.is_running() else one_desk.start()


def run_to_its_end(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """For starts that fail at once."""
    return subprocess.run(
        [sys.executable, "-m", "helpdesk.run", "--data", str(data)],
        cwd=PROJECT,
        env=without_scratch(dict(os.environ)) | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def refusal(ran: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a start that failed properly."""
    assert ran.returncode == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    (sentence,) = ran.stderr.splitlines()
    return sentence


def get(address: str, port: int, path: str) -> int:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_web_answers_once_the_ready_line_is_out(desk: Desk) -> None:
    assert get("127.0.0.1", desk.port, "/health/ready") == 200
    if socket.has_ipv6:
        assert get("::1", desk.port, "/health/ready") == 200


def test_each_line_says_who_said_it(desk: Desk) -> None:
    labels = {line.partition("|")[0].rstrip() for line in desk.output().splitlines()}
    assert {"clock", "mail", "desk"} <= labels <= {"setup", "desk", *PARTS}
    assert "\033" not in desk.output()


def test_an_empty_desk_says_how_the_first_person_is_made(desk: Desk) -> None:
    assert "createsuperuser" in desk.output()


def test_a_second_desk_on_the_folder_is_refused(desk: Desk) -> None:
    sentence = refusal(run_to_its_end(desk.data, PORT=str(free_port())))
    assert f"already runs on {desk.data} (process {desk.pid('supervisor')})" in sentence


def test_a_command_beside_the_desk_reaches_its_database(desk: Desk) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "--plan"],
        cwd=PROJECT,
        env=without_scratch(dict(os.environ)) | {"HELPDESK_DATA": str(desk.data)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[X]" in ran.stdout
    assert "[ ]" not in ran.stdout


def test_secrets_and_letters_are_for_the_owner_only(desk: Desk) -> None:
    private = [desk.data / "keys", desk.data / "mail", desk.data / "log", desk.data / "postgres", desk.data / "valkey"]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o700}


def test_a_letter_is_kept_as_it_was_sent(desk: Desk) -> None:
    letter = EmailMessage()
    letter["Message-ID"] = "<first@test.example>"
    letter["To"] = "anna@reis.example"
    letter["Subject"] = "Заявка принята"
    letter.set_content("Строка.\n.точка в начале\n")
    before = len(desk.letters())
    host = next(line for line in (desk.data / "local.env").read_text().splitlines() if line.startswith("EMAIL_URL"))
    with smtplib.SMTP("127.0.0.1", int(host.rpartition(":")[2])) as mail:
        mail.send_message(letter, "desk@test.example", ["anna@reis.example"])
    kept = desk.wait_for_letters(before + 1)[-1]
    assert (kept["Subject"], kept.get_content()) == ("Заявка принята", "Строка.\r\n.точка в начале\r\n")
    wait_until(lambda: "<first@test.example>" in desk.output(), 5)
    assert "anna@" not in desk.output()


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_is_announced_and_started_again(desk: Desk, name: str) -> None:
    killed = desk.kill(name)
    desk.wait_for(name, other_than=killed)
    assert desk.output().count(f"desk   | {name} was ended by SIGKILL, starting it again") == 1
    assert get("localhost", desk.port, "/health/ready") == 200


def test_a_request_made_while_the_web_is_dead_is_answered_by_the_next(desk: Desk) -> None:
    killed = desk.kill("web")
    assert get("localhost", desk.port, "/health/live") == 200
    desk.wait_for("web", other_than=killed)


def test_a_desk_outlives_the_kill_of_its_supervisor_and_of_everything(desk: Desk) -> None:
    left = [psutil.Process(desk.pid(name)) for name in PARTS]
    desk.kill("supervisor")
    assert any(process.is_running() for process in left)
    desk.start()
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in left)
    assert "An earlier run was killed; processes that it left, now ended:" in desk.output()
    assert "setup" not in desk.output(), "nothing has changed, so nothing is prepared again"
    desk.kill_everything()
    desk.start()
    assert get("localhost", desk.port, "/health/ready") == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_parts_stop_one_after_another(desk: Desk, number: signal.Signals) -> None:
    living = {name: psutil.Process(desk.pid(name)) for name in PARTS}
    ended: list[str] = []

    def note_the_dead() -> bool:
        ended.extend(name for name in PARTS if name not in ended and not _lives(living[name]))
        return len(ended) == len(PARTS)

    os.killpg(desk.pid("supervisor"), number)  # a terminal sends Ctrl+C to the whole group
    os.killpg(desk.pid("supervisor"), number)  # and a second one is harmless
    wait_until(note_the_dead, 30, desk.output)
    assert ended == list(PARTS)
    assert desk.stop() == 0
    assert not desk.board()
    assert "Traceback" not in desk.output()


def _lives(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_demo_data_killed_half_way_is_loaded_once_by_the_next_start(scratch_folder: Path) -> None:
    desk = Desk(scratch_folder, demo=True)
    desk.launch()
    wait_until(lambda: "demo data is loaded, once" in desk.output(), 60, desk.output)
    desk.kill("supervisor")
    desk.start()
    assert "demo data is loaded, once" in desk.output()
    assert "anna@reis.example" in desk.output()
    desk.stop()
    desk.start()
    assert "demo data is loaded" not in desk.output()
    assert "anna@reis.example" in desk.output()
    desk.stop()


def test_what_the_desk_itself_writes_never_makes_it_prepare_again(tmp_path: Path) -> None:
    for name in ("static/desk.css", "app/migrations/0001.py", ".data/static/desk.1.css", ".venv/x/migrations/0001.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    assert [str(path) for path in sources(tmp_path)] == ["app/migrations/0001.py", "static/desk.css"]


def test_a_taken_port_is_one_sentence(scratch_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        sentence = refusal(run_to_its_end(scratch_folder, PORT=str(port)))
    assert sentence == (
        f"Port {port} cannot be used (another program listens on it): choose another one, for example PORT={port + 1}"
        " make run."
    )


@pytest.mark.parametrize("port", ["eight", "0", "70000", "-1"])
def test_a_port_that_is_none_is_one_sentence(scratch_folder: Path, port: str) -> None:
    assert f"PORT is '{port}': expected a number from 1 to 65535" in refusal(run_to_its_end(scratch_folder, PORT=port))


def test_a_database_of_another_version_is_one_sentence(scratch_folder: Path) -> None:
    cluster = scratch_folder / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    (scratch_folder / "keys").mkdir()
    (scratch_folder / "keys" / "vault_keys").write_text("k1:x")
    sentence = refusal(run_to_its_end(scratch_folder, PORT=str(free_port())))
    assert "holds a database of PostgreSQL 16" in sentence


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sentence = refusal(run_to_its_end(tmp_path / "file" / "data", PORT=str(free_port())))
    assert "cannot be used (Not a directory)" in sentence


def test_a_wrong_setting_is_named_without_a_traceback(scratch_folder: Path) -> None:
    ran = run_to_its_end(scratch_folder, PORT=str(free_port()), TRUSTED_PROXY_COUNT="many")
    assert "mend what the lines above say" in refusal(ran)
    assert "setup  | TRUSTED_PROXY_COUNT is 'many': expected a whole number" in ran.stdout
