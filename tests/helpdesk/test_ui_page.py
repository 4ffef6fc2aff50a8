"""`/admin/ui/`: every component on one page, for staff only."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from accounts.models import User
from accounts.roles import Role
from helpdesk.ui_page import tokens
from helpdesk.ui_page.samples import components, reactions
from helpdesk.ui_page.views import ICONS
from tests.cast import MONDAY_TEN, Cast, file_ticket, make_person, moment
from tests.content.test_templates import INLINE
from tickets import workflow
from tickets.admin.moves import VERBS
from tickets.models import Ticket
from tickets.reaction import reaction_tag
from tickets.statuses import CHANNEL_ICONS, Status

ADDRESS = "/admin/ui/"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
STYLES = Path(settings.BASE_DIR) / "static" / "css"
FILES = sorted(path.stem for path in (TEMPLATES / "components").glob("*.html"))


@pytest.fixture
def engineer(db: None) -> User:
    """Alone at a desk without a single row."""
    return make_person("Петрова Елена Сергеевна", "elena@desk.example", Role.ENGINEER)


def page_for(user: User) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(ADDRESS)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_every_component_has_its_example_and_no_other_is_named(engineer: User) -> None:
    assert sorted(component.name for component in components(MONDAY_TEN)) == FILES
    page = page_for(engineer)
    for name in FILES:
        assert f"components/{name}.html" in page


def test_every_example_draws_something_of_its_own(engineer: User, rf) -> None:
    request = rf.get(ADDRESS)
    request.user = engineer
    for component in components(MONDAY_TEN):
        drawn = [markup.strip() for _call, markup in component.drawn(request).examples]
        assert "" not in drawn, component.name
        assert len(set(drawn)) == len(drawn), component.name


@pytest.mark.parametrize("role", Role)
def test_whoever_works_here_may_see_it(db: None, role: Role) -> None:
    assert "components/_tag.html" in page_for(make_person("Кто То", "some@desk.example", role))


def test_a_customer_is_told_that_it_is_not_for_him(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.anna.user)
    assert client.get(ADDRESS).status_code == 403


def test_a_stranger_is_asked_to_sign_in(db: None) -> None:
    response = Client().get(ADDRESS)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_a_sample_button_leads_back_and_changes_nothing(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.elena)
    ticket = file_ticket(cast.anna)
    assert client.post(ADDRESS)["Location"] == ADDRESS
    assert Ticket.objects.get().status == ticket.status == Status.NEW


def test_the_page_obeys_the_strict_policy_and_names_nothing_twice(engineer: User) -> None:
    page = page_for(engineer)
    found = [what for what, pattern in INLINE.items() if pattern.search(page)]
    assert found == ["a foreign address"]  # a link that somebody wrote into a sample message
    assert not re.search(r'(?:src|action)="(?:https?:)?//', page)
    ids = Counter(re.findall(r'\sid="([^"]*)"', page))
    assert [name for name, count in ids.items() if count > 1] == []
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(ids)


@pytest.mark.parametrize(
    "pattern", [r"\.(btn-[a-z-]+)", r"\.(tag-[a-z-]+)", r"\.(banner-[a-z]+)", r"\.(msg-(?:staff|note))\b"]
)
def test_every_kind_that_the_styles_know_is_shown(engineer: User, pattern: str) -> None:
    styles = "".join(path.read_text() for path in STYLES.glob("*.css"))
    kinds = set(re.findall(pattern, styles))
    assert kinds
    page = page_for(engineer)
    assert [kind for kind in sorted(kinds) if not re.search(rf'class="[^"]*\b{kind}[\s"]', page)] == []


def test_every_icon_that_pages_use_is_shown() -> None:
    used = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:{%\s*icon |icon_name=|\|default:)"([a-z0-9-]+)"\s*(?:%}|[a-z|])', path.read_text())
    }
    used |= {verb.icon for verb in VERBS.values()} | set(CHANNEL_ICONS.values())
    used |= {reaction.icon for reaction in reactions(MONDAY_TEN)}
    assert sorted(used - set(ICONS)) == []
    assert list(ICONS) == sorted(set(ICONS))


def test_the_samples_of_the_term_look_as_the_real_ones(cast: Cast) -> None:
    def tag(ticket: Ticket, at: str) -> tuple[str, str, str]:
        found = reaction_tag(ticket, moment(at), for_customer=False)
        assert found
        return found.state, found.icon, found.tone

    waiting = file_ticket(cast.anna)
    late = workflow.take(file_ticket(cast.anna), by=cast.elena, at=moment("2026-11-23 17:00"))
    met = workflow.take(file_ticket(cast.anna), by=cast.elena, at=moment("2026-11-23 11:00"))
    gone = workflow.close_by_customer(file_ticket(cast.anna), by=cast.anna, at=moment("2026-11-23 11:00"))
    real = [
        tag(waiting, "2026-11-23 10:10"),
        tag(waiting, "2026-11-23 14:50"),
        tag(waiting, "2026-11-23 16:00"),
        tag(waiting, "2026-11-23 13:30"),
        tag(met, "2026-11-23 12:00"),
        tag(late, "2026-11-23 17:30"),
        tag(gone, "2026-11-23 12:00"),
    ]
    assert [(one.state, one.icon, one.tone) for one in reactions(MONDAY_TEN)] == real


def test_the_labels_speak_the_readers_language(engineer: User) -> None:
    assert "Сводка ошибок" in page_for(engineer)
    engineer.language = "en"
    engineer.save()
    assert "Error summary" in page_for(engineer)
    with translation.override("en"):
        for component in components(MONDAY_TEN):
            assert not re.search("[А-Яа-яЁё]", component.title + "".join(one.call for one in component.examples))


# --- colours --------------------------------------------------------------------------------------------------------


def test_every_colour_is_a_swatch(engineer: User) -> None:
    page = page_for(engineer)
    names = set(re.findall(r"(--c-[a-z0-9-]+):", (STYLES / "tokens.css").read_text()))
    assert {swatch.name for swatch in tokens.swatches()} == names
    assert all(f'fill="var({name})"' in page for name in names)


def test_both_dark_themes_are_the_same() -> None:
    _light, by_system, by_switch = tokens.themes()
    assert by_system == by_switch
    assert len(by_system) > 20


@pytest.mark.parametrize("pair", list(tokens.pairs()), ids=lambda pair: f"{pair.text} on {pair.ground}")
def test_what_is_read_stands_out_in_both_themes(pair: tokens.Pair) -> None:
    assert pair.is_enough, f"{pair.light} in light, {pair.dark} in dark, wanted {pair.wanted}"


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#ffffff", 21.0), ("#fff", "#fff", 1.0), ("#767676", "#fff", 4.54), ("#777777", "#fff", 4.47)],
)
def test_the_contrast_is_the_one_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert tokens.contrast(one, other) == tokens.contrast(other, one) == ratio
