"""A person at the desk over plain HTTP: signs in, reads pages, sends forms. For load and kills, without a browser."""

from __future__ import annotations

import http.client
import re
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode, urlsplit


class NoAnswer(Exception):
    """The server refused the connection, or it ended before the answer was complete."""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    content_type: str = "text/plain"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return unquote(self.headers.get("location", ""))


@dataclass
class Visitor:
    """One browser of one person. A connection is opened for each request unless `keeps_connection`.

    Every call raises NoAnswer where no complete answer came; the caller decides whether to try again.
    """

    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    keeps_connection: bool = False
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Answer:
        return self._send("GET", path, b"", {})

    def post(self, path: str, form: Mapping[str, str], files: Sequence[tuple[str, File]] = ()) -> Answer:
        """Send a form with the token of the cookie; multipart where files go along."""
        token = next((value for name, value in self.cookies.items() if name.endswith("csrf")), "")
        fields = {**form, "csrfmiddlewaretoken": token}
        own = {"Origin": self.address, "Referer": f"{self.address}{path}"}
        if not files:
            own["Content-Type"] = "application/x-www-form-urlencoded"
            return self._send("POST", path, urlencode(fields).encode(), own)
        boundary = secrets.token_hex(16)
        own["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        return self._send("POST", path, _multipart(fields, files, boundary), own)

    def sign_in(self, email: str, password: str) -> Visitor:
        """Through the sign-in page, as everybody does. Raises NoAnswer, or AssertionError where it is refused."""
        self.get("/accounts/login/")
        answer = self.post("/accounts/login/", {"login": email, "password": password})
        assert answer.status == 302, f"{email} could not sign in: {answer.status}"
        return self

    def file_request(
        self,
        subject: str,
        *,
        key: uuid.UUID | None = None,
        files: Sequence[File] = (),
        **told: str,
    ) -> int:
        """File a request through the cabinet's form and return its number.

        Sent again with the same `key` it finds the request that the first sending made. Raises NoAnswer where the
        answer does not acknowledge it, and AssertionError where the form refuses what it holds.
        """
        form = {
            "subject": subject,
            "description": "Проверка: терминал не выходит на связь.",
            "steps_unknown": "on",
            "frequency": "once",
            "server": "none",
            "version_unknown": "on",
            "criticality": "medium",
            "contact_name": "Иванова Анна Павловна",
            "contact_phone": "8-3532-373-233",
            "contact_email": "anna@reis.example",
            "submission_key": str(key or uuid.uuid4()),
            **told,
        }
        answer = self.post("/cabinet/tickets/new/", form, [("files", file) for file in files])
        assert answer.status != 422, re.findall(r"<a href=\"#id_[^<]*", answer.text)
        found = re.fullmatch(r"/cabinet/tickets/(\d+)/sent/", answer.location)
        if not found:
            raise NoAnswer(f"status {answer.status} instead of an acknowledgement")
        return int(found.group(1))

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes, own: Mapping[str, str]) -> Answer:
        parts = urlsplit(self.address)
        connection = self._connection or http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=self.timeout
        )
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {**self.headers, **own}
        if not self.keeps_connection:
            headers["Connection"] = "close"
        try:
            connection.request(method, path, body=body or None, headers=headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._connection = None
            raise NoAnswer(f"{method} {path}: {type(error).__name__}: {error}") from error
        self._connection = connection if self.keeps_connection and not response.will_close else None
        if self._connection is None:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content)


def patiently(visitor: Visitor, subject: str, *, seconds: float, key: uuid.UUID, files: Sequence[File] = ()) -> int:
    """File as a patient person does: on no answer, send the very same form again. Raises AssertionError in the end."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return visitor.file_request(subject, key=key, files=files)
        except NoAnswer as error:
            assert time.monotonic() < deadline, f"«{subject}» was not acknowledged in {seconds} s: {error}"
            time.sleep(0.2)


def _multipart(fields: Mapping[str, str], files: Sequence[tuple[str, File]], boundary: str) -> bytes:
    """The body of RFC 7578."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, file in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\n'
        parts += [f"{head}Content-Type: {file.content_type}\r\n\r\n".encode(), file.content, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])
