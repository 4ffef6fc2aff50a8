"""Forms of text: for one line, for a body; and people's names in short."""

import re
import unicodedata

NO_BREAK_SPACE = "\u00a0"
LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # Unicode TR 9: they reorder
PATRONYMIC = re.compile(r".+(?:ич|вна|чна)", re.IGNORECASE)
PATRONYMIC_PARTICLES = frozenset({"оглы", "оглу", "кызы", "гызы", "улы", "уулу", "кизи"})
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text fit for a subject or a header: no line ends, controls, bidi or zero-width marks; runs of spaces are one."""
    spaced = LINE_ENDS.sub(" ", text.replace("\t", " "))
    return " ".join("".join(char for char in spaced if not _is_invisible(char)).split())


def clean_body(text: str) -> str:
    r"""Text of several lines: line ends are \n; NUL, other controls but tabs, and bidi overrides are dropped; trimmed.

    Zero-width joiners and direction marks stay: emoji and right-to-left names are made of them.
    """
    lines = LINE_ENDS.sub("\n", text)
    kept = (
        char
        for char in lines
        if char in "\n\t" or (unicodedata.category(char) not in {"Cc", "Cs"} and char not in BIDI_CONTROLS)
    )
    return "".join(kept).strip()


def initials(full_name: str) -> str:
    """«Петров Кирилл Львович» as «Петров К. Л.», joined by no-break spaces.

    A Latin name stays whole, for nobody can tell which of its words is the surname; so do a single word, and
    a first name with a patronymic. A double surname stays whole where a hyphen or the patronymic shows it.
    """
    surname, given = _parts(full_name)
    if not surname or not given:
        return one_line(full_name)
    return NO_BREAK_SPACE.join([surname, *map(_initial, given)])


def address_from(full_name: str) -> str:
    """How a letter addresses somebody: «Иванов Павел Сергеевич» as «Павел Сергеевич».

    A Latin name stays whole. Empty where the name does not tell: a single word, or a surname with initials.
    """
    surname, given = _parts(full_name)
    if any(map(_is_initial, given)):
        return ""
    if not surname and len(given) == 1:
        return ""
    return " ".join(given)


def _parts(full_name: str) -> tuple[str, list[str]]:
    """Surname and given names. The surname is empty where no word can be told to be it."""
    spaced = re.sub(r"\.(?=\w)", ". ", one_line(full_name))
    words = [word for word in spaced.split() if any(map(str.isalpha, word))]
    if len(words) < 2 or not CYRILLIC.search(full_name):
        return "", words
    if words[-1].lower() in PATRONYMIC_PARTICLES and len(words) > 3:
        return " ".join(words[:-3]), words[-3:]
    if len(words) == 3 and (PATRONYMIC.fullmatch(words[1]) or _is_initial(words[0])):
        return words[2], words[:2]
    if PATRONYMIC.fullmatch(words[-1]):
        return " ".join(words[:-2]), words[-2:]
    return words[0], words[1:]


def _is_initial(word: str) -> bool:
    return word.endswith(".") or len(word) == 1


def _initial(word: str) -> str:
    """«К.» of «Кирилл», «Ж.-П.» of «Жан-Поль»; a particle of a patronymic stays as it is."""
    if word.lower() in PATRONYMIC_PARTICLES:
        return word
    return "-".join(f"{part[0].upper()}." for part in word.split("-") if part)


def _is_invisible(char: str) -> bool:
    """Controls, bidi and zero-width marks, half surrogates."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs"}
