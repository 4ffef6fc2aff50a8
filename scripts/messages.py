"""The translation catalogue, kept without xgettext.

    python scripts/messages.py                    gather the messages of the code into locale/ru, .po and .mo
    python scripts/messages.py --merge a.po b.po  the same, with translations taken from other files
    python scripts/messages.py --check            write nothing; exit 1 and say what is missing or wrong

Messages are English sentences in gettext calls of our Python and in the translation tags of our templates. A message
of Django or of a package that we translate otherwise is named in our code by gettext_noop. What the code no longer
says leaves the catalogue; git remembers it.
"""

import argparse
import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/ru/LC_MESSAGES/django.po")
SKIPPED = {"docs", "locale", "media", "node_modules", "scripts", "static", "staticfiles", "tests"}  # and hidden folders
FORMS = 4  # Django's own Russian header: 1, 2-4, 5-20, fractions
HEADER = {
    "Project-Id-Version": "helpdesk",
    "Language": "ru",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": (
        "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
        "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);"
    ),
}

Key = tuple[str, str]  # context or "", msgid

_SIGNATURES = {
    "gettext": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
}
SIGNATURES = {name + end: roles for name, roles in _SIGNATURES.items() for end in ("", "_lazy", "_noop")}

LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(
    rf"(?<![\w.])(_|n?p?gettext)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)\s*(?:,\s*count\s*)?\)", re.S
)

NAMED = re.compile(r"%\(\w+\)[-0#+]*\d*(?:\.\d+)?[a-zA-Z]|\{\w*\}")
POSITIONAL = re.compile(r"%\d*(?:\.\d+)?[sdifr](?!\w)")
TAG = re.compile(r"<[^<>]*>")

WORDS = [
    (re.compile("пожалуйст", re.I), "«пожалуйста» is not used: the verb alone is polite"),
    (re.compile("к сожалению", re.I), "«к сожалению» is not used: say what to do next"),
    (re.compile("некорректн|невалидн", re.I), "say what is wrong with the value and what was expected"),
    (re.compile(r"\bупс\b", re.I), "«упс» is not used: say what happened"),
    (re.compile(r"тикет", re.I), "the word is «заявка»"),
    (re.compile(r"(?<=[а-яё,;»] )В(?:ы|ас|ам|ами|аш\w*)\b"), "«вы» takes a small letter inside a sentence"),
    (re.compile('"'), "quotes are «ёлочки», inner ones „лапки“"),
    (re.compile(r"(?<=\S)[ \u00a0][-–][ \u00a0]"), "a dash is «—»"),
    (re.compile(r"\.\.\."), "an ellipsis is one sign, «…»"),
]


@dataclass
class Message:
    """What the code says under one context and msgid: its plural, and the files that say it."""

    plural: str | None = None
    files: set[str] = field(default_factory=set)


@dataclass
class Gathered:
    """Everything that the code says, and sentences about what cannot be gathered."""

    messages: dict[Key, Message] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, file: str, *, msgid: str, plural: str | None = None, context: str = "") -> None:
        message = self.messages.setdefault((context, msgid), Message())
        message.files.add(file)
        if plural and message.plural and plural != message.plural:
            self.problems.append(f"{file}: “{msgid}” has two plurals, “{message.plural}” and “{plural}”. Keep one.")
        message.plural = message.plural or plural


# --- gathering -------------------------------------------------------------------------------------------------------


def gather(root: Path) -> Gathered:
    """All messages of the Python files and templates under `root`. Files are read in one order on every machine."""
    gathered = Gathered()
    for path in sorted(source_files(root)):
        file = path.relative_to(root).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".py":
                gather_python(text, file, gathered)
            else:
                gather_template(text, file, gathered)
        except (SyntaxError, UnicodeDecodeError) as error:
            gathered.problems.append(f"{file} cannot be read: {error}. Mend it first.")
    return gathered


def source_files(root: Path) -> Iterator[Path]:
    """Python files everywhere, .html and .txt in folders of templates."""
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if not name.startswith(".") and name not in SKIPPED]
        endings = {".py", ".html", ".txt"} if "templates" in here.relative_to(root).parts else {".py"}
        yield from (here / name for name in files if Path(name).suffix in endings)


def gather_python(source: str, file: str, gathered: Gathered) -> None:
    """Calls of gettext and its relatives, under whatever name the file imports them."""
    nodes = list(ast.walk(ast.parse(source, file)))
    names = {
        alias.asname or alias.name: alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = names.get(called.id, "") if isinstance(called, ast.Name) else getattr(called, "attr", "")
        roles = SIGNATURES.get(name)
        if roles is None:
            continue
        values = [value.value if isinstance(value, ast.Constant) else None for value in node.args[: len(roles)]]
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) == len(roles):
            gathered.add(file, **dict(zip(roles, texts, strict=True)))
        elif any(isinstance(value, ast.JoinedStr | ast.BinOp | ast.Call) for value in node.args[: len(roles)]):
            gathered.problems.append(
                f"{file}:{node.lineno}: {name}() gets a text that is put together. "
                "Give it one literal with %(name)s in it, and fill in after translating."
            )


