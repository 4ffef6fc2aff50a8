"""The demo's customers: firms with vehicles, their people, contracts and servers. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from customers.models import Contract, Customer, Membership, Server
from customers.vault import access
from customers.vault.access import AccessData
from sla.models import SupportLevel

ADMINISTRATOR, MEMBER, OBSERVER = Membership.Role.ADMINISTRATOR, Membership.Role.MEMBER, Membership.Role.OBSERVER


@dataclass(frozen=True)
class Person:
    """Somebody at a customer's. Without a role he has no account, and may have no e-mail address either."""

    key: str
    full_name: str
    phone: str = ""
    role: Membership.Role | None = MEMBER
    sees_all: bool = False
    has_email: bool = True


@dataclass(frozen=True)
class Machine:
    """A saved server; `secret` is what will be sealed: login, password, note, rights."""

    name: str
    address: str
    version: str
    secret: tuple[str, str, str, str] | None = None


@dataclass(frozen=True)
class Agreement:
    """A contract: months since its first and until its last day; `ended_days_ago` for one that is over."""

    level: str
    begun_months: int
    months_left: int = 0
    ended_days_ago: int | None = None


@dataclass(frozen=True)
class Firm:
    key: str
    name: str
    domain: str
    people: tuple[Person, ...]
    agreements: tuple[Agreement, ...]
    machines: tuple[Machine, ...] = ()
    inn_digits: int = 10

    def person(self, key: str) -> Person:
        """Raises KeyError."""
        return {person.key: person for person in self.people}[key]


