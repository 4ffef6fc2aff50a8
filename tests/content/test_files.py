"""Names, types and programs among the files that strangers send."""

import io
import zipfile

import pytest
from django.utils.http import content_disposition_header
from hypothesis import given, settings
from hypothesis import strategies as st

from content.files import HEAD_BYTES, is_executable, looks_like_text, safe_name, sniff

PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(48) + b"PE\x00\x00"
RUSSIAN = "Не приходят координаты с контроллера 4512, повторяется каждый час\r\n"


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 30)
    return held.getvalue()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("отчёт.pdf", "отчёт.pdf"),
        ("  отчёт   за ноябрь.pdf ", "отчёт за ноябрь.pdf"),
        ("/etc/passwd", "passwd"),
        ("../../../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("C:\\Users\\Анна\\снимок.png", "снимок.png"),
        ("folder/", "file"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        ("\x00\x01", "file"),
        (".htaccess", "htaccess"),
        ("...hidden", "hidden"),
        (". .ssh", "ssh"),
        ("shell.php.", "shell.php"),
        ("setup.exe. . ", "setup.exe"),
        ("a\r\nContent-Type: text/html.txt", "html.txt"),  # what follows the slash
        ("log\x00.txt", "log.txt"),
        ("a\x1b[31m.txt", "a[31m.txt"),
        ("счёт\u202egpj.exe", "счётgpj.exe"),
        ("\u2066a\u2069\u200b\ufeff.txt", "a.txt"),
        ("a\u2028b.txt", "a b.txt"),
        ("half\ud800.txt", "half.txt"),
        ("и\u0306.txt", "й.txt"),
        ("№ 10427.txt", "№ 10427.txt"),
        ("a<b>:c|d?e*f\"g.txt", "a_b__c_d_e_f_g.txt"),
        ("file.txt:stream.exe", "file.txt_stream.exe"),
        ("con", "_con"),
        ("CON.txt", "_CON.txt"),
        ("NUL .txt", "_NUL .txt"),
        ("lpt9.tar.gz", "_lpt9.tar.gz"),
        ("com\u00b9.txt", "_com\u00b9.txt"),
        ("COM10.txt", "COM10.txt"),
        ("console.log", "console.log"),
        ("content", "content"),
        ("{{7*7}}.txt", "{{7_7}}.txt"),
        ("=cmd.csv", "=cmd.csv"),
    ],
)  # fmt: skip
def test_name_is_made_safe(raw, name):
    assert safe_name(raw) == name


def test_long_name_keeps_its_extension():
    assert safe_name("я" * 500 + ".tar.gz") == "я" * 117 + ".gz"
    assert safe_name("я" * 113 + " . .tar.gz") == "я" * 113 + ".gz"
    assert safe_name("a" * 500) == "a" * 120
    assert safe_name("a." + "b" * 500) == "a." + "b" * 118


@given(st.text(max_size=300))
@settings(max_examples=400, deadline=None)
def test_any_name_becomes_safe_and_stays_so(raw):
    name = safe_name(raw)
    assert 0 < len(name) <= 120
    assert not set(name) & set('\r\n\x00/\\:*?"<>|\u202e\u2066')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert safe_name(name) == name
    name.encode()


@given(st.text(max_size=150))
@settings(max_examples=300, deadline=None)
def test_header_of_a_safe_name_is_one_plain_attachment(raw):
    """Django's own header is enough for our names: RFC 6266, with RFC 5987 where a name is not ASCII."""
    header = content_disposition_header(as_attachment=True, filename=safe_name(raw))
    assert header is not None
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith(('attachment; filename="', "attachment; filename*=utf-8''"))
    assert header.count(";") == 1 or header.startswith('attachment; filename="')