def gather_template(source: str, file: str, gathered: Gathered) -> None:
    """Translation tags, by Django's own reader of them."""
    for name, arguments in TEMPLATE_CALL.findall(templatize(source, origin=file)):
        texts = [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments, re.S)]
        if name == "_":  # the only one that Django's reader leaves as it stands, while its renderer doubles the sign
            texts = [text.replace("%", "%%") for text in texts]
        gathered.add(file, **dict(zip(SIGNATURES[name.replace("_", "gettext")], texts, strict=False)))


# --- the catalogue ---------------------------------------------------------------------------------------------------


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


def read(path: Path) -> polib.POFile:
    """A .po file; an empty one where there is none. Raises OSError, whose text names the line."""
    return polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)


def written(gathered: Gathered, translations: Iterable[polib.POEntry]) -> polib.POFile:
    """The catalogue of what the code says, in one order, with the first translation given for each message."""
    known: dict[Key, polib.POEntry] = {}
    for entry in translations:
        if not entry.obsolete and has_text(entry):
            known.setdefault(key(entry), entry)
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = dict(HEADER)
    for (context, msgid), message in sorted(gathered.messages.items()):
        entry = polib.POEntry(msgid=msgid, msgctxt=context or None)
        entry.occurrences = [(file, "") for file in sorted(message.files)]
        old = known.get((context, msgid))
        if message.plural is None:
            entry.msgstr = typeset(old.msgstr) if old else ""
        else:
            forms = dict(old.msgstr_plural) if old else {}
            forms.setdefault(3, forms.get(2, ""))  # whole numbers never ask for the fourth form
            entry.msgid_plural = message.plural
            entry.msgstr_plural = {number: typeset(forms.get(number, "")) for number in range(FORMS)}
        if old:
            entry.tcomment, entry.comment = old.tcomment, old.comment
        entry.flags = ["fuzzy"] * bool(old and "fuzzy" in old.flags) + ["python-format"] * bool("%(" in msgid)
        catalogue.append(entry)
    return catalogue


def has_text(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr or any(entry.msgstr_plural.values()))


def typeset(text: str) -> str:
    """The same text with a no-break space after № and before a dash."""
    return re.sub(r"(?<=\S) (?=— )", "\u00a0", re.sub(r"№ (?=\S)", "№\u00a0", text))


