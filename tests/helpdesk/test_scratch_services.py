"""The tests' own servers leave nothing behind, even when a run was killed."""

import os
import subprocess
import sys
from pathlib import Path

from helpdesk.local import processes
from helpdesk.local.environment import PROJECT
from tests.scratch_services import PREFIX, SETTINGS, Scratch, scratch, without_scratch

RUN_THAT_IS_KILLED = """
import os, signal
from tests.scratch_services import Scratch
run = Scratch()
run.up()
print(run.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_run_removes_what_a_killed_one_left_and_nothing_of_a_living_one() -> None:
    command = [sys.executable, "-c", RUN_THAT_IS_KILLED]
    killed = Path(subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False).stdout.strip())
    assert killed.name.startswith(PREFIX)
    servers = list(processes.with_argument("postgres", str(killed / "services" / "postgres")))
    assert servers
    other = Scratch()
    other.up()
    try:
        assert not killed.exists()
        assert not any(processes.is_alive(server) for server in servers)
        assert scratch.folder.exists()
    finally:
        other.down()
    assert not other.folder.exists()


def test_the_settings_of_a_shell_do_not_reach_the_tests() -> None:
    assert os.environ["DATABASE_URL"] == scratch.services.database_url
    assert os.environ["SECRET_KEY"] == SETTINGS["SECRET_KEY"]
    assert "SUPPORT_EMAIL" not in os.environ


def test_a_desk_of_its_own_gets_none_of_the_tests_settings() -> None:
    shell = {"HOME": "/home/anna", "DATABASE_URL": "x", "SECRET_KEY_FILE": "y", "TIME_ZONE": "UTC"}
    assert without_scratch(shell) == {"HOME": "/home/anna"}
