"""Hosts on one machine: network namespaces of Linux with a router between them, whose packets can be made to vanish.

A host sees nothing of a cut: its interface stays up, nobody refuses, nobody answers, as when a switch far away dies.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import psutil

PREFIX = "helpdesk-proof-"
_PLACE = Path("/run/netns")  # where `ip netns` keeps the names
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class NoNamespaces(Exception):
    """This machine, or this account, cannot have network namespaces; the text says what to do."""


class Namespace:
    """A network of its own. What a thread starts while it is inside, threads and processes, stays inside."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ip(self, words: str) -> None:
        """`ip` with these words on this namespace's network."""
        _ip(f"-n {self.name} {words}")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The calling thread is in this network for as long as the block runs."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(os.open(_PLACE / self.name, os.O_RDONLY))
            yield
        finally:
            _enter(outside)


class Network:
    """Two hosts and the router between them: `with Network() as network:`. Names bear the number of this process."""

    ONE = "198.18.0.2"  # RFC 2544: addresses for trials, which no network really has
    ONE_MORE = "198.18.0.3"  # of host one too, so that one of its servers alone can be cut off
    TWO = "198.18.1.2"

    def __init__(self) -> None:
        self.one, self.two, self.router = (Namespace(f"{PREFIX}{os.getpid()}-{name}") for name in ("1", "2", "router"))
        self._lost: set[str] = set()

    def __enter__(self) -> Self:
        _require_root_and_ip()
        remove_leftovers()
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._remove()

    def cut(self, *addresses: str) -> None:
        """From now on the router drops, without a word, what goes to these addresses; to any when none is named."""
        for address in addresses or (self.ONE, self.ONE_MORE, self.TWO):
            self.router.ip(f"route add blackhole {address}/32")
            self._lost.add(address)

    def heal(self) -> None:
        """Everything arrives again."""
        for address in sorted(self._lost):
            self.router.ip(f"route del blackhole {address}/32")
        self._lost.clear()

    def _make(self) -> None:
        for namespace in (self.one, self.two, self.router):
            _ip(f"netns add {namespace.name}")
            namespace.ip("link set lo up")
        for host, net, addresses in ((self.one, 0, (self.ONE, self.ONE_MORE)), (self.two, 1, (self.TWO,))):
            host.ip(f"link add wire type veth peer name wire{net} netns {self.router.name}")
            self.router.ip(f"addr add 198.18.{net}.1/24 dev wire{net}")
            self.router.ip(f"link set wire{net} up")
            for address in addresses:
                host.ip(f"addr add {address}/24 dev wire")
            host.ip("link set wire up")
            host.ip(f"route add default via 198.18.{net}.1")
        with self.router.inside():
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def _remove(self) -> None:
        for namespace in (self.one, self.two, self.router):
            _remove(namespace.name)


def remove_leftovers() -> None:
    """End what killed runs left in their namespaces, and remove those. What belongs to a living run stays."""
    for path in _PLACE.glob(f"{PREFIX}*"):
        found = re.fullmatch(rf"{PREFIX}(\d+)-\w+", path.name)
        if found and not psutil.pid_exists(int(found.group(1))):
            _remove(path.name)


def _remove(name: str) -> None:
    """Nothing is left to run in it: a server that lost its supervisor would live on in a network without a name."""
    if not (_PLACE / name).exists():
        return
    for pid in _ip(f"netns pids {name}").split():
        if int(pid) != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    _ip(f"netns del {name}")


def _require_root_and_ip() -> None:
    if os.geteuid() != 0:
        raise NoNamespaces("Two hosts need network namespaces, and only root may make them: run `make prove` as root.")
    if not shutil.which("ip"):
        raise NoNamespaces("Two hosts need the command `ip`: apt-get install iproute2, and run `make prove` again.")


def _ip(words: str) -> str:
    ran = subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise NoNamespaces(
            f"`ip {words}` was refused ({ran.stderr.strip()}): two hosts need Linux with network namespaces and veth,"
            " and root that may make them; in a container, one with the capabilities NET_ADMIN and SYS_ADMIN."
        )
    return ran.stdout


def _enter(descriptor: int) -> None:
    """Put the calling thread into the network that `descriptor` stands for, and close it."""
    try:
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
