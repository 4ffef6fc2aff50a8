"""Every page of the desk with its demo data, once: the suite looks at some of them, `make pictures` draws them all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

Act = Callable[[Page], Response | None]

ANNA, NINA, OLGA = "anna@reis.example", "nina@reis.example", "olga@new.example"
STRAY = "stray@new.example"
ELENA, TATIANA, MARIA, DENIS = (f"{name}@desk.example" for name in ("elena", "tatiana", "maria", "denis"))
QUEUE = "/admin/tickets/ticket/"
LEVELS, CALENDARS = "/admin/sla/supportlevel/", "/admin/sla/businesscalendar/"
REPORT = "/admin/reports/reaction/"


@dataclass(frozen=True)
class Place:
    """One page. A `*` in the address is the number in the first row on the page `link_on` whose link begins alike."""

    name: str  # of its pictures
    says: str
    address: str
    reader: str = ""  # nobody is signed in
    link_on: str = ""
    status: int = 200
    act: Act | None = None  # what is done on the page first; its answer is the one that counts
    in_suite: bool = False  # looked at by every `make test` too

    def find(self, page: Page) -> str:
        """The address in full."""
        if "*" not in self.address:
            return self.address
        page.goto(self.link_on)
        before = self.address.partition("*")[0]
        links: list[str] = page.eval_on_selector_all("table a[href]", "links => links.map(link => link.href)")
        for link in links:
            found = re.match(rf"{re.escape(before)}(\d+)/", urlsplit(link).path)
            if found:
                return self.address.replace("*", found[1])
        raise AssertionError(f"{self.link_on} has no row with a link like {self.address}.")

    def visit(self, page: Page, address: str) -> Response | None:
        """Open the page and do what is to be done there."""
        response = page.goto(address)
        return (self.act(page) or response) if self.act else response


# --- what is done on a page before it is looked at ------------------------------------------------------------------


def send(form: str) -> Act:
    """Press the last button of the form as it stands: empty where it was just opened."""

    def press(page: Page) -> Response | None:
        with page.expect_navigation() as sent:
            page.locator(f"{form} :is(button:not([type=button]), input[type=submit])").last.click()
        return sent.value

    return press


def fill_and_send(form: str, **values: str) -> Act:
    """Type into the named fields, then send the form."""

    def press(page: Page) -> Response | None:
        for name, value in values.items():
            page.locator(f"{form} [name={name}]").fill(value)
        return send(form)(page)

    return press


def choose_and_send(form: str, name: str, value: str) -> Act:
    """Choose an answer, then send the form."""

    def press(page: Page) -> Response | None:
        page.locator(f"{form} [name={name}][value={value}]").check()
        return send(form)(page)

    return press


def open_part(selector: str) -> Act:
    """Click something that needs no answer of the server."""

    def press(page: Page) -> None:
        page.locator(selector).first.click()

    return press


def follow(link: str) -> Act:
    """Go where the first such link leads."""

    def press(page: Page) -> Response | None:
        with page.expect_navigation() as sent:
            page.locator(link).first.click()
        return sent.value

    return press


def submit_after(script: str) -> Act:
    """Change the page's first form by a script in a way that no browser would, and submit it."""

    def press(page: Page) -> Response | None:
        with page.expect_navigation() as sent:
            page.evaluate(f"{{ const form = document.querySelector('main form'); {script}; form.submit(); }}")
        return sent.value

    return press


def keep_a_draft(page: Page) -> Response | None:
    """Save other terms of the level, and begin to discard them."""
    page.locator("form[data-preview] [name=base]").fill("6 ч")
    with page.expect_navigation() as sent:
        page.locator("button[name=keep]").click()
    page.locator(".draft-strip summary").click()
    return sent.value


