"""The people of every test, and the shortest way to a request in a given state.

Anna administers ООО «Рейс», Boris is her colleague and sees his own requests, Clara belongs to another customer.
Oleg is an operator, Elena an engineer, Sergey a senior, Maria a manager.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.roles import Role
from customers.models import Contract, Customer, Membership
from sla.models import BusinessCalendar, CalendarDay, CalendarVersion, LevelVersion, SupportLevel, WorkingHours
from tickets import intake
from tickets.models import Ticket

ORENBURG = ZoneInfo("Asia/Yekaterinburg")
PASSWORD = "verstovoy-stolb"


def moment(text: str) -> datetime:
    """An instant from local words: moment("2026-11-23 09:30") in Orenburg."""
    return datetime.fromisoformat(text).replace(tzinfo=ORENBURG).astimezone(UTC)


MONDAY_TEN = moment("2026-11-23 10:00")
SUMMER = moment("2025-06-01 00:00")


@dataclass
class Cast:
    reis: Customer
    oil: Customer
    standard: SupportLevel
    calendar: BusinessCalendar
    anna: Membership
    boris: Membership
    clara: Membership
    oleg: User
    elena: User
    sergey: User
    maria: User


def make_calendar(name: str = "Пятидневка") -> BusinessCalendar:
    """Monday to Friday 9–18 with a break 13–14, Orenburg."""
    calendar = BusinessCalendar.objects.create(name=name)
    version = CalendarVersion.objects.create(calendar=calendar, number=1)
    for weekday in range(5):
        for opens, closes in ((9 * 60, 13 * 60), (14 * 60, 18 * 60)):
            WorkingHours.objects.create(version=version, weekday=weekday, opens_minute=opens, closes_minute=closes)
    CalendarVersion.objects.filter(pk=version.pk).update(published_at=moment("2025-01-01 00:00"))
    return calendar


def make_level(
    calendar: BusinessCalendar, name: str = "Стандарт", minutes: int = 240, *, is_internal_default: bool = False
) -> SupportLevel:
    level = SupportLevel.objects.create(name=name, is_internal_default=is_internal_default)
    LevelVersion.objects.create(
        level=level, number=1, calendar=calendar, base_minutes=minutes, published_at=moment("2025-01-01 00:00")
    )
    return level


Days = Mapping[date, Sequence[tuple[int, int]]]


def new_calendar_version(
    calendar: BusinessCalendar, days: Days | None = None, *, published_at: datetime | None = SUMMER
) -> CalendarVersion:
    """The hours of the newest version with these dated days added, in minutes; a draft where `published_at` is None."""
    last = calendar.versions.latest("number")
    version = CalendarVersion.objects.create(calendar=calendar, number=last.number + 1, zone=last.zone)
    for hours in last.hours.filter(day=None):
        WorkingHours.objects.create(
            version=version,
            weekday=hours.weekday,
            opens_minute=hours.opens_minute,
            closes_minute=hours.closes_minute,
        )
    names = dict(last.days.values_list("date", "name"))
    kept = {day.date: [(it.opens_minute, it.closes_minute) for it in day.hours.all()] for day in last.days.all()}
    for on, windows in {**kept, **(days or {})}.items():
        day = CalendarDay.objects.create(version=version, date=on, name=names.get(on, ""))
        for opens, closes in windows:
            WorkingHours.objects.create(version=version, day=day, opens_minute=opens, closes_minute=closes)
    if published_at:
        version.published_at = published_at
        version.save(update_fields=["published_at"])
    return version


def new_level_version(
    level: SupportLevel, *, minutes: int | None = None, valid_from: date | None = None, **by_criticality: int
) -> LevelVersion:
    """A published version with the calendar of the newest one: new_level_version(standard, critical=60)."""
    last = level.versions.latest("number")
    version = LevelVersion.objects.create(
        level=level,
        number=last.number + 1,
        calendar=last.calendar,
        base_minutes=minutes or last.base_minutes,
        valid_from_date=valid_from,
    )
    for criticality, limit in by_criticality.items():
        version.terms.create(criticality=criticality, minutes=limit)
    version.published_at = SUMMER
    version.save(update_fields=["published_at"])
    return version


def make_customer(name: str, level: SupportLevel | None, *, inn: str = "") -> Customer:
    """A customer with a contract for the years of the tests; without a level, without a contract."""
    customer = Customer.objects.create(name=name, inn=inn)
    if level:
        Contract.objects.create(
            customer=customer,
            number=f"{customer.pk}/2026",
            level=level,
            starts_date=date(2025, 1, 1),
            ends_date=date(2027, 12, 31),
        )
    return customer


def make_person(full_name: str, email: str, *roles: Role, **fields: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, full_name=full_name, **fields)
    for role in roles:
        user.staff_roles.create(role=role)
    return user


def make_cast() -> Cast:
    calendar = make_calendar()
    standard = make_level(calendar)
    make_level(calendar, "Без договора", 480, is_internal_default=True)
    reis = make_customer("ООО «Рейс»", standard, inn="5610000001")
    oil = make_customer("ООО «Транс-Ойл»", standard, inn="5610000002")

    def member(customer: Customer, full_name: str, email: str, role: str) -> Membership:
        return Membership.objects.create(user=make_person(full_name, email), customer=customer, role=role)

    return Cast(
        reis=reis,
        oil=oil,
        standard=standard,
        calendar=calendar,
        anna=member(reis, "Иванова Анна Павловна", "anna@reis.example", Membership.Role.ADMINISTRATOR),
        boris=member(reis, "Борисов Борис Борисович", "boris@reis.example", Membership.Role.MEMBER),
        clara=member(oil, "Кларина Клара Карловна", "clara@oil.example", Membership.Role.ADMINISTRATOR),
        oleg=make_person("Олегов Олег Олегович", "oleg@desk.example", Role.OPERATOR),
        elena=make_person("Петрова Елена Сергеевна", "elena@desk.example", Role.ENGINEER),
        sergey=make_person("Сергеев Сергей Сергеевич", "sergey@desk.example", Role.SENIOR),
        maria=make_person("Маркова Мария Марковна", "maria@desk.example", Role.MANAGER),
    )


def file_ticket(
    by: Membership, *, at: datetime = MONDAY_TEN, key: uuid.UUID | None = None, files: Any = (), **filing: Any
) -> Ticket:
    """A request from the cabinet, as the form would hand it over; any field can be told otherwise."""
    told: dict[str, Any] = {
        "subject": "Не приходят координаты с контроллера 4512",
        "description": "С утра на карте нет трёх машин.",
        "steps": "Открыть карту\nВыбрать машину 4512",
        "frequency": "always",
        "server_address": "10.1.4.20",
        "version": "4.2.1",
        "criticality": "medium",
        "contact_name": by.user.full_name,
        "contact_phone": "8-3532-373-233",
        "contact_email": by.user.email,
        **filing,
    }
    return intake.file_from_cabinet(
        intake.Filing(**told), by=by, key=key or uuid.uuid4(), at=at, language=by.user.language, files=files
    )
