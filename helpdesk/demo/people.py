"""Who works at the demo's desk, and who may sign in with which password. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.auth.hashers import make_password

from accounts.models import StaffRole, User
from accounts.roles import Role

PASSWORD = "step-i-veter"  # noqa: S105 - it is printed by `make run` and opens invented data only

# The one who left: his name stays in the history, his account is closed at the end of the load.
LEFT = "pavel"
LEFT_DAYS_AGO = 40
ON_DUTY = "elena"


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff. His address is KEY@desk.example."""

    key: str
    full_name: str
    role: Role

    @property
    def email(self) -> str:
        return f"{self.key}@desk.example"


STAFF = (
    Colleague("tatiana", "Козлова Татьяна Юрьевна", Role.OPERATOR),
    Colleague("elena", "Петрова Елена Сергеевна", Role.ENGINEER),
    Colleague("timur", "Нуриев Тимур Рашидович", Role.ENGINEER),
    Colleague(LEFT, "Гордеев Павел Ильич", Role.ENGINEER),
    Colleague("sergey", "Соколов Сергей Викторович", Role.SENIOR),
    Colleague("maria", "Маркова Мария Андреевна", Role.MANAGER),
    Colleague("igor", "Ефимов Игорь Борисович", Role.AUDITOR),
    Colleague("denis", "Лапин Денис Олегович", Role.ADMINISTRATOR),
)


class SignIn(NamedTuple):
    """A line of the table that `make run` prints."""

    role: str
    email: str
    password: str


def sign_ins() -> list[SignIn]:
    """Who may sign in to try the desk: one for each role of the customer's side and of the staff."""
    return [
        SignIn("заказчик: администратор организации", "anna@reis.example", PASSWORD),
        SignIn("заказчик: сотрудник", "boris@reis.example", PASSWORD),
        SignIn("заказчик: наблюдатель", "nina@reis.example", PASSWORD),
        SignIn("поддержка: оператор", "tatiana@desk.example", PASSWORD),
        SignIn("поддержка: инженер", "elena@desk.example", PASSWORD),
        SignIn("поддержка: старший инженер", "sergey@desk.example", PASSWORD),
        SignIn("поддержка: руководитель", "maria@desk.example", PASSWORD),
        SignIn("поддержка: аудитор", "igor@desk.example", PASSWORD),
        SignIn("поддержка: администратор", "denis@desk.example", PASSWORD),
    ]


def hire(now: datetime, encoded_password: str) -> dict[str, User]:
    """The staff with their roles, by key."""
    users = User.objects.bulk_create(
        User(email=one.email, full_name=one.full_name, password=encoded_password, is_on_duty=one.key == ON_DUTY)
        for one in STAFF
    )
    staff = {one.key: user for one, user in zip(STAFF, users, strict=True)}
    StaffRole.objects.bulk_create(StaffRole(user=staff[one.key], role=one.role) for one in STAFF)
    joined_at = now - timedelta(days=900)
    for user in users:  # bulk_create stamps the moment of the load
        user.joined_at = joined_at
    User.objects.bulk_update(users, ["joined_at"])
    return staff


def encoded_password() -> str:
    """The hash of the demo's password. It is slow by design, so it is made once and shared."""
    return make_password(PASSWORD)
