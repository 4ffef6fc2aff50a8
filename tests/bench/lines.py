"""What is measured at one size: for every line the requests of eight signed-in people, made from what the database
holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tests.bench.filling_words import RARE
from tests.bench.load import AT_ONCE, KEY, Shot, get, post
from tests.bench.servers import Servers
from tests.visitor import Visitor

PASSWORD = "step-i-veter"
PAGE = 25  # of the cabinet's list
QUEUE = "/admin/tickets/ticket/"
_BOUNDARY = "----bench4d1c9f"


@dataclass(frozen=True)
class Line:
    """`shots` are eight rows of requests, one for each person. `yardstick` is list or row."""

    name: str
    shots: Sequence[Sequence[Shot]]
    yardstick: str = "list"


@dataclass(frozen=True)
class People:
    """The cookies of eight engineers, and of the administrators of eight customers, with the customers' ids."""

    staff: Sequence[str]
    customers: Sequence[str]
    customer_ids: Sequence[int]
    csrf: Sequence[str]


def sign_in(servers: Servers, database: str, port: int) -> People:
    """Through the sign-in page. The customers have at least one request with ten messages each."""
    address = f"http://localhost:{port}"
    chosen = servers.ask(
        "SELECT c.id, min(u.email) FROM customers_customer c JOIN customers_membership m ON m.customer_id = c.id"
        " JOIN accounts_user u ON u.id = m.user_id WHERE m.role = 'administrator' AND c.id IN (SELECT t.customer_id"
        " FROM tickets_ticket t WHERE 10 = (SELECT count(*) FROM tickets_message WHERE ticket_id = t.id)"
        ") GROUP BY c.id ORDER BY c.id LIMIT %s",
        AT_ONCE,
        database=database,
    )
    staff = [Visitor(address).sign_in(f"engineer{number}@desk.example", PASSWORD) for number in range(AT_ONCE)]
    clients = [Visitor(address).sign_in(email, PASSWORD) for _pk, email in chosen]
    return People(
        [_cookie(visitor) for visitor in staff],
        [_cookie(visitor) for visitor in clients],
        [pk for pk, _email in chosen],
        [visitor.cookies["csrf"] for visitor in clients],
    )


def enter_yardstick(port: int) -> list[str]:
    """The cookies of the same eight engineers on the yardsticks' site."""
    visitors = [Visitor(f"http://localhost:{port}") for _ in range(AT_ONCE)]
    for number, visitor in enumerate(visitors):
        visitor.get(f"/enter/engineer{number}@desk.example/")
    return [_cookie(visitor) for visitor in visitors]


def _cookie(visitor: Visitor) -> str:
    return "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())


def make_lines(servers: Servers, database: str, people: People) -> list[Line]:
    """In the order in which they are measured; filing, which adds requests, comes last."""

    def ask(statement: str, *values: object) -> list[tuple[object, ...]]:
        return servers.ask(statement, *values, database=database)

    staff, customers = people.staff, people.customers
    ten = [f"{QUEUE}{number}/change/" for (number,) in ask(_OPEN_WITH_TEN)]
    own = [[f"/cabinet/tickets/{number}/" for (number,) in ask(_OWN_WITH_TEN, pk)] for pk in people.customer_ids]
    lines = [
        Line("queue", _same(staff, [QUEUE])),
        Line("queue_open", _same(staff, [f"{QUEUE}?tab=open"])),
        Line("queue_open_deep", _same(staff, [f"{QUEUE}?tab=open&after={at}" for (at,) in ask(_DEEP_OPEN)])),
        Line("queue_closed", _same(staff, [f"{QUEUE}?tab=closed"])),
        Line("queue_closed_deep", _same(staff, [f"{QUEUE}?tab=closed&after={at}" for (at,) in ask(_DEEP_CLOSED)])),
        Line("workplace", _same(staff, ten)),
        Line("cabinet_home", _same(customers, ["/cabinet/"])),
        Line("cabinet_list", _same(customers, ["/cabinet/tickets/?tab=all"])),
        Line("cabinet_ticket", list(map(_gets, customers, own))),
        Line("search", _same(staff, [f"{QUEUE}?q={quote(RARE)}"])),
        Line("filing_form", _same(customers, ["/cabinet/tickets/new/"])),
    ]
    deep = [[f"/cabinet/tickets/?tab=all&after={at}" for (at,) in ask(_DEEP_OWN, pk)] for pk in people.customer_ids]
    if all(deep):
        lines.insert(8, Line("cabinet_deep", list(map(_gets, customers, deep))))
    forms = [[_filing(cookie, csrf)] for cookie, csrf in zip(customers, people.csrf, strict=True)]
    return [*lines, Line("filing", forms, "row")]