FIRMS = (
    Firm(
        "reis",
        "ООО «Рейс»",
        "reis.example",
        (
            Person("anna", "Иванова Анна Павловна", "8 (3532) 04-17-20", ADMINISTRATOR),
            Person("boris", "Борисов Борис Борисович", "8 (3532) 04-17-20, доб. 12"),
            Person("pavel", "Климов Павел Егорович", "8 (3532) 04-17-24", MEMBER, sees_all=True),
            Person("nina", "Фёдорова Нина Аркадьевна", "8 (3532) 04-17-21", OBSERVER, sees_all=True),
        ),
        (Agreement("Стандарт", 21, 14),),
        (
            Machine("Основной", "10.1.4.20", "4.2.1", ("support", "Vorota-17", "только из офисной сети", "admin")),
            Machine("Резервный", "10.1.4.21", "4.2.1"),
        ),
    ),
    Firm(
        "oil",
        "ООО «Транс-Ойл»",
        "oil.example",
        (
            Person("clara", "Галеева Клара Ринатовна", "8 (3532) 03-60-11", ADMINISTRATOR),
            Person("rustam", "Ахметов Рустам Маратович", "8 (3532) 03-60-14", MEMBER, sees_all=True),
            Person("oleg", "Зубов Олег Дмитриевич", "8 (3532) 03-60-18"),
        ),
        (Agreement("Премиум", 30, 7),),
        (Machine("Мониторинг", "gps.oil.example", "4.3.0", ("avs_admin", "Neft&Gaz2", "VPN: L2TP", "admin")),),
    ),
    Firm(
        "milk",
        "АО «Молочный край»",
        "milk.example",
        (
            Person("svetlana", "Титова Светлана Игоревна", "8 (35342) 0-21-40", ADMINISTRATOR),
            Person("andrey", "Мельников Андрей Юрьевич", "8 (35342) 0-21-47", MEMBER, sees_all=True),
        ),
        (Agreement("Стандарт", 18, ended_days_ago=41), Agreement("Расширенный", 1, 11)),
        (Machine("Сервер БСПО", "192.0.2.34", "4.2.1", ("avs_control", "moloko-3.2", "RDP, порт 3390", "limited")),),
    ),
    Firm(
        "road",
        "МКУ «Городская дорожная служба»",
        "gds.example",
        (
            Person("vladimir", "Шубин Владимир Николаевич", "8 (3532) 07-02-15", ADMINISTRATOR),
            Person("irina", "Рогова Ирина Степановна", "8 (3532) 07-02-19"),
            Person("director", "Кузьмин Геннадий Фёдорович", "8 (3532) 07-02-10", role=None, has_email=False),
        ),
        (Agreement("Стандарт", 10, 0),),
        (Machine("Диспетчерская", "198.51.100.12", "4.2.0", ("dorsluzhba", "Grader_250", "", "admin")),),
    ),
    Firm(
        "taxi",
        "ООО «Такси „Степь“»",
        "taxi.example",
        (
            Person("artur", "Хасанов Артур Ильдарович", "8 (3532) 09-09-33", ADMINISTRATOR),
            Person("yulia", "Ершова Юлия Вадимовна", "8 (3532) 09-09-30", MEMBER, sees_all=True),
        ),
        (Agreement("Стандарт", 13, ended_days_ago=12),),
        (Machine("Основной", "203.0.113.77", "4.1.3"),),
    ),
    Firm(
        "agro",
        "ООО «Агрохолдинг „Ковыль“»",
        "kovyl.example",
        (
            Person("mikhail", "Дорохов Михаил Петрович", "8 (35331) 0-14-02", ADMINISTRATOR),
            Person("lyudmila", "Сафонова Людмила Ивановна", "8 (35331) 0-14-09", MEMBER, sees_all=True),
            Person("azat", "Ишмуратов Азат Галеевич", "8 (35331) 0-14-55", role=None, has_email=False),
        ),
        (Agreement("Расширенный", 15, 9),),
        (Machine("Ковыль", "mon.kovyl.example", "4.2.1", ("kovyl_sup", "Pole-1240-ga", "ключ в приложении", "admin")),),
    ),
    Firm(
        "ambulance",
        "ГБУЗ «Станция скорой помощи Яснодольска»",
        "ssmp.example",
        (
            Person("dmitry", "Левченко Дмитрий Андреевич", "8 (3532) 01-03-40", ADMINISTRATOR),
            Person("olga", "Панина Ольга Витальевна", "8 (3532) 01-03-03", MEMBER, sees_all=True),
        ),
        (Agreement("Премиум", 8, 4),),
        (Machine("Вызовы", "10.20.0.5", "4.3.0", ("avs", "Karetka#03", "через ЗСПД, заявка за час", "limited")),),
    ),
    Firm(
        "logistics",
        "ООО «Меридиан-Логистик»",
        "meridian.example",
        (
            Person("ksenia", "Воронцова Ксения Олеговна", "8 (846) 022-18-00", ADMINISTRATOR),
            Person("ivan", "Белых Иван Сергеевич", "8 (846) 022-18-07", MEMBER, sees_all=True),
            Person("gulnara", "Юсупова Гульнара Рашитовна", "8 (846) 022-18-00, доб. 41"),
        ),
        (Agreement("Расширенный", 26, 10),),
        (
            Machine("Самара", "198.51.100.60", "4.2.1", ("meridian-tp", "56_Meridian", "SSH, затем консоль", "admin")),
            Machine("Уфа", "198.51.100.61", "4.2.0"),
        ),
    ),
    Firm(
        "concrete",
        "ООО «Бетон-Сервис»",
        "beton.example",
        (Person("viktor", "Панов Виктор Алексеевич", "8 (3532) 05-70-02", ADMINISTRATOR),),
        (Agreement("Стандарт", 15, ended_days_ago=75),),
        (Machine("Завод", "203.0.113.18", "4.0.7"),),
    ),
    Firm(
        "school",
        "МБУ «Центр школьных перевозок»",
        "zarechny.example",
        (
            Person("tamara", "Осипова Тамара Григорьевна", "8 (35354) 0-40-16", ADMINISTRATOR),
            Person("stepan", "Лукин Степан Ильич", "8 (35354) 0-40-19", role=None, has_email=False),
        ),
        (Agreement("Стандарт", 11, 5),),
        (Machine("Школьные автобусы", "192.0.2.90", "4.2.0"),),
    ),
    Firm(
        "waste",
        "ООО «Чистый район»",
        "chisto.example",
        (
            Person("roman", "Жданов Роман Валерьевич", "8 (3532) 06-44-00", ADMINISTRATOR),
            Person("alina", "Кудряшова Алина Маратовна", "8 (3532) 06-44-05", MEMBER, sees_all=True),
        ),
        (Agreement("Расширенный", 9, 15),),
        (Machine("ТКО", "tko.chisto.example", "4.2.1", ("tko_avs", "Kontejner-08", "", "unknown")),),
    ),
    Firm(
        "quarry",
        "АО «Карьер „Южный“»",
        "karier.example",
        (
            Person("nikolay", "Степанченко Николай Тарасович", "8 (3537) 02-90-10", ADMINISTRATOR),
            Person("igor", "Мамонтов Игорь Леонидович", "8 (3537) 02-90-22", MEMBER, sees_all=True),
        ),
        (Agreement("Стандарт", 33, 2),),
        (
            Machine(
                "Диспетчер карьера", "10.77.1.2", "4.2.1", ("karier", "BelAZ_75131", "сеть закрытая, модем", "admin")
            ),
        ),
    ),
    Firm(
        "gaisin",
        "ИП Гайсин Ринат Фаритович",
        "gaisin.example",
        (Person("rinat", "Гайсин Ринат Фаритович", "8 (3532) 08-31-85", ADMINISTRATOR),),
        (),
        (Machine("Облако", "cloud.gaisin.example", "4.2.1"),),
        inn_digits=12,
    ),
)

