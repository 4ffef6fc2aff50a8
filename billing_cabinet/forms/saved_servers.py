"""The organisation's saved servers as choices of the new form (3.5a.3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _

from customers.models import Customer, Server

OTHER_SERVER, NO_SERVER = "other", "none"


class ServerSelect(forms.RadioSelect):
    """Marks the servers whose version is known: the page asks for it at the others."""

    knowing: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.knowing:
            option["attrs"]["class"] = "knows-version"
        return option


def saved_servers(customer: Customer) -> dict[str, Server]:
    """By their radio value, the one used last first."""
    servers = customer.servers.order_by(F("last_used_at").desc(nulls_last=True), "name", "pk")
    return {str(server.pk): server for server in servers}


def server_choices(servers: dict[str, Server]) -> list[tuple[str, str]]:
    """The saved ones, another one, none."""
    return [
        *((value, server_words(server)) for value, server in servers.items()),
        (OTHER_SERVER, _("Another server")),
        (NO_SERVER, _("Not related to a server")),
    ]


def server_words(server: Server) -> str:
    """«Основной — 10.1.4.20, версия 4.2.1»; the address alone where it is the name."""
    is_named = server.name != server.address[: len(server.name)]
    told = {"name": server.name, "address": server.address, "version": server.version}
    if server.version:
        words = _("%(name)s — %(address)s, version %(version)s") if is_named else _("%(address)s, version %(version)s")
        return words % told
    return _("%(name)s — %(address)s") % told if is_named else server.address
