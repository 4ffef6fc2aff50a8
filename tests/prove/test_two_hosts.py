"""Letters leave from a second host; the network between the two vanishes without a word, and comes back."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from notifications.delivery import LEASE
from tests.desk import wait_until
from tests.prove.conftest import Verdict
from tests.prove.namespaces import Network, NoNamespaces
from tests.prove.two_hosts import Hosts, two_hosts, vanish
from tests.scratch_services import new_folder

pytestmark = pytest.mark.prove

# Seconds after the network is whole again until a letter leaves.
BACK_WITHIN = 30
# Seconds that the packets vanish: shorter than a mark is waited for, and longer.
SHORT, LONG = 12, 45


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with new_folder("hosts") as folder, ExitStack() as stack:
        try:
            hosts = stack.enter_context(two_hosts(folder))
        except NoNamespaces as error:
            pytest.skip(str(error))
        yield hosts


def test_every_letter_leaves_from_the_second_host(hosts: Hosts, verdict: Verdict) -> None:
    with hosts.load(every=0.2, most=30):
        wait_until(lambda: len(hosts.filed) == 60, 90, hosts.output)
    hosts.wait_for_the_rest()
    found, waits, settled = hosts.judged(), hosts.waits(), hosts.settled_by_worker()
    letters = sum(len(ids) for ids in hosts.sink.copies().values())
    verdict(
        "two hosts",
        f"{found} letters_from_host_two={letters} settled_by_host_two={settled}"
        f" letter_after: median={statistics.median(waits):.2f}s worst={waits[-1]:.2f}s",
    )
    assert (found.lost, found.two_ids, found.repeats) == ([], [], [])
    assert letters == found.filed
    assert settled > found.filed / 2
    with pytest.raises(ConnectionRefusedError):  # this thread is on host one: its clock could not have sent them
        socket.create_connection(("127.0.0.1", hosts.sink.port), timeout=5)


def test_the_second_host_needs_no_files_and_no_superuser(hosts: Hosts) -> None:
    files = [path for path in (hosts.one.folder / "media").rglob("*") if path.is_file()]
    media = [path for path in files if path.read_bytes() == b"0" * 2000]
    assert media, "some of the requests came with a file"
    assert sorted(path.name for path in hosts.two.folder.iterdir()) == ["worker-1.log"]
    assert hosts.one.query("select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = 'desk'") == [
        (False, False, False)
    ]


def test_a_short_cut_of_the_database_repeats_nothing(hosts: Hosts, verdict: Verdict) -> None:
    with hosts.load(every=0.5):
        hosts.cut_with_a_letter_in_hand(Network.ONE)
        time.sleep(SHORT)
        back = hosts.heal()
    hosts.wait_for_the_rest()
    found = hosts.judged()
    verdict("two hosts", f"{found} cut_of_database={SHORT}s back_after={back:.1f}s")
    assert (found.lost, found.two_ids, found.repeats) == ([], [], [])
    assert back < BACK_WITHIN


def test_a_long_cut_repeats_the_letter_in_hand_alone(hosts: Hosts, verdict: Verdict) -> None:
    holder = hosts.lock_ticket()
    with hosts.load(every=0.5):
        began = hosts.cut_with_a_letter_in_hand()
        vanish(holder)
        time.sleep(LONG)
        assert hosts.ticket_is_locked()
        healed = time.time()
        back = hosts.heal()
        wait_until(lambda: not hosts.ticket_is_locked(), BACK_WITHIN, hosts.output)
        unlocked = time.time() - healed
    hosts.wait_for_the_rest()
    found = hosts.judged()
    figures = f"cut={LONG}s back_after={back:.1f}s lock_of_vanished_free_after={unlocked:.1f}s"
    verdict("two hosts", f"{found} {figures}")
    assert (found.lost, found.two_ids) == ([], [])
    # taken at the cut, never marked, and taken again when its lease was over
    [(first, second)] = found.repeats
    assert began - 1 < first < healed
    assert LEASE.total_seconds() - 1 < second - first < LEASE.total_seconds() + BACK_WITHIN
    assert back < BACK_WITHIN


def test_a_cut_queue_repeats_nothing(hosts: Hosts, verdict: Verdict) -> None:
    told = len(hosts.judged().repeats)
    with hosts.load(every=0.5):
        time.sleep(2)
        hosts.network.cut(Network.ONE_MORE)
        time.sleep(20)
        back = hosts.heal()
    hosts.wait_for_the_rest()
    found = hosts.judged(told)
    verdict("two hosts", f"{found} cut_of_queue=20s back_after={back:.1f}s")
    assert (found.lost, found.two_ids, found.repeats) == ([], [], [])
    assert back < BACK_WITHIN