def _same(cookies: Sequence[str], paths: Sequence[str]) -> list[list[Shot]]:
    """The same pages for everybody; each begins with another one."""
    return [_gets(cookie, [*paths[start % len(paths) :], *paths]) for start, cookie in enumerate(cookies)]


def _gets(cookie: str, paths: Sequence[str]) -> list[Shot]:
    return [get(path, cookie) for path in paths]


def _filing(cookie: str, csrf: str) -> Shot:
    """The whole form as a browser sends it: a server that is not saved, with access data."""
    told = {
        "csrfmiddlewaretoken": csrf,
        "subject": "Нет координат с контроллера 4512",
        "description": "С утра на карте нет трёх машин, хотя водители уже вышли на линию. Питание проверили. " * 5,
        "steps": "Открыть карту\r\nВыбрать машину 4512",
        "frequency": "always",
        "server": "other",
        "server_address": "192.0.2.17",
        "access_login": "support",
        "access_password": "Vorota-17",
        "access_rights": "admin",
        "access_note": "только из офисной сети",
        "version": "4.2.1",
        "controller": "машина 4512",
        "criticality": "medium",
        "contact_name": "Иванова Анна Павловна",
        "contact_phone": "8 (3532) 30-17-20",
        "contact_email": "anna@firm.example",
        "submission_key": KEY.decode(),
    }
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in told.items()
    ]
    body = f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()
    return post("/cabinet/tickets/new/", cookie, body, f"multipart/form-data; boundary={_BOUNDARY}")


_OPEN = "status IN ('new', 'in_progress', 'waiting', 'development', 'deferred')"
_US = "(extract(epoch FROM {}) * 1000000)::bigint::text"
_WITH_TEN = "10 = (SELECT count(*) FROM tickets_message WHERE ticket_id = t.id)"
_OPEN_WITH_TEN = f"SELECT number FROM tickets_ticket t WHERE {_OPEN} AND {_WITH_TEN} ORDER BY id LIMIT 40"  # noqa: S608 - names of ours
_OWN_WITH_TEN = f"SELECT number FROM tickets_ticket t WHERE customer_id = %s AND {_WITH_TEN} ORDER BY id LIMIT 5"  # noqa: S608 - names of ours
# The cursors of tickets/keyset.py at places from 85 to 93 % of each list.
_PLACES = "n IN (SELECT (total * (85 + step) / 100) FROM generate_series(0, 8) step)"
_DEEP_OPEN = f"""
SELECT at FROM (
    SELECT rung || '~' || {_US.format("queue_at")} || '~' || {_US.format("received_at")} || '~' || id AS at,
        row_number() OVER (ORDER BY rung, queue_at, received_at, id) AS n, count(*) OVER () AS total
    FROM tickets_ticket WHERE {_OPEN}) q
WHERE {_PLACES}"""  # noqa: S608 - names of ours
_DEEP_CLOSED = f"""
SELECT at FROM (
    SELECT {_US.format("closed_at")} || '~' || id AS at,
        row_number() OVER (ORDER BY closed_at DESC, id DESC) AS n, count(*) OVER () AS total
    FROM tickets_ticket WHERE status = 'closed') q
WHERE {_PLACES}"""  # noqa: S608 - names of ours
_DEEP_OWN = f"""
SELECT at FROM (
    SELECT {_US.format("updated_at")} || '~' || id AS at,
        row_number() OVER (ORDER BY updated_at DESC, id DESC) AS n, count(*) OVER () AS total
    FROM tickets_ticket WHERE customer_id = %s) q
WHERE total > {2 * PAGE} AND n = total - {PAGE + 1}"""  # noqa: S608 - names of ours
