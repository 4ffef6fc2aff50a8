"""Names and types of files that strangers send.

A download is always an attachment (`django.http.FileResponse(as_attachment=True)`, whose header follows RFC 6266
and RFC 5987 for every name that `safe_name` returns), so what is reported here never decides whether a browser
runs something; it labels the file and keeps programs out.
"""

import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import PurePosixPath

import puremagic

HEAD_BYTES = 8192  # how much of a file's beginning `sniff` and `is_executable` want to see
NAME_LENGTH = 120
EXTENSION_LENGTH = 16  # a longer tail after the last dot is a part of the name
NAMELESS = "file"
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"

FORBIDDEN_ON_WINDOWS = re.compile(r'[<>:"|?*]')
RESERVED_ON_WINDOWS = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=[ .]|$)", re.IGNORECASE)
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})  # controls, bidi and zero-width marks, half surrogates

# What a double click runs, whatever lies inside.
EXECUTABLE_EXTENSION = re.compile(
    r"""
      appx | bat | chm | cmd | com | cpl | dll | exe | hta | jse? | lnk | mjs | ms[cipu] | msix | ocx | pif  # Windows
    | ps1 | psm1 | reg | sc[frt] | settingcontent-ms | sys | url | vb | vb[es] | ws | ws[cfh] | xll
    | app | command | dmg | pkg                                                             # macOS
    | appimage | bash | csh | deb | desktop | ksh | rpm | run | sh | zsh                    # Linux
    | apk | class | jar | jnlp | py | pyc | pyw | pyz                                       # wherever it is installed
    """,
    re.VERBOSE,
)
PROGRAM_HEADS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # Mach-O, 32 bits
    b"\xfe\xed\xfa\xcf",  # Mach-O, 64 bits
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # Mach-O for several processors, and Java classes
    b"\xbe\xba\xfe\xca",
    b"dex\n03",  # Android
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcut
)
SHEBANG = re.compile(rb"#![ \t]*/")

CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # tabs, line ends and ESC of coloured logs may stay
CYRILLIC_CHARSETS = ("cp1251", "cp866")
CYRILLIC = re.compile("[А-Яа-яЁё]")
PLAIN_TYPE = re.compile(r"(?:application|audio|font|image|video)/[\w.+-]+", re.ASCII)
RENDERED_TYPES = ("xml", "html", "javascript", "ecmascript", "xslt")


def safe_name(raw: str) -> str:
    """A name fit to show, to store and to offer for download: no path, at most 120 characters, never empty.

    Dropped: folders of either kind, control characters, bidi marks that turn `exe.gpj` round, leading dots,
    trailing dots and spaces (Windows drops them and finds another extension). Replaced by `_`: characters that
    Windows forbids; names of its devices get one in front. The extension is kept where the name is cut.
    """
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    name = "".join(char for char in name if unicodedata.category(char) not in INVISIBLE)
    name = re.split(r"[/\\]", name)[-1]
    name = FORBIDDEN_ON_WINDOWS.sub("_", name)
    name = " ".join(name.split()).lstrip(". ").rstrip(". ")
    if RESERVED_ON_WINDOWS.match(name):
        name = f"_{name}"
    if len(name) > NAME_LENGTH:
        stem, dot, tail = name.rpartition(".")
        tail = f".{tail}" if dot and len(tail) <= EXTENSION_LENGTH else ""
        name = (stem if tail else name)[: NAME_LENGTH - len(tail)].rstrip(". ") + tail
    return name or NAMELESS


def extension(name: str) -> str:
    """The part after the last dot of the safe name, in lower case without the dot; empty where there is none."""
    return PurePosixPath(safe_name(name)).suffix[1:].lower()


def sniff(head: bytes, name: str) -> str:
    """The content type by the first HEAD_BYTES of a file; the name only chooses between types that share a head.

    A text is text/plain in whatever language it is written: HTML, SVG, XML and scripts are never reported as what
    a browser would render. What is not recognised is application/octet-stream.
    """
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    if looks_like_text(head):
        return TEXT
    # The name is not handed to puremagic: from 2.0 it opens the file of that name on this machine.
    matches = [match for match in _signatures(head) if _is_plain(match.mime_type)]
    wanted = f".{extension(name)}"
    for match in matches:
        if match.extension == wanted:
            return str(match.mime_type)
    strong = [match for match in matches if len(match.byte_match) > 2]
    types = {str(match.mime_type) for match in strong if match.confidence == strong[0].confidence}
    if len(types) == 1:
        return types.pop()
    return "application/zip" if head.startswith(b"PK\x03\x04") else UNKNOWN


def looks_like_text(head: bytes) -> bool:
    """Whether the bytes read as text: UTF-8, UTF-16 with its mark, or Russian in cp1251 or cp866."""
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        wide = _decoded(head, "utf-16")
        return wide is not None and not CONTROL_BYTES.search(wide.encode())
    if not head or CONTROL_BYTES.search(head):
        return False
    if _decoded(head, "utf-8") is not None:
        return True
    for charset in CYRILLIC_CHARSETS:
        beyond_ascii = [char for char in _decoded(head, charset) or "" if char > "\x7f"]
        letters = sum(1 for char in beyond_ascii if CYRILLIC.match(char))
        if len(head) > 3 and letters * 4 >= len(beyond_ascii) * 3 > 0:
            return True
    return False


def is_executable(head: bytes, name: str) -> bool:
    """Whether it is a program or a script that a double click runs, by its first bytes or by its extension."""
    if EXECUTABLE_EXTENSION.fullmatch(extension(name)):
        return True
    if head.startswith(PROGRAM_HEADS) or SHEBANG.match(head):
        return True
    return head.startswith(b"MZ") and not looks_like_text(head)


def _signatures(head: bytes) -> list[puremagic.PureMagicWithConfidence]:
    """Signatures that fit, the longest first. Version 1 raises where version 2 returns nothing."""
    try:
        return puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []


def _is_plain(mime_type: str) -> bool:
    return bool(PLAIN_TYPE.fullmatch(mime_type)) and not mime_type.endswith(RENDERED_TYPES)


def _decoded(head: bytes, charset: str) -> str | None:
    """The text, where a letter cut in two by the end of the head does no harm; None where it is another charset."""
    try:
        return getincrementaldecoder(charset)().decode(head)
    except UnicodeDecodeError:
        return None
