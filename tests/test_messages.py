"""The translation tooling, on small trees of sources."""

import gettext as standard_gettext
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from scripts import messages

PYTHON = "from django.utils.translation import gettext_lazy as _, ngettext, pgettext, npgettext_lazy, gettext_noop\n"
TEMPLATE = "{% load i18n %}"


def tree(root: Path, **files: str) -> Path:
    """Files by name: `py` is desk/pages.py, `html` desk/templates/page.html, `txt` templates/mail/letter.txt."""
    places = {"py": "desk/pages.py", "html": "desk/templates/page.html", "txt": "templates/mail/letter.txt"}
    for kind, text in files.items():
        path = root / places[kind]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((PYTHON if kind == "py" else TEMPLATE) + text, encoding="utf-8")
    return root


def gathered(root: Path) -> dict[tuple[str, str], str | None]:
    return {key: message.plural for key, message in messages.gather(root).messages.items()}


def catalogue(root: Path) -> polib.POFile:
    return polib.pofile(str(root / messages.CATALOGUE))


def pairs(path: Path, text: str) -> Path:
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n' + text, encoding="utf-8")
    return path


def translated(root: Path, text: str, **files: str) -> Path:
    """A tree whose catalogue was made with these pairs."""
    tree(root, **files)
    assert messages.main(["--merge", str(pairs(root / "pairs.po", text))], root) == 0
    return root


def edited(root: Path, old: str, new: str) -> None:
    """The catalogue changed by hand and compiled again."""
    path = root / messages.CATALOGUE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    path.with_suffix(".mo").write_bytes(polib.pofile(str(path)).to_binary())


SEND = 'msgid "Send"\nmsgstr "Отправить"\n'


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("Send")', {("", "Send"): None}),
        ('_("The file "\n  "is empty.")', {("", "The file is empty."): None}),
        ('ngettext("%(n)d file", "%(n)d files", n)', {("", "%(n)d file"): "%(n)d files"}),
        ('pgettext("button", "Close")', {("button", "Close"): None}),
        ('npgettext_lazy("c", "%(n)d day", "%(n)d days", "n")', {("c", "%(n)d day"): "%(n)d days"}),
        ('gettext_noop("Select %s to change")', {("", "Select %s to change"): None}),
        ('from django.utils import translation\ntranslation.gettext("Send")', {("", "Send"): None}),
        ("from django.utils.translation import gettext as tr\ntr('Send')", {("", "Send"): None}),
        ('def f():\n    from django.utils.translation import gettext as g\n    return g("Send")', {("", "Send"): None}),
        ('_("day"); ngettext("day", "days", 2)', {("", "day"): "days"}),
        ('ngettext("day", "days", 2); _("day")', {("", "day"): "days"}),
        ('_(label); _(status.label); _(names["x"])', {}),
        ('print("Send"); gettext("not imported"); x = "_(\'Send\')"', {}),
        ('"""_("Send")"""  # _("Send")', {}),
    ],
)
def test_messages_of_python_are_found(tmp_path, source, found):
    assert gathered(tree(tmp_path, py=source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Send" %}', {("", "Send"): None}),
        ("{% trans 'Send' as label %}", {("", "Send"): None}),
        ('{% translate "Close" context "button" %}', {("button", "Close"): None}),
        ('{% translate "It\'s so" %}', {("", "It's so"): None}),
        ("{% translate 'Say \"yes\"' %}", {("", 'Say "yes"'): None}),
        ('{% translate "100% done" %}', {("", "100%% done"): None}),
        ('{{ _("Send") }}{{ x|default:_("none") }}', {("", "Send"): None, ("", "none"): None}),
        ('{{ _("100% done") }}', {("", "100%% done"): None}),
        ('{% include "a.html" with title=_("Send") %}', {("", "Send"): None}),
        ("{% blocktranslate %}Ticket {{ number }}{% endblocktranslate %}", {("", "Ticket %(number)s"): None}),
        (
            "{% blocktranslate trimmed with n=x %}\n   The queue\n   is {{ n }} long.\n{% endblocktranslate %}",
            {("", "The queue is %(n)s long."): None},
        ),
        (
            "{% blocktranslate trimmed count n=x %}\n {{ n }} file{% plural %}\n {{ n }} files{% endblocktranslate %}",
            {("", "%(n)s file"): "%(n)s files"},
        ),
        (
            '{% blocktranslate count n=x context "c" %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}',
            {("c", "%(n)s day"): "%(n)s days"},
        ),
        ('{# {% translate "Send" %} #}{% comment %}{% translate "Send" %}{% endcomment %}', {}),
        ('<script>gettext("Send")</script> _("Send") {% verbatim %}{% translate "Send" %}{% endverbatim %}', {}),
    ],
)
def test_messages_of_templates_are_found(tmp_path, source, found):
    assert gathered(tree(tmp_path, html=source)) == found
    assert gathered(tree(tmp_path, html="", txt=source)) == found


