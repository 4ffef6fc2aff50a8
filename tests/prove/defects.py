"""Three desks with one defect each, on purpose: a campaign that cannot catch them proves nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from helpdesk.local.environment import PROJECT

_NOT_COPIED = shutil.ignore_patterns(
    ".venv", ".data", ".git", ".*_cache", "__pycache__", "staticfiles", "pictures", "tests"
)


@dataclass(frozen=True)
class Edit:
    path: str
    before: str
    after: str


@dataclass(frozen=True)
class Defect:
    name: str
    edits: tuple[Edit, ...]

    def planted(self, folder: Path) -> Path:
        """A copy of the project in `folder` with the defect. Raises AssertionError where the code is another."""
        shutil.copytree(PROJECT, folder, ignore=_NOT_COPIED)
        for edit in self.edits:
            file = folder / edit.path
            text = file.read_text()
            assert text.count(edit.before) == 1, f"{self.name}: {edit.path} has no single {edit.before!r}"
            file.write_text(text.replace(edit.before, edit.after))
        return folder


_SEND = "        if not compose(row, connection).send():\n"
_WRITTEN = "    OutgoingEmail.objects.bulk_create(rows, ignore_conflicts=True)\n"
_RING = f'{_WRITTEN}    ring_on_commit(jobs.deliver_due, queue="mail")\n'

MARKED_FIRST = Defect(
    "letter marked sent before SMTP",
    (Edit("notifications/delivery.py", _SEND, f"        _mark_sent(row)\n{_SEND}"),),
)
IN_THE_REQUEST = Defect(
    "letter sent inside the request",
    (
        Edit(
            "notifications/outbox.py",
            _RING,
            f"{_WRITTEN}    transaction.on_commit(lambda: [compose(row).send() for row in rows], robust=True)\n",
        ),
        Edit(
            "notifications/outbox.py",
            "            owed_at=at,\n",
            '            owed_at=at,\n            state="sent",\n            sent_at=at,\n',
        ),
        Edit(
            "notifications/outbox.py",
            "from notifications.bell import",
            "from notifications.composing import compose\nfrom notifications.bell import",
        ),
    ),
)
REDIS_ONLY = Defect(
    "Redis-only queue",
    (
        Edit(
            "notifications/outbox.py",
            _RING,
            f'{_WRITTEN}    for row in rows:\n        ring_on_commit(jobs.deliver_one, row.message_id, queue="mail")\n',
        ),
        Edit(
            "notifications/jobs.py",
            "def deliver_due() -> int:\n",
            "def deliver_one(message_id: str) -> None:\n"
            "    row = delivery.OutgoingEmail.objects.get(message_id=message_id)\n"
            "    delivery.deliver(row, delivery.get_connection())\n\n\n"
            "def deliver_due() -> int:\n",
        ),
        Edit("helpdesk/schedule.py", "    if is_due and not ring(", "    if is_due and False and not ring("),
    ),
)
DEFECTS = (MARKED_FIRST, IN_THE_REQUEST, REDIS_ONLY)
