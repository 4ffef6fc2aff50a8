"""Every letter as its reader gets it: in both languages, as text and as HTML, with nothing that does not belong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from notifications import delivery
from notifications.models import OutgoingEmail
from notifications.rendering import SUBJECT_LIMIT, render
from tests.cast import Cast, file_ticket, moment
from tests.letters import ENGLISH, RUSSIAN, SECRET, every_letter
from tests.mail_server import MailServer, lint
from tickets.models import Ticket

EMAILS = Path(settings.BASE_DIR) / "templates" / "emails"
NAMES = sorted(path.name.removesuffix(".subject.txt") for path in EMAILS.glob("*.subject.txt"))
CYRILLIC, LATIN = re.compile("[А-Яа-яЁё]"), re.compile("[A-Za-z]{2,}")
ADDRESS = re.compile(r"https?://[^\s<>\"]+")
Letters = dict[str, OutgoingEmail]
FOR_STAFF = {"ticket.warning"}
HOSTILE = "{{7*7}} {% debug %} ${7*7} %(x)s {0.__class__} <script>alert(1)</script> <b>&amp; \"'"


@pytest.fixture
def russian(cast: Cast) -> Letters:
    return every_letter(cast, "ru", RUSSIAN)


@pytest.fixture
def english(cast: Cast) -> Letters:
    return every_letter(cast, "en", ENGLISH)


def texts(row: OutgoingEmail) -> Iterator[tuple[str, str]]:
    """Which part, and all words that a reader of it sees."""
    text, html = row.bodies()
    yield "subject", row.subject
    yield "text", text
    yield "html", read(html)


def parse(html: str) -> ElementTree.Element:
    """The page as a tree; only what is closed and quoted as XML wants it gets through."""
    return ElementTree.fromstring(html.replace("<br>", "<br/>"))  # noqa: S314 - we wrote it


def read(html: str) -> str:
    page = parse(html)
    for style in page.iter("style"):
        style.text = ""
    return "\n".join(page.itertext())


def test_every_letter_of_the_desk_has_its_story_here(russian: Letters) -> None:
    assert sorted(name.replace(".", "_", 1) for name in russian) == NAMES
    for name in NAMES:
        assert (EMAILS / f"{name}.txt").exists(), name
        assert (EMAILS / f"{name}.html").exists(), name


def test_no_english_is_left_in_a_russian_letter(russian: Letters) -> None:
    for name, row in russian.items():
        for part, words in texts(row):
            left = set(LATIN.findall(ADDRESS.sub("", words))) - {"UTC"}
            assert not left, f"{name}, {part}: {left}"
            assert CYRILLIC.search(words), f"{name}, {part}"


def test_no_russian_is_left_in_an_english_letter(english: Letters) -> None:
    for name, row in english.items():
        for part, words in texts(row):
            assert not CYRILLIC.search(words), f"{name}, {part}: {words}"
            assert LATIN.search(words), f"{name}, {part}"


def test_a_subject_is_one_line_and_begins_with_the_number(russian: Letters) -> None:
    for name, row in russian.items():
        assert len(row.subject.splitlines()) == 1, name
        assert len(row.subject) <= SUBJECT_LIMIT, name
        if name.startswith("ticket."):
            assert re.match(r"\[#\d{5,}\] ", row.subject), name


def test_a_subject_that_is_too_long_is_cut_and_says_so(russian: Letters) -> None:
    letter = render("account_password_changed", {"at": russian["ticket.taken"].created_at}, language="ru")
    assert not letter.subject.endswith("…")
    letter = render("ticket_answer", {"ticket": {"subject": "т" * 300}, "number": "10427"}, language="ru")
    assert len(letter.subject) == SUBJECT_LIMIT
    assert letter.subject.endswith("т…")


def test_access_data_and_internal_notes_stand_in_no_letter(russian: Letters) -> None:
    for row in OutgoingEmail.objects.all():
        for part, words in texts(row):
            assert SECRET not in words, f"{row.obligation}, {part}"


@pytest.mark.clause("3.7.1")
def test_no_letter_promises_when_a_problem_will_be_solved(russian: Letters, cast: Cast) -> None:
    promise = re.compile(r"(срок\w* решени|будет решен|решим|исправим|устраним)[^.]*", re.IGNORECASE)
    for name, row in russian.items():
        for part, words in texts(row):
            found = [match.group() for match in promise.finditer(" ".join(words.split()))]
            assert all(sentence.startswith("Срок решения зависит от") for sentence in found), f"{name}, {part}: {found}"


def test_without_a_contract_no_letter_names_a_term(cast: Cast) -> None:
    """Staff work inside the internal level's eight hours, until Tuesday at 10:00; the customer was promised nothing."""
    term = re.compile(r"\bдо \d|завтра|24 ноября")
    cast.reis.contracts.update(ends_date=date(2026, 1, 1))
    for name, row in every_letter(cast, "ru", RUSSIAN).items():
        if name.startswith("ticket."):
            for part, words in texts(row):
                assert not term.search(" ".join(words.split())), f"{name}, {part}"
    assert Ticket.objects.filter(customer=cast.reis, due_at=moment("2026-11-24 10:00")).exists()
    file_ticket(cast.clara)
    (row,) = OutgoingEmail.objects.filter(to_address=cast.clara.user.email)
    assert all(term.search(" ".join(words.split())) for part, words in texts(row) if part != "subject")