def test_other_folders_are_not_read(tmp_path):
    for place in (
        ".venv/lib/a.py",
        ".data/a.py",
        "tests/a.py",
        "scripts/a.py",
        "docs/a.py",
        "desk/notes.txt",
        "a.html",
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PYTHON + '_("Send")' if path.suffix == ".py" else TEMPLATE + '{% translate "Send" %}')
    assert messages.gather(tmp_path) == messages.Gathered()


@pytest.mark.parametrize(
    "source",
    [
        '_(f"Ticket {n}")',
        '_("Ticket %s" % n)',
        '_("Ticket " + n)',
        '_("Ticket {}".format(n))',
        '_("a" if',
        'ngettext(f"{n}", "x", n)',
    ],
)
def test_text_put_together_or_unreadable_stops_the_run_and_writes_nothing(tmp_path, capsys, source):
    assert messages.main([], tree(tmp_path, py=source)) == 1
    assert "desk/pages.py" in capsys.readouterr().err
    assert not (tmp_path / messages.CATALOGUE).exists()


def test_template_with_a_tag_inside_a_sentence_stops_the_run(tmp_path, capsys):
    tree(tmp_path, html="{% blocktranslate %}a {% if x %}b{% endif %}{% endblocktranslate %}")
    assert messages.main([], tmp_path) == 1
    assert "desk/templates/page.html cannot be read" in capsys.readouterr().err


def test_two_plurals_of_one_message_are_refused(tmp_path, capsys):
    tree(tmp_path, py='ngettext("%(n)d file", "%(n)d files", n); ngettext("%(n)d file", "%(n)d papers", n)')
    assert messages.main([], tmp_path) == 1
    assert "has two plurals" in capsys.readouterr().err


def test_catalogue_is_sorted_and_says_where_without_lines_or_dates(tmp_path):
    tree(
        tmp_path,
        py='_("Send"); _("Cancel"); pgettext("a", "Zoo")\n\n\n_("Send")',
        html='{% translate "Send" %}',
        txt='{% translate "Send" %}',
    )
    messages.main([], tmp_path)
    text = (tmp_path / messages.CATALOGUE).read_text(encoding="utf-8")
    assert [entry.msgid for entry in catalogue(tmp_path)] == ["Cancel", "Send", "Zoo"]
    assert '#: desk/pages.py desk/templates/page.html templates/mail/letter.txt\nmsgid "Send"' in text
    assert "Date" not in text
    assert str(tmp_path) not in text


def test_writing_twice_gives_the_same_bytes(tmp_path):
    translated(tmp_path, SEND, py='_("Send"); ngettext("%(n)d file", "%(n)d files", n)')
    files = [tmp_path / messages.CATALOGUE, (tmp_path / messages.CATALOGUE).with_suffix(".mo")]
    before = [path.read_bytes() for path in files]
    assert messages.main([], tmp_path) == 0
    assert [path.read_bytes() for path in files] == before


def test_translations_are_kept_and_what_the_code_no_longer_says_leaves(tmp_path, capsys):
    translated(tmp_path, SEND + '\nmsgid "Cancel"\nmsgstr "Отменить"\n', py='_("Send"); _("Cancel")')
    tree(tmp_path, py='_("Send"); _("Delete")')
    assert messages.main([], tmp_path) == 0
    assert {entry.msgid: entry.msgstr for entry in catalogue(tmp_path)} == {"Send": "Отправить", "Delete": ""}
    told = capsys.readouterr().out
    assert "Left out, the code does not say it: “Cancel”" in told
    assert "Without a translation: “Delete” of desk/pages.py" in told