# Some look after two organisations: «customer/person» and the other customer, with the role there.
SECOND_PLACES = (("logistics/ivan", "concrete", MEMBER),)


@dataclass(frozen=True)
class Client:
    """A firm in the database."""

    firm: Firm
    customer: Customer
    memberships: dict[str, Membership]
    servers: list[Server]


def sign_up(levels: dict[str, SupportLevel], now: datetime, encoded_password: str) -> dict[str, Client]:
    """All firms with their contracts, people and servers, by key."""
    clients = {}
    users: dict[str, User] = {}
    for number, firm in enumerate(FIRMS, start=1):
        customer = Customer.objects.create(name=firm.name, inn=inn(number, firm.inn_digits))
        _make_contracts(firm, customer, levels, now)
        memberships = {}
        for person in firm.people:
            if person.role is not None:
                user = users[f"{firm.key}/{person.key}"] = _make_user(firm, person, encoded_password)
                memberships[person.key] = Membership.objects.create(
                    user=user, customer=customer, role=person.role, sees_all=person.sees_all
                )
        clients[firm.key] = Client(
            firm, customer, memberships, [_make_server(one, customer, now) for one in firm.machines]
        )
    for who, key, role in SECOND_PLACES:
        Membership.objects.create(user=users[who], customer=clients[key].customer, role=role, sees_all=True)
    _date_back(clients, now)
    return clients


def email_of(firm: Firm, person: Person) -> str:
    """Where letters to the person go; empty for one without an address."""
    return f"{person.key}@{firm.domain}" if person.has_email else ""


def inn(number: int, digits: int = 10) -> str:
    """A taxpayer number with right check digits. It begins with 00, a region that does not exist: it is nobody's."""
    body = f"00{number * 7919 + 100_000:0{digits - (3 if digits == 10 else 4)}d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8) if digits == 10 else (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    body += _check_digit(body, weights)
    return body if digits == 10 else body + _check_digit(body, (3, *weights))


def _check_digit(body: str, weights: tuple[int, ...]) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return str(total % 11 % 10)


def _make_user(firm: Firm, person: Person, encoded_password: str) -> User:
    return User.objects.create(
        email=email_of(firm, person), full_name=person.full_name, phone=person.phone, password=encoded_password
    )


def _make_contracts(firm: Firm, customer: Customer, levels: dict[str, SupportLevel], now: datetime) -> None:
    today = timezone.localdate(now)
    for number, agreement in enumerate(firm.agreements, start=1):
        starts_date = _month(today, -agreement.begun_months)
        if number > 1:  # a renewal begins where the one before it ended
            ended_days_ago = firm.agreements[number - 2].ended_days_ago or 0
            starts_date = today - timedelta(days=ended_days_ago - 1)
        ends_date = _month(today, agreement.months_left + 1) - timedelta(days=1)
        if agreement.ended_days_ago is not None:
            ends_date = today - timedelta(days=agreement.ended_days_ago)
        Contract.objects.create(
            customer=customer,
            number=f"{customer.pk * 3 + number}-ТП/{starts_date.year}",
            level=levels[agreement.level],
            starts_date=starts_date,
            ends_date=ends_date,
        )


def _month(day: date, months: int) -> date:
    """The first day of the month that is so many months away."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _make_server(machine: Machine, customer: Customer, now: datetime) -> Server:
    credential = None
    if machine.secret:
        login, password, note, rights = machine.secret
        data = AccessData(login=login, password=password, note=note, rights=rights)
        credential = access.store(data, at=now - timedelta(days=200))
    return Server.objects.create(
        customer=customer, name=machine.name, address=machine.address, version=machine.version, credential=credential
    )


def _date_back(clients: dict[str, Client], now: datetime) -> None:
    """Give customers and people the moment at which they would have come, instead of that of the load."""
    for client in clients.values():
        months = max((one.begun_months for one in client.firm.agreements), default=2)
        created_at = now - timedelta(days=30 * months)
        Customer.objects.filter(pk=client.customer.pk).update(created_at=created_at)
        User.objects.filter(memberships__in=client.memberships.values()).update(joined_at=created_at)
