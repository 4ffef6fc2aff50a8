"""A real mail server for a test: speaks SMTP on a port of this machine, keeps what it takes, refuses as it is told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Received:
    """One accepted letter: the envelope, the bytes as they came, and what a mail program reads in them."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        """The text of the "plain" or the "html" version."""
        body = self.message.get_body((kind,))
        assert body is not None, f"no {kind} part"
        return str(body.get_content())


_HEADERS = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted",
    "In-Reply-To", "References",
}  # fmt: skip


def lint(letter: Received) -> None:
    """What every letter of ours has on the wire (RFC 5321, 5322, 2045): each header once, short 7-bit lines."""
    head, _, body = letter.content.partition(b"\r\n\r\n")
    assert letter.content.replace(b"\r\n", b"").count(b"\n") == 0, "a bare LF"
    assert letter.content.replace(b"\r\n", b"").count(b"\r") == 0, "a bare CR"
    assert letter.content.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 998
    message = letter.message
    names = message.keys()
    assert set(names) <= _HEADERS
    assert len(names) == len(set(names)), "a header stands twice"
    assert {"From", "To", "Date", "Message-ID", "Subject", "MIME-Version"} <= set(names)
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not [defect for part in message.walk() for defect in part.defects]
    assert all(not header.defects for header in message.values())
    assert letter.recipients == [message["To"].addresses[0].addr_spec]
    assert letter.sender == message["From"].addresses[0].addr_spec


class MailServer:
    """Use as a context manager. The three `refuse_…` hold answers to the next letters, in order."""

    def __init__(self) -> None:
        self.letters: list[Received] = []
        self.refuse_sender: deque[str] = deque()
        self.refuse_recipient: deque[str] = deque()
        self.refuse_text: deque[str] = deque()
        self.pause = 0.0  # seconds before the text is accepted
        self.before_accepting: Callable[[], None] | None = None  # called once, when a text has come
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(
            self._loop.create_server(lambda: SMTP(self, hostname="mail.test", loop=self._loop), sock=self._door)
        )
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._server.close)  # a client may be leaving at this very moment
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self, work: object) -> asyncio.Server:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)  # type: ignore[arg-type]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_sender:
            return self.refuse_sender.popleft()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        await asyncio.sleep(self.pause)
        if self.before_accepting:
            happening, self.before_accepting = self.before_accepting, None
            await asyncio.to_thread(happening)
        if self.refuse_text:
            return self.refuse_text.popleft()
        content = envelope.original_content or b""
        self.letters.append(Received(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return "250 Accepted"