def test_fuzzy_mark_stays_until_somebody_takes_it_away(tmp_path):
    translated(tmp_path, SEND, py='_("Send")')
    edited(tmp_path, "#: desk/pages.py\n", "#: desk/pages.py\n#, fuzzy\n")
    messages.main([], tmp_path)
    assert catalogue(tmp_path)[0].fuzzy
    assert messages.main(["--check"], tmp_path) == 1


def test_message_that_gets_a_plural_loses_its_old_translation(tmp_path):
    translated(tmp_path, 'msgid "day"\nmsgstr "день"\n', py='_("day")')
    tree(tmp_path, py='ngettext("day", "days", n)')
    messages.main([], tmp_path)
    assert set(catalogue(tmp_path)[0].msgstr_plural.values()) == {""}


def test_merge_keeps_the_first_translation_and_warns(tmp_path, capsys):
    tree(tmp_path, py='_("Send"); _("Cancel"); pgettext("letter", "Send")')
    one = pairs(tmp_path / "one.po", SEND + '\nmsgctxt "letter"\nmsgid "Send"\nmsgstr "Выслать"\n')
    two = pairs(tmp_path / "two.po", 'msgid "Send"\nmsgstr "Послать"\n\nmsgid "Cancel"\nmsgstr "Отменить"\n\n'
                'msgid "Unknown"\nmsgstr "Неизвестное"\n')  # fmt: skip
    assert messages.main(["--merge", str(one), str(two)], tmp_path) == 0
    told = capsys.readouterr().out
    assert "Two translations of “Send”: kept «Отправить», dropped «Послать»." in told
    assert told.count("Two translations") == 1
    assert "does not say it: “Unknown”" in told
    assert [(e.msgctxt, e.msgid, e.msgstr) for e in catalogue(tmp_path)] == [
        (None, "Cancel", "Отменить"),
        (None, "Send", "Отправить"),
        ("letter", "Send", "Выслать"),
    ]
    assert messages.main(["--check"], tmp_path) == 0


def test_merge_reads_pairs_without_a_header(tmp_path):
    tree(tmp_path, py='_("Send")')
    (tmp_path / "bare.po").write_text(SEND, encoding="utf-8")
    assert messages.main(["--merge", str(tmp_path / "bare.po")], tmp_path) == 0
    assert catalogue(tmp_path)[0].msgstr == "Отправить"


@pytest.mark.parametrize(("name", "text"), [("absent.po", None), ("broken.po", "said\n"), ("cp.po", 'msgid "я"')])
def test_merge_of_a_file_that_cannot_be_read_is_refused_and_writes_nothing(tmp_path, capsys, name, text):
    tree(tmp_path, py='_("Send")')
    if text:
        (tmp_path / name).write_bytes(text.encode("cp1251"))
    assert messages.main(["--merge", str(tmp_path / name)], tmp_path) == 1
    assert capsys.readouterr().err
    assert not (tmp_path / messages.CATALOGUE).exists()


def test_fourth_form_is_filled_from_the_third(tmp_path):
    files = (
        'msgid "%(n)d file"\nmsgid_plural "%(n)d files"\n'
        'msgstr[0] "%(n)d файл"\nmsgstr[1] "%(n)d файла"\nmsgstr[2] "%(n)d файлов"\n'
    )
    translated(tmp_path, files, py='ngettext("%(n)d file", "%(n)d files", n)')
    assert catalogue(tmp_path)[0].msgstr_plural[3] == "%(n)d файлов"
    assert messages.main(["--check"], tmp_path) == 0