def ask_too_often(page: Page) -> Response | None:
    """More letters to one address than the limit allows."""
    answer = None
    for _attempt in range(5):
        page.goto("/accounts/password/reset/")
        answer = fill_and_send("main form", email="nobody@nowhere.example")(page)
        if answer and answer.status == 429:
            break
    return answer


TOO_MANY_FIELDS = "form.insertAdjacentHTML('beforeend', '<input type=hidden name=field>'.repeat(1001))"
TOO_LONG = "form.insertAdjacentHTML('beforeend', `<input type=hidden name=field value=${'x'.repeat(1100000)}>`)"
WITHOUT_TOKEN = "form.querySelector('[name=csrfmiddlewaretoken]').remove()"

# --- the pages ------------------------------------------------------------------------------------------------------

NOBODY = [
    Place("sign-in", "Вход", "/accounts/login/", in_suite=True),
    Place(
        "sign-in-refused", "Вход: пароль не подошёл", "/accounts/login/",
        act=fill_and_send("main form", login="ivan@reis.example", password="wrong-password"),
    ),
    Place("password-reset", "Забыли пароль", "/accounts/password/reset/", in_suite=True),
    Place("password-reset-done", "Ссылка отправлена", "/accounts/password/reset/done/"),
    Place("password-link-dead", "Ссылка больше не действует", "/accounts/password/reset/key/1-dead/"),
    Place("password-key-done", "Новый пароль задан", "/accounts/password/reset/key/done/"),
    Place("account-inactive", "Доступ закрыт", "/accounts/inactive/"),
    Place("not-found", "Страницы нет", "/nothing/here/", status=404, in_suite=True),
    Place("page-expired", "Страница устарела", "/accounts/login/", act=submit_after(WITHOUT_TOKEN), status=403),
    Place("unreadable", "Запрос не прочитан", "/accounts/login/", act=submit_after(TOO_MANY_FIELDS), status=400),
    Place("too-large", "Слишком большой файл", "/accounts/password/reset/", act=submit_after(TOO_LONG), status=413),
    Place("too-many", "Слишком много попыток", "/accounts/password/reset/", act=ask_too_often, status=429),
]  # fmt: skip

CUSTOMER = [
    Place("home", "Главная заказчика", "/cabinet/", ANNA, in_suite=True),
    Place("home-new", "Главная: заявок ещё не было", "/cabinet/", OLGA),
    Place("no-organisation", "Нет организации", "/cabinet/", STRAY, status=403),
    Place("tickets", "Заявки: открытые", "/cabinet/tickets/", ANNA, in_suite=True),
    Place("tickets-all", "Заявки: все", "/cabinet/tickets/?tab=all", ANNA, in_suite=True),
    Place("tickets-new", "Заявки: ещё ни одной", "/cabinet/tickets/", OLGA),
    Place("tickets-nothing-found", "Заявки: ничего не нашли", "/cabinet/tickets/?q=zzz", ANNA, in_suite=True),
    Place("new", "Новая заявка", "/cabinet/tickets/new/", ANNA, in_suite=True),
    Place("new-first", "Новая заявка: серверов нет, договора нет", "/cabinet/tickets/new/", OLGA),
    Place("new-refused", "Новая заявка с ошибками", "/cabinet/tickets/new/", ANNA, act=send(".new-ticket"), status=422),
    Place(
        "new-reaction", "Новая заявка: критичность выбрана", "/cabinet/tickets/new/", ANNA,
        act=open_part(".choice:has([value=critical])"), in_suite=True,
    ),
    Place("support", "Договор и поддержка", "/cabinet/support/", ANNA, in_suite=True),
    Place("support-new", "Договор и поддержка: договора нет", "/cabinet/support/", OLGA),
    Place("working-days", "Рабочие дни", "/cabinet/working-days/", ANNA, in_suite=True),
    Place("working-days-refused", "Рабочие дни: такого года нет", "/cabinet/working-days/?year=1", ANNA, status=422),
    Place("sent", "Заявка принята", "/cabinet/tickets/*/sent/", ANNA, "/cabinet/tickets/?tab=all", in_suite=True),
    Place("ticket-waiting", "Заявка: ждёт ответа", "/cabinet/tickets/*/", ANNA, "/cabinet/tickets/?tab=waiting"),
    Place("ticket-open", "Заявка: в работе", "/cabinet/tickets/*/", ANNA, "/cabinet/tickets/", in_suite=True),
    Place("ticket-closed", "Заявка: решена или закрыта", "/cabinet/tickets/*/", ANNA, "/cabinet/tickets/?tab=closed"),
    Place(
        "ticket-refused", "Заявка: пустой ответ", "/cabinet/tickets/*/", ANNA, "/cabinet/tickets/",
        act=send("#reply"), status=422,
    ),
    Place(
        "ticket-why", "Заявка: почему этот срок", "/cabinet/tickets/*/", ANNA, "/cabinet/tickets/",
        act=open_part("#details summary:has-text('Почему этот срок')"),
    ),
    Place("ticket-observer", "Заявка глазами наблюдателя", "/cabinet/tickets/*/", NINA, "/cabinet/tickets/?tab=all"),
    Place("password-change", "Смена пароля", "/accounts/password/change/", ANNA, in_suite=True),
    Place(
        "password-change-refused", "Смена пароля с ошибками", "/accounts/password/change/", ANNA,
        act=send("main form"),
    ),
    Place("sign-out", "Выход", "/accounts/logout/", ANNA, in_suite=True),
    Place("staff-only", "Страница для сотрудников", "/admin/", ANNA, status=403),
    Place("menu", "Меню заказчика", "/cabinet/", ANNA, act=open_part(".bar [data-menu] > summary:visible")),
]  # fmt: skip