def save(catalogue: polib.POFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{catalogue}\n", encoding="utf-8")
    path.with_suffix(".mo").write_bytes(catalogue.to_binary())


def conflicts(entries: Iterable[polib.POEntry]) -> Iterator[str]:
    """Sentences about messages that come with two translations; `written` keeps the first."""
    kept: dict[Key, list[str]] = {}
    for entry in entries:
        if entry.obsolete or not has_text(entry):
            continue
        texts = [typeset(text) for text in [entry.msgstr, *(entry.msgstr_plural.get(n, "") for n in range(3))]]
        first = kept.setdefault(key(entry), texts)
        if first != texts:
            yield f"{label(entry)}: kept «{first[0] or first[1]}», dropped «{texts[0] or texts[1]}»."


# --- checks ----------------------------------------------------------------------------------------------------------


def check(root: Path) -> list[str]:
    """Sentences about everything wrong with the catalogue; none where it is whole."""
    gathered = gather(root)
    path = root / CATALOGUE
    catalogue = read(path)
    entries = [entry for entry in catalogue if not entry.obsolete]
    there = [key(entry) for entry in entries]
    problems = list(gathered.problems)
    problems += [
        f"{name(k)} is said by the code and missing from the catalogue." for k in gathered.messages if k not in there
    ]
    problems += [f"{name(k)} is in the catalogue and nowhere in the code." for k in there if k not in gathered.messages]
    problems += [f"{name(k)} is in the catalogue more than once." for k in dict.fromkeys(there) if there.count(k) > 1]
    for entry in entries:
        problems += [f"{label(entry)}: {fault}." for fault in faults(entry, gathered.messages.get(key(entry)))]
    if catalogue.metadata != HEADER:
        problems.append(f"The header of {CATALOGUE} is not the one of this script.")
    if not problems:
        fresh = written(gathered, entries)
        compiled = path.with_suffix(".mo")
        if f"{fresh}\n" != path.read_text(encoding="utf-8"):
            problems.append(f"{CATALOGUE} is not in order: order of messages, names of files, or no-break spaces.")
        if not compiled.exists() or compiled.read_bytes() != fresh.to_binary():
            problems.append(f"{CATALOGUE.with_suffix('.mo')} was not made from {CATALOGUE.name}.")
    return problems


def faults(entry: polib.POEntry, message: Message | None) -> Iterator[str]:
    """What is wrong with one message and its translation."""
    sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
    if any(re.search("[а-яё]", source, re.I) for source in sources):
        yield "the msgid has Russian letters; write it in English, and the Russian into the catalogue"
    if not entry.msgid.strip() or any(source != source.strip() for source in sources):
        yield "the msgid is empty or has spaces or line ends at its edges; use {% blocktranslate trimmed %}"
    if message and (message.plural or "") != (entry.msgid_plural or ""):
        yield f"its plural in the code is “{message.plural or ''}”, here “{entry.msgid_plural or ''}”"
    if entry.fuzzy:
        yield "the translation is marked fuzzy; read it and take the mark away"
    numbers = set(entry.msgstr_plural)
    if entry.msgid_plural and numbers != set(range(FORMS)):
        yield f"it has plural forms {sorted(numbers)}, expected {FORMS}: for 1, 2, 5, 1,5 (the last two may be equal)"
    texts = [entry.msgstr_plural[number] for number in sorted(numbers)] if entry.msgid_plural else [entry.msgstr]
    if not all(text.strip() for text in texts):
        yield "the translation is empty" if len(texts) == 1 else "a form of the translation is empty"
    for text in filter(str.strip, texts):
        yield from placeholder_faults(sources[-1], text)
        yield from (f"{why} («{text}»)" for pattern, why in WORDS if pattern.search(bare(text)))


def placeholder_faults(source: str, text: str) -> Iterator[str]:
    """Placeholders that a translation lost or invented, nameless ones that it moved, and a % that breaks formatting."""
    for missing in sorted(set(NAMED.findall(source)) - set(NAMED.findall(text))):
        yield f"{missing} is missing from «{text}»"
    for unknown in sorted(set(NAMED.findall(text)) - set(NAMED.findall(source))):
        yield f"{unknown} of «{text}» is not in the msgid"
    positional = [POSITIONAL.findall(line.replace("%%", "")) for line in (source, text)]
    if positional[0] != positional[1]:
        yield f"the msgid has {positional[0] or 'no %s'}, «{text}» has {positional[1] or 'none'}"
    if "%" in bare(text).replace("%%", "") and "%" not in bare(source).replace("%%", ""):
        yield f"a single % stands in «{text}»; write %%"


def bare(text: str) -> str:
    """The text without tags and placeholders."""
    return POSITIONAL.sub("", NAMED.sub("", TAG.sub("", text)))


def name(k: Key) -> str:
    return f"“{k[1]}”" + (f" ({k[0]})" if k[0] else "")


def label(entry: polib.POEntry) -> str:
    files = ", ".join(file for file, _line in entry.occurrences[:2])
    return name(key(entry)) + (f" of {files}" if files else "")


# --- the command -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Exit code: 0 done, 1 something is wrong and nothing was written."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 where the catalogue is not whole")
    parser.add_argument("--merge", nargs="+", type=Path, default=[], metavar="FILE.po", help="take translations from")
    options = parser.parse_args(arguments)
    try:
        problems = check(root) if options.check else write(root, options.merge)
    except (OSError, UnicodeDecodeError) as error:  # polib's OSError names the file and the line
        problems = [f"A catalogue cannot be read: {error}."]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems and options.check:
        print("Run: python scripts/messages.py, then complete the Russian in", CATALOGUE, file=sys.stderr)
    return 1 if problems else 0


def write(root: Path, merged: Sequence[Path]) -> list[str]:
    """Gather and write both files. Returns the problems that kept it from writing."""
    gathered = gather(root)
    if gathered.problems:
        return gathered.problems
    absent = [f"There is no file {path}." for path in merged if not path.exists()]
    if absent:
        return absent
    old = list(read(root / CATALOGUE))
    given = [entry for path in merged for entry in read(path)]
    for sentence in conflicts([*old, *given]):
        print("Two translations of", sentence)
    for entry in dict.fromkeys(map(key, [*old, *given])):
        if entry not in gathered.messages:
            print("Left out, the code does not say it:", name(entry))
    catalogue = written(gathered, [*old, *given])
    save(catalogue, root / CATALOGUE)
    empty = [entry for entry in catalogue if not has_text(entry)]
    for entry in empty:
        print("Without a translation:", label(entry))
    print(f"{len(catalogue)} messages, {len(empty)} without a translation.")
    return []


if __name__ == "__main__":
    sys.exit(main())