@pytest.mark.parametrize(
    ("name", "head", "content_type"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(30), "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(30), "image/jpeg"),
        ("no-extension", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(30), "image/jpeg"),
        ("lie.txt", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(30), "image/jpeg"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00" + bytes(10), "image/gif"),
        ("a.bmp", b"BM\x36\x00\x0c\x00\x00\x00\x00\x00" + bytes(40), "image/x-ms-bmp"),
        ("a.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf"),
        ("plain.pdf", b"%PDF-1.4\n1 0 obj\n", "application/pdf"),
        ("a.rtf", b"{\\rtf1\\ansi\\ansicpg1251", "application/rtf"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4"),
        ("a.zip", zipped("log.txt"), "application/zip"),
        ("a.unknown", zipped("log.txt"), "application/zip"),
        ("../../etc/a.zip", zipped("log.txt"), "application/zip"),
        ("a.docx", zipped("word/document.xml"),
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.XLSX", zipped("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("lie.docx", bytes(range(32)), "application/octet-stream"),
        ("a.jpg", b"\xff\xd8\xff", "image/jpeg"),
        ("wide.bin", b"\xff\xfe\x00\x00\x01\x00", "application/octet-stream"),
        ("a.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "application/msword"),
        ("a.bin", bytes(range(256)), "application/octet-stream"),
        ("a.bin", bytes(100), "application/octet-stream"),
        ("BM.bin", b"BM\x00\x01\x02\x03\x04", "application/octet-stream"),
        ("empty", b"", "application/octet-stream"),
        ("a.txt", b"hello\n", "text/plain"),
        ("a.log", b"\x1b[31mERROR\x1b[0m\tx\r\n\x0c", "text/plain"),
        ("a.txt", RUSSIAN.encode(), "text/plain"),
        ("a.txt", RUSSIAN.encode() * 3 + "я".encode()[:1], "text/plain"),
        ("a.txt", "\ufeffПривет".encode(), "text/plain"),
        ("a.txt", RUSSIAN.encode("cp1251"), "text/plain"),
        ("a.txt", "Ёж".encode("cp1251") * 3, "text/plain"),
        ("a.log", RUSSIAN.encode("cp866"), "text/plain"),
        ("a.reg.txt", RUSSIAN.encode("utf-16"), "text/plain"),
        ("a.ini", "[main]\r\nимя=узел".encode("cp1251"), "text/plain"),
        ("a.csv", b"a;b\r\n1;2\r\n", "text/plain"),
        ("a.eml", b"From: a@b.example\r\nSubject: x\r\n\r\n", "text/plain"),
        ("a.json", b'{"a": 1}', "text/plain"),
        ("a.html", b"<!DOCTYPE html><html><script>alert(1)</script>", "text/plain"),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">', "text/plain"),
        ("a.svg", '<svg xmlns="http://www.w3.org/2000/svg">'.encode("utf-16"), "text/plain"),
        ("a.xml", b'<?xml version="1.0"?><a/>', "text/plain"),
        ("a.js", b"alert(1)", "text/plain"),
        ("a.html", b"<html>\x00<script>", "application/octet-stream"),
        ("a.svg", b"<svg \x00\x01", "application/octet-stream"),
    ],
)  # fmt: skip
def test_type_comes_from_the_content(name, head, content_type):
    assert sniff(head, name) == content_type


def test_name_of_an_existing_file_is_never_opened(tmp_path, monkeypatch):
    """puremagic 2 reads the file that a given name points at: ours must not learn of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.docx").write_bytes(zipped("word/document.xml"))
    monkeypatch.setattr("builtins.open", lambda *args, **kwargs: pytest.fail(f"opened {args[0]}"))
    assert sniff(zipped("x"), "report.docx").endswith("wordprocessingml.document")
    assert sniff(bytes(range(32)), "report.docx") == "application/octet-stream"


@given(st.binary(max_size=400), st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_bytes_get_a_type_that_no_browser_runs(head, name):
    content_type = sniff(head, name)
    assert "/" in content_type
    assert not content_type.endswith(("html", "xml", "javascript"))
    is_executable(head, name)


def test_type_of_a_full_head_of_random_bytes_is_unknown():
    noise = bytes((i * i * 31 + i // 7) % 256 for i in range(HEAD_BYTES))
    assert not looks_like_text(noise)


@pytest.mark.parametrize(
    "name",
    [
        "dump.exe", "DUMP.EXE", "a.pdf.exe", "a.exe.", "a.exe  ", "a.e\u200bxe", "счёт\u202egpj.exe", "../a.com",
        "a.bat", "a.cmd", "a.msi", "a.scr", "a.js", "a.jse", "a.vbs", "a.vbe", "a.ps1", "a.jar", "a.hta", "a.lnk",
        "a.apk", "a.sh", "a.reg", "a.url", "a.dll", "a.desktop", "a.wsf", "a.mjs", "a.py", ".sh.sh",
    ],
)  # fmt: skip
def test_extension_of_a_program_is_refused_whatever_is_inside(name):
    assert is_executable(b"just text", name)


@pytest.mark.parametrize(
    "head",
    [
        PROGRAM,
        b"\x7fELF\x02\x01\x01" + bytes(9),
        bytes.fromhex("feedface00000012"),
        bytes.fromhex("cffaedfe07000001"),
        bytes.fromhex("cafebabe00000002"),
        b"#!/bin/sh\nrm -rf /\n",
        b"#! /usr/bin/env python\n",
        b"dex\n035\x00",
        b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(20),
    ],
)
def test_program_is_refused_whatever_it_is_called(head):
    assert is_executable(head, "фото.jpg")
    assert is_executable(head, "")


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("log.zip", zipped("a.exe")),
        ("письмо.txt", "MZ-17: контроллер не отвечает".encode()),
        ("письмо.txt", "MZ-17: контроллер не отвечает".encode("cp1251")),
        ("заметка.txt", b"#!important\n"),
        ("exe", b"text"),
        ("exe.txt", b"text"),
        ("отчёт.xlsx", zipped("xl/workbook.xml")),
        ("com", b""),
        ("шум.bin", bytes(range(256))),
        ("setup.exe_", b"text"),
    ],
)
def test_ordinary_file_is_accepted(name, head):
    assert not is_executable(head, name)