def test_compiled_catalogue_speaks_russian_with_its_plurals(tmp_path):
    files = (
        'msgid "%(n)d file"\nmsgid_plural "%(n)d files"\n'
        'msgstr[0] "%(n)d файл"\nmsgstr[1] "%(n)d файла"\nmsgstr[2] "%(n)d файлов"\n\n'
        'msgctxt "button"\nmsgid "Close"\nmsgstr "Закрыть"\n'
    )
    translated(tmp_path, files, py='ngettext("%(n)d file", "%(n)d files", n); pgettext("button", "Close")')
    with (tmp_path / messages.CATALOGUE).with_suffix(".mo").open("rb") as compiled:
        russian = standard_gettext.GNUTranslations(compiled)
    said = [
        russian.ngettext("%(n)d file", "%(n)d files", n) % {"n": n} for n in (0, 1, 2, 5, 11, 12, 21, 22, 25, 101, 111)
    ]
    assert said == ["0 файлов", "1 файл", "2 файла", "5 файлов", "11 файлов", "12 файлов", "21 файл", "22 файла",
                    "25 файлов", "101 файл", "111 файлов"]  # fmt: skip
    assert russian.pgettext("button", "Close") == "Закрыть"


def test_header_counts_plurals_as_django_does():
    import django

    own = Path(django.__file__).parent / "conf/locale/ru/LC_MESSAGES/django.po"
    assert polib.pofile(str(own)).metadata["Plural-Forms"] == messages.HEADER["Plural-Forms"]


def test_numbers_and_dashes_get_no_break_spaces(tmp_path):
    text = 'msgid "No. %(n)s, engineer %(e)s"\nmsgstr "№ %(n)s, инженер — %(e)s"\n'
    translated(tmp_path, text, py='_("No. %(n)s, engineer %(e)s")')
    assert catalogue(tmp_path)[0].msgstr == "№\u00a0%(n)s, инженер\u00a0— %(e)s"
    assert messages.main(["--check"], tmp_path) == 0
    edited(tmp_path, "№\u00a0", "№ ")
    assert messages.main(["--check"], tmp_path) == 1


def test_whole_catalogue_passes_the_check(tmp_path, capsys):
    translated(tmp_path, SEND, py='_("Send")')
    capsys.readouterr()
    assert messages.main(["--check"], tmp_path) == 0
    assert capsys.readouterr() == ("", "")


def complaints(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert messages.main(["--check"], root) == 1
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before, "a check wrote something"
    return capsys.readouterr().err


def test_check_names_a_missing_and_an_obsolete_message(tmp_path, capsys):
    translated(tmp_path, SEND, py='_("Send")')
    tree(tmp_path, py='_("Delete")')
    told = complaints(tmp_path, capsys)
    assert "“Delete” is said by the code and missing from the catalogue." in told
    assert "“Send” is in the catalogue and nowhere in the code." in told
    assert "Run: python scripts/messages.py" in told


def test_check_names_an_absent_catalogue(tmp_path, capsys):
    assert "missing from the catalogue" in complaints(tree(tmp_path, py='_("Send")'), capsys)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Отправить"', '""', "the translation is empty"),
        ("#: desk/pages.py\n", "#: desk/pages.py\n#, fuzzy\n", "marked fuzzy"),
        ('msgid "Send"', 'msgctxt "x"\nmsgid "Send"', "“Send” (x) is in the catalogue and nowhere"),
        ("nplurals=4", "nplurals=3", "header"),
        ("#: desk/pages.py\n", "#: desk/pages.py:12\n", "not in order"),
        ('msgstr "Отправить"\n', 'msgstr "Отправить"\n\n' + SEND, "more than once"),
        ("Отправить", "Отправить, пожалуйста", "пожалуйста"),
        ("Отправить", "Упс, ошибка", "упс"),
        ("Отправить", "Некорректный адрес", "say what is wrong"),
        ("Отправить", "Невалидно", "say what is wrong"),
        ("Отправить", "Тикеты", "заявка"),
        ("Отправить", "К сожалению, нет", "сожалению"),
        ("Отправить", "Ответ для Вас", "small letter"),
        ("Отправить", 'Нажмите \\"Отправить\\"', "ёлочки"),
        ("Отправить", "Ответ - заявка", "dash"),
        ("Отправить", "Отправляем...", "ellipsis"),
        ("Отправить", "%(n)s заявок", "%(n)s of «%(n)s заявок» is not in the msgid"),
        ("Отправить", "{n} заявок", "{n} of"),
        ("Отправить", "%s заявок", "has ['%s']"),
        ("Отправить", "100 % готово", "single %"),
    ],
)
def test_check_names_what_is_wrong(tmp_path, capsys, old, new, says):
    translated(tmp_path, SEND, py='_("Send")')
    edited(tmp_path, old, new)
    assert says in complaints(tmp_path, capsys)


