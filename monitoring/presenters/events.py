"""Events of the stop list at the bedside: one tap each, and a way back for what was tapped by mistake."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.actor import Actor
from accounts.roles import Permission
from monitoring.domain.severity import Rule
from monitoring.presenters import words
from monitoring.selectors.bedside import EventFacts

# In the order in which a nurse looks for them: the patient first, then line and pump.
EVENT_NAMES = {
    Rule.FALL: "fall",
    Rule.SEIZURE: "seizure",
    Rule.CHEST_PAIN: "chest pain",
    Rule.STRIDOR: "stridor",
    Rule.ANAPHYLAXIS: "anaphylaxis",
    Rule.ASKS_TO_STOP: "patient asks to stop",
    Rule.EXTRAVASATION: "extravasation",
    Rule.PUMP_FAULT: "pump fault",
    Rule.WRONG_DRUG_OR_RATE: "wrong drug or rate",
}


@dataclass(frozen=True, slots=True)
class EventButton:
    """One tap. `client_id` is the tap's own name, so that a double tap is one event."""

    kind: str
    label: str
    client_id: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event that stands, and where to say that it was recorded by mistake."""

    id: int
    words: str
    withdraw_href: str


@dataclass(frozen=True, slots=True)
class Events:
    """The panel; no buttons for those who may not record."""

    href: str
    buttons: tuple[EventButton, ...]
    lines: tuple[EventLine, ...]


def events_panel(events: Iterable[EventFacts], admission_id: int, *, by: Actor, zone: ZoneInfo, at: datetime) -> Events:
    """What may be recorded here, and what was in the last 24 h."""
    may = by.may(Permission.RECORD_EVENT)
    buttons = (EventButton(str(kind), said, str(uuid.uuid4())) for kind, said in EVENT_NAMES.items())
    return Events(
        href=reverse("monitoring:record_event", args=[admission_id]),
        buttons=tuple(buttons) if may else (),
        lines=tuple(
            EventLine(
                each.id,
                event_words(each, zone=zone, at=at),
                reverse("monitoring:withdraw_event", args=[each.id]) if may else "",
            )
            for each in events
        ),
    )


def event_words(event: EventFacts, *, zone: ZoneInfo, at: datetime) -> str:
    """ "Fall at 14:20, recorded by R. Reyes"."""
    said = EVENT_NAMES[event.kind]
    return f"{said[:1].upper()}{said[1:]} at {words.clock(event.occurred_at, zone, now=at)}, by {event.recorded_by}"