STAFF = [
    Place("queue", "Очередь", QUEUE, ELENA, in_suite=True),
    Place("queue-open", "Очередь: все открытые", f"{QUEUE}?tab=open", ELENA),
    Place("queue-closed", "Очередь: закрытые", f"{QUEUE}?tab=closed", ELENA, in_suite=True),
    Place("queue-nothing-found", "Очередь: ничего не нашли", f"{QUEUE}?q=zzz", ELENA, in_suite=True),
    Place("queue-manager", "Очередь глазами руководителя", QUEUE, MARIA),
    Place("work-new", "Рабочее место: новая заявка", f"{QUEUE}*/change/", ELENA, QUEUE, in_suite=True),
    Place("work-mine", "Рабочее место: моя заявка", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=mine"),
    Place("work-waiting", "Рабочее место: ждём заказчика", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=waiting"),
    Place("work-deferred", "Рабочее место: отложена", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=deferred"),
    Place("work-closed", "Рабочее место: закрыта", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=closed"),
    Place("work-operator", "Рабочее место глазами оператора", f"{QUEUE}*/change/", TATIANA, QUEUE),
    Place(
        "work-note", "Рабочее место: внутренняя заметка", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=mine",
        act=open_part(".switch label:has(#write-note)"),
    ),
    Place(
        "work-refused", "Рабочее место: пустой ответ", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=mine",
        act=fill_and_send(".write-reply", **{"reply-body": ""}), status=422,
    ),
    Place(
        "work-defer", "Рабочее место: отложить", f"{QUEUE}*/change/", ELENA, f"{QUEUE}?tab=mine",
        act=open_part(".move > summary:has-text('Отложить')"),
    ),
    Place(
        "work-why", "Рабочее место: почему этот срок", f"{QUEUE}*/change/", ELENA, QUEUE,
        act=open_part(".work-side summary:has-text('Почему этот срок')"),
    ),
    Place("staff-menu", "Меню сотрудника", QUEUE, ELENA, act=open_part(".desk-bar [data-menu] > summary")),
    Place("components", "Компоненты", "/admin/ui/", ELENA, in_suite=True),
    Place("settings", "Настройки: инженер", "/admin/", ELENA, in_suite=True),
    Place("settings-administrator", "Настройки: администратор", "/admin/", DENIS),
    Place("settings-part", "Настройки: один раздел", "/admin/customers/", DENIS),
    Place("customers", "Заказчики", "/admin/customers/customer/", ELENA, in_suite=True),
    Place("customer", "Заказчик", "/admin/customers/customer/*/change/", MARIA, "/admin/customers/customer/"),
    Place("customer-new", "Новый заказчик", "/admin/customers/customer/add/", MARIA),
    Place(
        "customer-refused", "Новый заказчик с ошибками", "/admin/customers/customer/add/", MARIA,
        act=send("#customer_form"),
    ),
    Place("customer-history", "История изменений", "/admin/customers/customer/1/history/", DENIS),
    Place("levels", "Уровни поддержки", LEVELS, MARIA),
    Place("level", "Уровень поддержки", f"{LEVELS}*/change/", MARIA, LEVELS, in_suite=True),
    Place(
        "level-refused", "Уровень поддержки с ошибками", f"{LEVELS}1/", MARIA,
        act=fill_and_send("form[data-preview]", base="скоро", critical="0"), status=422,
    ),
    Place("level-draft", "Уровень поддержки: удалить черновик", f"{LEVELS}2/", MARIA, act=keep_a_draft),
    Place("level-new", "Новый уровень", f"{LEVELS}add/", MARIA),
    Place("calendars", "Календари", CALENDARS, MARIA),
    Place("calendar", "Календарь: год", f"{CALENDARS}*/change/", MARIA, CALENDARS),
    Place("calendar-next", "Календарь: следующий год", f"{CALENDARS}1/2027/", MARIA),
    Place("calendar-empty", "Календарь: год без особых дней", f"{CALENDARS}1/2029/", MARIA),
    Place("calendar-day", "Календарь: один день", f"{CALENDARS}1/2027/?day=2027-11-03#day", MARIA, in_suite=True),
    Place(
        "calendar-day-refused", "Календарь: день с ошибками", f"{CALENDARS}1/2027/?day=2027-11-03#day", MARIA,
        act=fill_and_send("#day form", **{"day-hours": "9:00–13:00, 12:00–18:00"}), status=422,
    ),
    Place(
        "calendar-period", "Календарь: отметить период", f"{CALENDARS}1/2027/", MARIA,
        act=open_part(".year-tools summary:has-text('Отметить период')"),
    ),
    Place(
        "calendar-week", "Календарь: обычная неделя", f"{CALENDARS}1/2027/", MARIA,
        act=open_part(".year-tools summary:has-text('Обычная неделя')"),
    ),
    Place("calendar-fill", "Календарь: что изменится", f"{CALENDARS}1/2025/fill/", MARIA, in_suite=True),
    Place("calendar-fill-same", "Календарь: ничего не изменится", f"{CALENDARS}1/2027/fill/", MARIA),
    Place("calendar-new", "Новый календарь", f"{CALENDARS}add/", MARIA),
    Place(
        "calendar-new-refused", "Новый календарь с ошибками", f"{CALENDARS}add/", MARIA,
        act=fill_and_send("form.plain-form", **{"week-zone": "Луна"}), status=422,
    ),
    # The last one of this reader that changes something: it leaves a draft behind.
    Place(
        "calendar-draft", "Календарь: черновик", f"{CALENDARS}1/2026/?day=2026-11-05#day", MARIA,
        act=choose_and_send("#day form", "day-kind", "off"),
    ),
    Place(
        "calendar-discard", "Календарь: удалить черновик", f"{CALENDARS}1/2026/", MARIA,
        act=open_part(".draft-strip summary"),
    ),
    Place(
        "calendar-changed", "Календарь: тем временем изменён", f"{CALENDARS}1/2026/", MARIA,
        act=submit_after("form.seen.value = 'another'"), status=409,
    ),
    Place(
        "calendar-publish", "Публикация календаря", "/admin/sla/businesscalendar/*/publish/", MARIA,
        "/admin/sla/businesscalendar/",
    ),
    Place(
        "calendar-publish-refused", "Публикация без причины", "/admin/sla/businesscalendar/*/publish/", MARIA,
        "/admin/sla/businesscalendar/", act=send(".publish-form"), status=422,
    ),
    Place("calendar-progress", "Пересчёт заявок", "/admin/sla/businesscalendar/recalculations/1/", MARIA),
    Place("report", "Отчёт о реакции: все договоры", REPORT, MARIA, in_suite=True),
    Place(
        "report-contract", "Отчёт о реакции: договор", REPORT, MARIA, act=follow("table tbody a"), in_suite=True,
    ),
    Place("report-empty", "Отчёт о реакции: заявок не было", f"{REPORT}?month=2020-01", MARIA),
    Place("report-refused", "Отчёт о реакции: нет такого месяца", f"{REPORT}?month=2020-13", MARIA, status=422),
    Place("people", "Люди", "/admin/accounts/user/", DENIS),
    Place("person", "Человек", "/admin/accounts/user/*/change/", DENIS, "/admin/accounts/user/"),
    Place("person-new", "Новый человек", "/admin/accounts/user/add/", DENIS),
    Place("person-password", "Пароль человека", "/admin/accounts/user/1/password/", DENIS),
    Place("letters", "Письма", "/admin/notifications/outgoingemail/", DENIS),
    Place(
        "letter", "Письмо", "/admin/notifications/outgoingemail/*/change/", DENIS, "/admin/notifications/outgoingemail/"
    ),
    Place("jobs", "Задания часов", "/admin/helpdesk/periodicjob/", DENIS),
]  # fmt: skip

PLACES = [*NOBODY, *CUSTOMER, *STAFF]

NO_PLACE = {
    "root": "leads on",
    "accounts:home": "leads on",
    "accounts:language": "a button",
    "cabinet:switch": "a button",
    "cabinet:ticket_new_reaction": "a part of a page: shown by new-reaction",
    "cabinet:ticket_reply": "a button: shown by ticket-refused",
    "cabinet:ticket_reopen": "a button",
    "cabinet:ticket_close": "a button",
    "tickets:download": "a file",
    "admin:reaction_report_*": "a file",
    "admin:tickets_ticket_[!c]*": "a button: shown by work-refused and work-defer",
    "admin:tickets_ticket_con*": "a button",
    "admin:tickets_ticket_close": "a button",
    "admin:tickets_ticket_criticality": "a button",
    "admin:login": "leads to sign-in",
    "admin:logout": "leads to sign-out",
    "admin:password_change*": "leads to password-change",
    "admin:autocomplete": "data for a field",
    "admin:jsi18n": "words for a script of Django",
    "admin:*_delete": "nothing is deleted on these pages",
    "admin:*_history": "all alike: shown by customer-history",
    "admin:calendar_edit": "buttons: shown by calendar-day-refused and calendar-draft",
    "admin:level_discard": "a button",
    "admin:level_about": "a button",
    "admin:level_internal": "a button",
    "admin:level_preview": "a piece of the level's page",
    "admin:notifications_outgoingemail_add": "not offered: letters follow from what happens",
    "admin:helpdesk_periodicjob_*": "not offered to change: the list says all",
    "account_signup": "leads to sign-in: people are invited",
    "account_email": "leads on: an address is changed by an administrator",
    "account_email_verification_sent": "not reached: people are invited",
    "account_confirm_*": "not reached: neither codes nor confirmations are used",
    "account_set_password": "leads to password-change: everybody has one",
    "account_reauthenticate": "reached only from pages that this desk does not offer",
    "health_*": "for machines",
}
"""Named addresses without a page of their own, by pattern, and why."""
