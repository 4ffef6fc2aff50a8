"""One story on its stage: its people, its moments, and the request once it is filed."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone, translation
from django.utils.dateformat import format as formatted

from accounts.models import User
from customers.models import Membership, Server
from helpdesk.demo import steps, uploads
from helpdesk.demo.customers import Client, email_of
from helpdesk.demo.story import Story
from helpdesk.demo.timing import Moments
from tickets import attachments, intake, workflow
from tickets.attachments import StoredFile
from tickets.intake import Filing
from tickets.models import Ticket
from tickets.statuses import Channel

_DATE = re.compile(r"\{([+-]?\d+)\}")


@dataclass(frozen=True)
class Asker:
    """Who asks: a customer's person with an account, one without, or somebody whom nobody knows."""

    name: str
    phone: str
    email: str
    client: Client | None = None
    member: Membership | None = None


@dataclass
class Scene:
    story: Story
    moments: Moments
    asker: Asker
    engineer: User
    operator: User
    server: Server | None
    rng: Random

    def __post_init__(self) -> None:
        self.ticket = Ticket()  # until it is filed

    @property
    def reacted_at(self) -> datetime | None:
        """When the staff do the first thing that stops the reaction clock."""
        steps_of_staff = (at for step, at in zip(self.story.talk, self.moments.steps, strict=True) if step.is_reaction)
        return next(steps_of_staff, None)

    def file(self, at: datetime) -> None:
        """The request comes in, by the story's channel."""
        story, asker = self.story, self.asker
        filing = Filing(
            subject=dated(story.subject, at),
            description=dated(story.description, at),
            steps=dated(story.steps, at),
            criticality=story.criticality,
            frequency=story.frequency,
            controller=story.controller,
            server=self.server,
            version=self.server.version if self.server else "",
            contact_name=asker.name,
            contact_phone=asker.phone,
            contact_email=asker.email,
        )
        if story.channel == Channel.CABINET:
            if asker.member is None:
                raise ValueError(f"{story.subject!r} comes from the cabinet: {story.by} needs an account.")
            files = [uploads.upload(name, self.rng, at) for name in story.files]
            self.ticket = intake.file_from_cabinet(filing, by=asker.member, key=uuid.uuid4(), at=at, files=files)
            return
        self.ticket = intake.register(
            filing,
            customer=asker.client.customer if asker.client else None,
            channel=story.channel,
            received_at=self.moments.received_at,
            at=at,
            by=None if story.channel == Channel.EMAIL else self.operator,
            author=asker.member.user if asker.member else None,
            files=self._stored(story.files, at),
        )

    def play(self, step: steps.Step, at: datetime) -> None:
        """One step of the story: the verb that it stands for."""
        text = dated(step.text, at)
        match step:
            case steps.Take():
                workflow.take(self.ticket, by=self.engineer, at=at)
            case steps.Ask() | steps.Answer():
                files = self._stored(step.files, at)
                waits = isinstance(step, steps.Ask)
                workflow.answer(self.ticket, text, by=self.engineer, at=at, files=files, waits_for_customer=waits)
            case steps.Note():
                workflow.note(self.ticket, text, by=self.engineer, at=at, files=self._stored(step.files, at))
            case steps.Confirm():
                workflow.confirm_criticality(self.ticket, by=self.engineer, at=at)
            case steps.Resume():
                workflow.resume(self.ticket, by=self.engineer, at=at)
            case steps.Develop():
                review_date = timezone.localdate(at) + timedelta(days=step.review_days)
                workflow.pass_to_development(
                    self.ticket, review_date=review_date, task=step.task, text=text, by=self.engineer, at=at
                )
            case steps.Defer():
                until = timezone.localdate(at) + timedelta(days=step.until_days)
                workflow.defer(self.ticket, ground=step.ground, until=until, text=text, by=self.engineer, at=at)
            case steps.Resolve():
                workflow.resolve(
                    self.ticket,
                    kind=step.kind,
                    component=step.component,
                    outcome=step.outcome,
                    text=text,
                    by=self.engineer,
                    at=at,
                )
            case steps.Close():
                workflow.close(
                    self.ticket, ground=step.ground, outcome=step.outcome, text=text, by=self.engineer, at=at
                )
            case steps.Reply():
                channel = Channel.EMAIL if self.story.channel == Channel.EMAIL else Channel.CABINET
                files = self._stored(step.files, at)
                workflow.reply(self.ticket, text, by=self._member(), at=at, files=files, channel=channel)
            case steps.Finish():
                workflow.close_by_customer(self.ticket, by=self._member(), at=at)
            case _:
                raise TypeError(f"No verb for {step!r}.")

    def _member(self) -> Membership:
        if self.asker.member is None:
            raise ValueError(f"{self.story.subject!r}: {self.story.by} has no account to answer with.")
        return self.asker.member

    def _stored(self, names: tuple[str, ...], at: datetime) -> list[StoredFile]:
        files = [uploads.upload(name, self.rng, at) for name in names]
        attachments.check(files)
        return attachments.write(files)


def asker_of(story: Story, clients: dict[str, Client]) -> Asker:
    """Who stands behind the story's `by`. Raises KeyError for a customer or a person that is not there."""
    if ";" in story.by:
        name, phone, email = (part.strip() for part in story.by.split(";"))
        return Asker(name, phone, email)
    firm_key, _, key = story.by.partition("/")
    client = clients[firm_key]
    person = client.firm.person(key)
    return Asker(person.full_name, person.phone, email_of(client.firm, person), client, client.memberships.get(key))


def dated(text: str, at: datetime) -> str:
    """The text with `{-1}` and the like replaced by dates: «14 ноября»."""

    def date_words(match: re.Match[str]) -> str:
        with translation.override("ru"):
            return formatted(timezone.localtime(at) + timedelta(days=int(match[1])), "j\u00a0E")

    return _DATE.sub(date_words, text)
