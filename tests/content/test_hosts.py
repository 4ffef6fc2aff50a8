"""Server addresses as people type them."""

import re
from collections.abc import Iterator

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from content.hosts import AddressError, server_address


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("10.1.4.20", "10.1.4.20"),
        (" 10.1.4.20\n", "10.1.4.20"),
        ("10.1.4.20:8443", "10.1.4.20:8443"),
        ("SRV-01", "srv-01"),
        ("srv_1.local:80", "srv_1.local:80"),
        ("srv.reis.example.", "srv.reis.example"),
        ("http://srv.reis.example/", "srv.reis.example"),
        ("HTTPS://srv.reis.example:8443", "srv.reis.example:8443"),
        ("rdp://10.0.0.1:3389/", "10.0.0.1:3389"),
        ("сервер.рф", "сервер.рф"),
        ("Сервер-2.РФ:80", "сервер-2.рф:80"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ("srv:０８０", "srv:80"),
        ("srv\u200b.local\u202e", "srv.local"),
    ],
)
def test_address_is_understood(typed, address):
    assert server_address(typed) == address
    assert server_address(address) == address


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the server address"),
        (" \u200b ", "Enter the server address"),
        ("root@10.1.4.20", "without a login and a password"),
        ("https://root:secret@srv.reis.example/", "without a login and a password"),
        ("root:secret＠srv", "without a login and a password"),
        ("srv/?user=root@reis", "without a login and a password"),
        ("10.1.4.20 10.1.4.21", "without spaces"),
        ("10.1.4.20,10.1.4.21", "without spaces"),
        ("srv\x00", "without spaces"),
        ("srv\r\nHost:x", "without spaces"),
        ("srv\u00a01", "without spaces"),
        ("https://srv/login", "Enter only the address and the port"),
        ("srv?token=secret", "Enter only the address and the port"),
        ("srv#part", "Enter only the address and the port"),
        ("10.1.4.0/24", "Enter only the address and the port"),
        ("\\\\srv\\share", "Enter only the address and the port"),
        ("javascript://srv", "Enter only the address and the port"),
        ("srv:", "from 1 to 65535"),
        ("srv:0", "from 1 to 65535"),
        ("srv:65536", "from 1 to 65535"),
        ("srv:+80", "from 1 to 65535"),
        ("srv:secret", "from 1 to 65535"),
        ("[::1]:x", "from 1 to 65535"),
        ("10.1.4.300", "neither an IP address nor a server name"),
        ("10.1.4", "neither an IP address nor a server name"),
        ("010.1.4.20", "neither an IP address nor a server name"),
        ("4512", "neither an IP address nor a server name"),
        ("1:2:3", "neither an IP address nor a server name"),
        ("root:secret:srv", "neither an IP address nor a server name"),
        ("[2001:db8::1", "neither an IP address nor a server name"),
        ("[::1]x", "neither an IP address nor a server name"),
        ("fe80::1%eth0", "neither an IP address nor a server name"),
        ("-srv", "neither an IP address nor a server name"),
        ("srv-", "neither an IP address nor a server name"),
        ("a..b", "neither an IP address nor a server name"),
        (".", "neither an IP address nor a server name"),
        ("http://", "neither an IP address nor a server name"),
        ("<script>", "neither an IP address nor a server name"),
        ("{{7*7}}", "neither an IP address nor a server name"),
        ("a" * 64, "neither an IP address nor a server name"),
        ("a." * 130 + "a", "neither an IP address nor a server name"),
        ("a" * 100_000, "neither an IP address nor a server name"),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(typed, says):
    with pytest.raises(AddressError, match=re.escape(says)):
        server_address(typed)


@pytest.mark.parametrize("typed", ["root:hunter2@srv", "srv?password=hunter2", "srv:hunter2", "hunter2 srv"])
def test_error_never_repeats_a_password(typed):
    with pytest.raises(AddressError) as caught:
        server_address(typed)
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40) | st.from_regex(r"\A[a-zа-я0-9.:\[\]%@/-]{1,30}\Z"))
@settings(max_examples=600, deadline=None)
def test_any_text_gives_a_plain_address_or_a_sentence(typed):
    try:
        address = server_address(typed)
    except AddressError as error:
        assert str(error)
    else:
        assert re.fullmatch(r"[\w.:\[\]-]+", address)
        assert server_address(address) == address
