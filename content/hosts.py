"""The address of a customer's server, as a person types it. Nothing here or elsewhere connects to it."""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from django.utils.translation import gettext_lazy as _

TYPED_LENGTH, KEPT_LENGTH = 300, 255
NAME_LENGTH, LABEL_LENGTH = 253, 63  # RFC 1035, 2.3.4
SCHEME = re.compile(r"(?:https?|ssh|rdp|s?ftp)://", re.IGNORECASE)
LABEL = re.compile(r"(?!-)[\w-]+(?<!-)")  # underscores stand in Windows names
MISSING = _("Enter the server address")
HAS_CREDENTIALS = _("Enter only the address, without a login and a password")
HAS_SPACES = _("Enter one address, without spaces")
HAS_PATH = _("Enter only the address and the port; write the rest in “How to connect”")
WRONG_PORT = _("The port is a number from 1 to 65535")
WRONG_HOST = _("Check the address: it is neither an IP address nor a server name")


class AddressError(ValueError):
    """The text is no server address. `str()` is a sentence for the person who typed it, without what he typed."""


def server_address(raw: str) -> str:
    """The address in one form: `10.1.4.20`, `srv.example:8080`, `сервер.рф`, `2001:db8::1`, `[2001:db8::1]:8443`.

    Small letters; names in Russian letters stay so. A scheme that people paste (http, https, ssh, rdp, ftp, sftp)
    and a slash at the end are dropped. A path or a query is refused rather than dropped: it may matter to
    the engineer, and it may hold a password. Raises AddressError.
    """
    visible = (char for char in raw if unicodedata.category(char) != "Cf")  # zero-width marks come with pasting
    text = unicodedata.normalize("NFKC", "".join(visible)).strip()
    if not text:
        raise AddressError(MISSING)
    if "@" in text:
        raise AddressError(HAS_CREDENTIALS)
    if len(text) > TYPED_LENGTH:
        raise AddressError(WRONG_HOST)
    if any(char.isspace() or char in ",;" or not char.isprintable() for char in text):
        raise AddressError(HAS_SPACES)
    text = SCHEME.sub("", text, count=1).removesuffix("/")
    if re.search(r"[/\\?#]", text):
        raise AddressError(HAS_PATH)
    address = _joined(text)
    if len(address) > KEPT_LENGTH:  # the longest name with a port
        raise AddressError(WRONG_HOST)
    return address


def _joined(text: str) -> str:
    if text.count(":") > 1 and not text.startswith("["):
        return _ipv6(text)
    if text.startswith("["):
        inside, bracket, tail = text[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise AddressError(WRONG_HOST)
        return f"[{_ipv6(inside)}]:{_port(tail[1:])}" if tail else _ipv6(inside)
    host, colon, port = text.partition(":")
    return f"{_name(host)}:{_port(port)}" if colon else _name(host)


def _port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and 0 < int(text) < 65536:
        return int(text)
    raise AddressError(WRONG_PORT)


def _ipv6(text: str) -> str:
    if "%" in text:  # a zone means something on the customer's own machine only
        raise AddressError(WRONG_HOST)
    try:
        return str(IPv6Address(text))
    except AddressValueError:
        raise AddressError(WRONG_HOST) from None


def _name(host: str) -> str:
    """An IPv4 address or a name. A name whose last part is a number can only be a mistyped IPv4 address."""
    labels = host.lower().removesuffix(".").split(".")
    name = ".".join(labels)
    if labels[-1].isdigit():
        try:
            return str(IPv4Address(name))
        except AddressValueError:
            raise AddressError(WRONG_HOST) from None
    if len(name) > NAME_LENGTH or not all(len(label) <= LABEL_LENGTH and LABEL.fullmatch(label) for label in labels):
        raise AddressError(WRONG_HOST)
    return name