def test_every_address_in_a_letter_is_ours(russian: Letters) -> None:
    for name, row in russian.items():
        text, html = row.bodies()
        page = parse(html)
        links = [link.get("href", "") for link in page.iter("a")] + ADDRESS.findall(text)
        assert links, name
        assert all(link.startswith(f"{settings.SITE_URL}/") for link in links), f"{name}: {links}"
        if name.startswith("ticket."):
            number = row.subject.partition("]")[0].removeprefix("[#")
            place = "admin/tickets/ticket/{}/change/" if name in FOR_STAFF else "cabinet/tickets/{}/"
            assert set(links) == {f"{settings.SITE_URL}/{place.format(number)}"}, name


def test_a_letter_fetches_nothing_and_runs_nothing(russian: Letters) -> None:
    for name, row in russian.items():
        html = row.bodies()[1]
        page = parse(html)
        assert {element.tag for element in page.iter()} <= {
            "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "p", "a", "br", "ul",
            "li",
        }, name  # fmt: skip
        assert "url(" not in html
        assert "@import" not in html
        assert not [key for element in page.iter() for key in element.attrib if key.startswith("on")]


def test_what_a_customer_types_stands_in_his_letters_as_he_typed_it(cast: Cast) -> None:
    letters = every_letter(cast, "ru", RUSSIAN, subject=HOSTILE, contact_email="other@reis.example")
    cast.anna.user.address_as = HOSTILE
    for name, row in letters.items():
        if name.startswith("ticket."):
            assert HOSTILE in row.subject, name
            assert HOSTILE in row.text_body, name
            assert HOSTILE in read(row.html_body), name
            assert "<script" not in row.html_body, name


def test_a_name_in_the_greeting_is_only_text(cast: Cast) -> None:
    cast.anna.user.address_as = f"{HOSTILE[:80]}\r\nBcc: x@y.example"
    letter = render("account_password_reset", {"greeting_name": cast.anna.user.greeting_name}, language="ru")
    assert HOSTILE[:80] in letter.text
    assert HOSTILE[:80] in read(letter.html)
    assert "49" not in letter.text


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_every_word_of_a_letter_is_readable(russian: Letters, is_dark: bool) -> None:
    for name, row in russian.items():
        page = parse(row.bodies()[1])
        checked = list(contrasts(page, dark_colours(page) if is_dark else {}))
        assert len(checked) >= 5, name
        for words, ratio in checked:
            assert ratio >= 4.5, f"{name}: «{words}» has a contrast of {ratio:.2f}"


def dark_colours(page: ElementTree.Element) -> dict[str, dict[str, str]]:
    """Class to declarations of the dark half."""
    [style] = page.iter("style")
    rules = re.findall(r"\.(\w+) \{([^}]*)\}", style.text or "")
    return {name: declarations(body) for name, body in rules}


def declarations(style: str) -> dict[str, str]:
    pairs = [part.partition(":") for part in style.split(";") if part.strip()]
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in pairs}


def contrasts(
    element: ElementTree.Element,
    dark: dict[str, dict[str, str]],
    colour: str = "#000000",
    ground: str = "#ffffff",
) -> Iterator[tuple[str, float]]:
    """Every text of the page with its contrast to what lies under it (WCAG 2, 1.4.3)."""
    own = declarations(element.get("style", "")) | dark.get(element.get("class", "").split(" ")[0], {})
    for name in element.get("class", "").split():
        own |= dark.get(name, {})
    colour, ground = own.get("color", colour), own.get("background", ground)
    if element.tag in {"head", "style"} or own.get("display") == "none":
        return
    texts = [element.text, *(child.tail for child in element)]
    if words := " ".join(text.strip() for text in texts if text and text.strip()):
        light, deep = sorted((luminance(colour), luminance(ground)), reverse=True)
        yield words, (light + 0.05) / (deep + 0.05)
    for child in element:
        yield from contrasts(child, dark, colour, ground)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.clause("card.1")
def test_every_letter_arrives_whole_and_in_good_form(cast: Cast, mail_server: MailServer) -> None:
    owed = every_letter(cast, "ru", RUSSIAN, subject=HOSTILE)
    OutgoingEmail.objects.update(due_at="2026-01-01 00:00Z")
    delivery.deliver_due()
    arrived = {str(letter.message["Message-ID"]): letter for letter in mail_server.letters}
    assert len(arrived) == len(mail_server.letters) == OutgoingEmail.objects.count()
    for name, row in owed.items():
        letter = arrived[row.message_id]
        lint(letter)
        text, html = row.bodies()
        assert letter.part("plain").splitlines() == text.splitlines(), name
        assert letter.part("html").splitlines() == html.splitlines(), name
        assert str(letter.message["Subject"]) == row.subject, name
        assert letter.recipients == ["engineer@desk.example" if name in FOR_STAFF else "reader@reis.example"], name
        is_written_by_us = name in {
            "ticket.confirmation", "ticket.taken", "ticket.withdrawn", "ticket.reminder", "ticket.deadline_moved",
            "account.password_reset", "account.password_changed", "ticket.criticality", "ticket.term", "contract.ends",
            *FOR_STAFF,
        }  # fmt: skip
        assert (letter.message["Auto-Submitted"] == "auto-generated") is is_written_by_us, name
