"""Icons, moments, sizes and the parts of a field, as the pages print them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.html import linebreaks, urlize
from lucide import IconDoesNotExist

from content import moments
from content.templatetags import ui

ORENBURG = ZoneInfo("Asia/Yekaterinburg")
SUNDAY_EVENING = datetime(2026, 11, 22, 18, 40, tzinfo=ORENBURG)


@pytest.fixture(autouse=True)
def _orenburg_in_russian():
    with timezone.override(ORENBURG), translation.override("ru"), time_machine.travel(SUNDAY_EVENING, tick=False):
        yield


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ORENBURG)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


# --- moments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (local(2026, 11, 22, 14, 32), "сегодня, 14:32"),
        (local(2026, 11, 22, 0, 0), "сегодня, 0:00"),
        (local(2026, 11, 21, 23, 59), "вчера, 23:59"),
        (local(2026, 11, 20, 9, 5), "20 ноября, 9:05"),
        (local(2026, 11, 23, 9, 5), "23 ноября, 9:05"),
        (local(2025, 11, 23, 9, 5), "23 ноября 2025 г., 9:05"),
        (local(2027, 1, 11, 9, 0), "11 января 2027 г., 9:00"),
    ],
)
def test_a_moment_reads_as_people_say_it(at, words):
    assert plain(moments.moment_words(at, now=SUNDAY_EVENING)) == words


def test_a_moment_stands_in_a_time_element_with_its_offset():
    assert ui.moment(local(2026, 11, 22, 14, 32)) == '<time datetime="2026-11-22T14:32:00+05:00">сегодня, 14:32</time>'


def test_a_moment_is_told_in_the_readers_zone():
    late_on_saturday_in_greenwich = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert plain(moments.moment_words(late_on_saturday_in_greenwich, now=SUNDAY_EVENING)) == "сегодня, 1:30"


def test_a_day_and_its_month_stay_on_one_line():
    assert "20\u00a0ноября" in moments.moment_words(local(2026, 11, 20, 9, 5), now=SUNDAY_EVENING)


def test_moments_read_in_english_too():
    with translation.override("en"):
        assert moments.moment_words(local(2026, 11, 22, 14, 32), now=SUNDAY_EVENING) == "today, 14:32"
        assert plain(moments.moment_words(local(2025, 11, 23, 9, 5), now=SUNDAY_EVENING)) == "23 November 2025, 9:05"
        assert plain(moments.due_words(local(2026, 11, 23, 13, 0), now=SUNDAY_EVENING)) == "Mon, 23 November, by 13:00"


def test_a_deadline_names_its_weekday_without_a_case():
    assert plain(moments.due_words(local(2026, 11, 23, 13, 0), now=SUNDAY_EVENING)) == "пн, 23 ноября, до 13:00"


def test_a_deadline_of_the_next_year_names_the_year():
    assert plain(moments.due_words(local(2027, 1, 11, 10, 0), now=SUNDAY_EVENING)) == "пн, 11 января 2027 г., до 10:00"


def test_a_beginning_names_its_weekday():
    assert plain(moments.start_words(local(2026, 11, 23, 9, 0), now=SUNDAY_EVENING)) == "пн, 23 ноября, 9:00"


def test_the_day_between_messages_is_named():
    assert [plain(ui.day(local(2026, 11, day, 9, 0))) for day in (22, 21, 20)] == ["сегодня", "вчера", "20 ноября"]


def test_nothing_is_printed_for_no_moment():
    assert [ui.moment(None), ui.day(None), ui.minutes_words(None), ui.file_size(None)] == [""] * 4


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 мин"), (25, "25 мин"), (60, "1 ч"), (190, "3 ч 10 мин"), (1805, "30 ч 5 мин"), (-40, "40 мин")],
)
def test_a_duration_is_told_in_hours_and_minutes(minutes, words):
    assert plain(ui.minutes_words(minutes)) == words


def test_a_duration_never_breaks_over_two_lines():
    assert " " not in ui.minutes_words(190)


# --- sizes and numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 Б"),
        (999, "999 Б"),
        (1000, "1 КБ"),
        (812_400, "812 КБ"),
        (999_499, "999 КБ"),
        (999_500, "1 МБ"),
        (1_500_000, "1,5 МБ"),
        (4_000_000, "4 МБ"),
        (25_000_000, "25 МБ"),
        (25_000_001, "25 МБ"),
    ],
)
def test_a_file_is_measured_in_thousands_like_its_limit(size, words):
    assert plain(ui.file_size(size)) == words


def test_a_ticket_number_is_never_grouped():
    assert ui.ticket_number(1042712) == "№\u00a01042712"
    with translation.override("en"):
        assert ui.ticket_number(10427) == "No.\u00a010427"


# --- icons --------------------------------------------------------------------------------------------------------


def test_an_icon_is_hidden_from_screen_readers_and_carries_no_style():
    svg = Template('{% icon "clock" %}').render(Context())
    assert svg.startswith("<svg")
    assert 'aria-hidden="true"' in svg
    assert "style=" not in svg
    assert "\n" not in svg


def test_an_icon_is_drawn_once(monkeypatch):
    ui.icon("hourglass")
    monkeypatch.setattr(ui, "lucide", lambda *_, **__: pytest.fail("drawn twice"))
    assert ui.icon("hourglass").startswith("<svg")


def test_an_unknown_icon_is_noticed():
    with pytest.raises(IconDoesNotExist):
        ui.icon("no-such-icon")


# --- fields -------------------------------------------------------------------------------------------------------


class Questions(forms.Form):
    subject = forms.CharField(label="Тема", help_text="Коротко", error_messages={"required": "Напишите тему"})
    version = forms.CharField(label="Версия", required=False)
    controller = forms.CharField(label="Контроллер", required=False)
    password = forms.CharField(label="Пароль", required=False, widget=forms.PasswordInput)
    level = forms.ChoiceField(
        label="Критичность",
        choices=[("high", "Высокая"), ("low", "Низкая")],
        widget=forms.RadioSelect,
        help_text="Одна",
        error_messages={"required": "Выберите критичность"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].show_optional = False  # type: ignore[attr-defined]
        self.fields["level"].option_hints = {"high": "Обходного пути нет"}  # type: ignore[attr-defined]


def drawn(template: str, **context: object) -> str:
    return Template(template).render(Context(context))


def test_the_word_optional_stands_only_where_nothing_else_answers_for_the_field():
    form = Questions()
    assert [name for name in form.fields if ui.is_optional(form[name])] == ["controller", "password"]


def test_a_field_names_its_hint_and_its_error_to_screen_readers():
    form = Questions({})
    html = drawn('{% include "components/_field.html" with field=form.subject %}', form=form)
    assert 'aria-describedby="id_subject_helptext id_subject_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_subject_helptext"' in html
    assert 'id="id_subject_error"' in html
    assert html.index("Напишите тему") < html.index("<input")


def test_a_group_names_its_hint_and_error_on_the_fieldset_and_shows_hints_under_options():
    html = drawn('{% include "components/_radio_list.html" with field=form.level %}', form=Questions({}))
    assert '<fieldset class="field is-bad" aria-describedby="id_level_helptext id_level_error">' in html
    assert html.count('type="radio"') == 2
    assert html.count("Обходного пути нет") == 1


def test_a_group_keeps_the_answer_that_was_chosen():
    html = drawn('{% include "components/_radio_list.html" with field=form.level %}', form=Questions({"level": "low"}))
    assert 'value="low" id="id_level_1" checked' in html
    assert html.count(" checked") == 1


def test_the_error_summary_leads_to_the_first_control_of_each_field():
    html = drawn('{% include "components/_error_summary.html" with form=form %}', form=Questions({}))
    assert '<a href="#id_subject">Напишите тему</a>' in html
    assert '<a href="#id_level_0">Выберите критичность</a>' in html
    assert "Исправьте ошибки" in html
    assert 'role="alert" tabindex="-1" autofocus' in html


def test_one_error_is_called_one():
    html = drawn(
        '{% include "components/_error_summary.html" with form=form %}', form=Questions({"subject": "Нет связи"})
    )
    assert "Исправьте ошибку" in html


@pytest.mark.parametrize("form", [Questions(), None])
def test_without_errors_there_is_no_summary(form):
    assert drawn('{% include "components/_error_summary.html" with form=form %}', form=form).strip() == ""


def test_a_password_is_not_printed_back():
    html = drawn(
        '{% include "components/_field.html" with field=form.password %}', form=Questions({"password": "тайна"})
    )
    assert "тайна" not in html


def test_the_sentences_about_files_keep_the_place_of_the_name():
    assert "%(name)s" in ui.file_words()["too_large"]


# --- components and prose -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tone:
    label: str
    tone: str


def test_a_component_drawn_from_values_is_what_its_template_makes() -> None:
    tag = Tone("<Новая>", "info")
    included = Template('{% include "components/_tag.html" with tag=tag only %}').render(Context({"tag": tag}))
    drawn = Template('{% drawn "components/_tag.html" tag=tag %}').render(Context({"tag": tag}))
    assert drawn == included.strip()
    assert "&lt;Новая&gt;" in drawn


def test_a_component_is_drawn_anew_in_another_language() -> None:
    template = Template('{% drawn "components/_copy.html" value="10427" %}')
    russian = template.render(Context())
    with translation.override("en"):
        assert "Copied" in template.render(Context())
    assert "Скопировано" in russian


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Питание есть.\nСвязи нет.\n\nЧто делать?", "<p>Питание есть.<br>Связи нет.</p>\n\n<p>Что делать?</p>"),
        ("<b>a</b> & 1<2", "<p>&lt;b&gt;a&lt;/b&gt; &amp; 1&lt;2</p>"),
        (
            "См. https://desk.example/a?b=1&c=<x>",
            '<p>См. <a href="https://desk.example/a?b=1&amp;c=" rel="nofollow">'
            "https://desk.example/a?b=1&amp;c=</a>&lt;x&gt;</p>",
        ),
        ("anna@reis.example", '<p><a href="mailto:anna@reis.example">anna@reis.example</a></p>'),
    ],
)
def test_prose_is_escaped_and_has_links_where_there_are_any(text: str, html: str) -> None:
    assert ui.prose(text) == html


@pytest.mark.parametrize(
    "text", ["www.desk.example", "desk.com", "a-.com", "x@y.z", "HTTP://DESK.EXAMPLE", "1.2", "а.б"]
)
def test_prose_looks_for_links_wherever_django_would_find_one(text: str) -> None:
    assert ui.prose(text) == linebreaks(urlize(text, nofollow=True, autoescape=True), autoescape=False)
