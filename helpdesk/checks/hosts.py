"""What a host's name says about where it is."""

import ipaddress
import socket

_RESERVED = {"example", "test", "invalid", "localhost"}  # RFC 2606: nobody can own these
_CONNECT_SECONDS = 3.0


def is_this_machine(host: str) -> bool:
    """The machine itself, for which nothing leaves it: loopback, a UNIX socket, or nothing named."""
    name = host.strip("[]").lower()
    if not name or name.startswith("/") or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_invented(host: str) -> bool:
    """A name of examples, such as help.example.ru or that of our own guide, left over from instructions."""
    labels = host.lower().rstrip(".").split(".")
    return labels[-1] in _RESERVED or not {"example", "your-company"}.isdisjoint(labels[-2:])


def answers(host: str, port: int) -> str:
    """Empty when the port takes a connection, else why not."""
    try:
        socket.create_connection((host, port), timeout=_CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__
    return ""