@pytest.mark.parametrize(
    "russian",
    [
        "Ступсим",
        "Вы вошли. Ваш ответ",
        "Штрих-код",
        '<a href=\\"/x\\">Ответ</a>',
        "Отправляем…",
        "Ответ\u00a0— заявка",
        "Вокзал, Выкса",
    ],
)
def test_check_accepts_ordinary_russian(tmp_path, russian):
    translated(tmp_path, f'msgid "Send"\nmsgstr "{russian}"\n', py='_("Send")')
    assert messages.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize(
    ("msgid", "russian", "says"),
    [
        ("%(a)s of %(b)s", "%(a)s из", "%(b)s is missing"),
        ("%(n)d files", "%(n)s файлов", "%(n)d is missing"),
        ("%s of %d", "%d из %s", "the msgid has ['%s', '%d']"),
        ("Put {name} here", "Поставьте сюда", "{name} is missing"),
        ("%(n)s%% done", "%(n)s% готово", "single %"),
        ("Отправить", "Отправить", "Russian letters"),
        (" Send", "Отправить", "at its edges"),
        ("Send\\n", "Отправить", "at its edges"),
    ],
)
def test_check_compares_placeholders_and_reads_the_msgid(tmp_path, capsys, msgid, russian, says):
    translated(tmp_path, f'msgid "{msgid}"\nmsgstr "{russian}"\n', py=f'_("{msgid}")')
    assert says in complaints(tmp_path, capsys)


@pytest.mark.parametrize(
    ("msgid", "russian"),
    [
        ("%(a)s of %(b)s", "из %(b)s — %(a)s"),
        ("%(n)s%% done", "готово %(n)s%%"),
        ("100% discount", "скидка 100%"),
        ("%s of %d", "%s из %d"),
    ],
)
def test_check_accepts_placeholders_in_another_order(tmp_path, msgid, russian):
    translated(tmp_path, f'msgid "{msgid}"\nmsgstr "{russian}"\n', py=f'_("{msgid}")')
    assert messages.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('msgstr[3] "%(n)d файлов"\n', "", "forms [0, 1, 2], expected 4"),
        ('msgstr[1] "%(n)d файла"', 'msgstr[1] ""', "a form of the translation is empty"),
        ('msgstr[0] "%(n)d файл"', 'msgstr[0] "один файл"', "%(n)d is missing from «один файл»"),
        ('msgid_plural "%(n)d files"', 'msgid_plural "%(n)d papers"', "its plural in the code is “%(n)d files”"),
    ],
)
def test_check_wants_four_whole_plural_forms(tmp_path, capsys, old, new, says):
    files = (
        'msgid "%(n)d file"\nmsgid_plural "%(n)d files"\n'
        'msgstr[0] "%(n)d файл"\nmsgstr[1] "%(n)d файла"\nmsgstr[2] "%(n)d файлов"\n'
    )
    translated(tmp_path, files, py='ngettext("%(n)d file", "%(n)d files", n)')
    edited(tmp_path, old, new)
    assert says in complaints(tmp_path, capsys)


@pytest.mark.parametrize(
    "spoil", [lambda mo: mo.unlink(), lambda mo: mo.write_bytes(mo.read_bytes()[:-3] + b"\x00\x00\x00")]
)
def test_check_names_a_compiled_file_that_was_not_made_from_the_catalogue(tmp_path, capsys, spoil):
    translated(tmp_path, SEND, py='_("Send")')
    spoil((tmp_path / messages.CATALOGUE).with_suffix(".mo"))
    assert "django.mo was not made from django.po" in complaints(tmp_path, capsys)


def test_command_runs_without_django_settings(tmp_path):
    tree(tmp_path, html='{% translate "Send" %}')
    (tmp_path / "scripts").mkdir()
    script = Path(shutil.copy(messages.__file__, tmp_path / "scripts"))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={"PYTHONUTF8": "1"}, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 messages, 1 without a translation." in done.stdout
    assert catalogue(tmp_path)[0].msgid == "Send"
