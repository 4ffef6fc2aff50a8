"""Who works at a filled desk and whom it serves: working hours, levels, 1,000 customers with people, 20 engineers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import StaffRole, User
from accounts.roles import Role
from content.phones import parse_phone
from customers.models import Contract, Customer, Membership, Server
from helpdesk.demo.calendar import LEVELS, WITHOUT_CONTRACT, make_calendar, make_levels
from helpdesk.demo.customers import inn
from sla.calendars import working_time_of
from sla.working_time import WorkingTime

CUSTOMERS, ENGINEERS = 1000, 20
PASSWORD = "step-i-veter"
_NAMES = ("Иванов", "Климов", "Борисов", "Галеев", "Ахметов", "Зубов", "Титов", "Шубин", "Рогов", "Дорохов")
_GIVEN = ("Павел Егорович", "Илья Сергеевич", "Рустам Маратович", "Олег Дмитриевич", "Виктор Андреевич")
_LEVELS = (*(["Стандарт"] * 6), *(["Расширенный"] * 3), "Премиум")


@dataclass(frozen=True)
class Person:
    pk: int
    name: str
    email: str
    phone: str
    digits: str


@dataclass(frozen=True)
class Client:
    """A customer with the term of its contract; `people` begins with the administrator."""

    pk: int
    level_version: int
    limit_minutes: int
    is_promised: bool
    people: tuple[Person, ...]
    server: int
    address: str


@dataclass(frozen=True)
class Base:
    """All that a row of a request refers to."""

    calendar_version: int
    hours: WorkingTime
    internal_version: int
    engineers: tuple[int, ...]
    operator: int
    clients: tuple[Client, ...]


def customer_email(number: int, person: int = 0) -> str:
    """The address of a customer's person; 0 is the administrator."""
    return f"person{person}@firm{number}.example"


def engineer_email(number: int) -> str:
    return f"engineer{number}@desk.example"


@transaction.atomic
def make_base(now: datetime) -> Base:
    """Write everybody into an empty database."""
    calendar = make_calendar(now)
    levels = make_levels(calendar, now)
    versions = {name: level.version_at(now) for name, level in levels.items()}
    version = calendar.current()
    password = make_password(PASSWORD)
    engineers, operator = _hire(password)
    names = [_LEVELS[number % len(_LEVELS)] if number % 33 else "" for number in range(1, CUSTOMERS + 1)]
    customers = Customer.objects.bulk_create(
        Customer(name=f"ООО «Автоколонна {number}»", inn=inn(number)) for number in range(1, CUSTOMERS + 1)
    )
    today = timezone.localdate(now)
    Contract.objects.bulk_create(
        Contract(
            customer=customer,
            number=f"{number}-ТП",
            level=levels[name],
            starts_date=today - timedelta(days=500),
            ends_date=today + timedelta(days=365),
        )
        for number, (customer, name) in enumerate(zip(customers, names, strict=True), start=1)
        if name
    )
    people = _sign_up(customers, password)
    servers = Server.objects.bulk_create(
        Server(customer=customer, name="Основной", address=f"10.{number // 250}.{number % 250}.20", version="4.2.1")
        for number, customer in enumerate(customers)
    )
    minutes = {**LEVELS, "": WITHOUT_CONTRACT[1]}
    clients = tuple(
        Client(
            customer.pk,
            versions[name or WITHOUT_CONTRACT[0]].pk,
            minutes[name],
            bool(name),
            people[number],
            server.pk,
            server.address,
        )
        for number, (customer, name, server) in enumerate(zip(customers, names, servers, strict=True))
    )
    internal = versions[WITHOUT_CONTRACT[0]].pk
    return Base(version.pk, working_time_of(version.pk), internal, engineers, operator, clients)


def _hire(password: str) -> tuple[tuple[int, ...], int]:
    staff = User.objects.bulk_create(
        User(email=engineer_email(number), full_name=_name(number), password=password)
        for number in range(ENGINEERS + 1)
    )
    StaffRole.objects.bulk_create(StaffRole(user=user, role=Role.ENGINEER) for user in staff[:ENGINEERS])
    StaffRole.objects.create(user=staff[ENGINEERS], role=Role.OPERATOR)
    return tuple(user.pk for user in staff[:ENGINEERS]), staff[ENGINEERS].pk


def _sign_up(customers: list[Customer], password: str) -> list[tuple[Person, ...]]:
    """An administrator and a member for every customer."""
    users = User.objects.bulk_create(
        User(
            email=customer_email(number, person),
            full_name=_name(number + person),
            phone=f"8 (3532) {300_000 + 2 * number + person}",
            password=password,
        )
        for number in range(len(customers))
        for person in (0, 1)
    )
    roles = (Membership.Role.ADMINISTRATOR, Membership.Role.MEMBER)
    Membership.objects.bulk_create(
        Membership(user=user, customer=customers[index // 2], role=roles[index % 2]) for index, user in enumerate(users)
    )
    people = [Person(user.pk, user.full_name, user.email, user.phone, parse_phone(user.phone).digits) for user in users]
    return [(people[index], people[index + 1]) for index in range(0, len(people), 2)]


def _name(number: int) -> str:
    return f"{_NAMES[number % len(_NAMES)]} {_GIVEN[number // len(_NAMES) % len(_GIVEN)]}"
