"""Short forms on a page of their own: putting a ring off, a note or call, resolving, "recorded by mistake"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from core.errors import Conflict
from monitoring.domain.severity import Rule
from monitoring.forms import NOTE_KINDS, ActForm
from monitoring.models import AdverseEvent
from monitoring.models.alerts import AlertNoteKind
from monitoring.presenters import words
from monitoring.presenters.alert_cards import snooze_span
from monitoring.presenters.board import Saying, saying
from monitoring.presenters.events import event_words
from monitoring.selectors.bedside import Bedside, EventFacts
from monitoring.selectors.board import AlertFacts

_MINUTE = timedelta(minutes=1)
_KINDS = {
    AlertNoteKind.NOTE: ("Note", "what was seen or said"),
    AlertNoteKind.CALL: ("Call", "who was called, and what they said"),
    AlertNoteKind.ACTION: ("Action", "what was done"),
}


@dataclass(frozen=True, slots=True)
class Pick:
    """One of a few choices."""

    value: str
    label: str
    detail: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AskPage:
    """The form. `label` names the text (empty: nothing is typed), `rang_at` the ring that it is about."""

    title: str
    action: str
    submit: str
    client_id: str
    lead: str
    says: Saying | None = None
    sentence: str = ""
    label: str = ""
    text: str = ""
    picks: tuple[Pick, ...] = ()
    rang_at: str = ""
    minutes: str = ""


def snooze(alert_id: int, facts: Bedside, form: ActForm, *, at: datetime) -> AskPage:
    """Is it to be put off? Until when, and that this goes once."""
    alert, said = _alert(alert_id, facts, at=at)
    span = snooze_span(alert.severity, facts.rules)
    until = words.clock(at + span, _zone(facts), now=at)
    return AskPage(
        title="Snooze this alert?",
        action=reverse("monitoring:snooze_alert", args=[alert_id]),
        submit=f"Snooze {words.span(span)}",
        client_id=str(form.client_id()),
        lead=f"Nobody more is told until {until}, then it rings again from the start. This goes once; should it become "
        "worse, it rings at once.",
        says=said,
        sentence=alert.sentence,
        rang_at=words.iso(alert.rang_at),
        minutes=str(span // _MINUTE),
    )


def note(alert_id: int, facts: Bedside, form: ActForm, *, at: datetime) -> AskPage:
    """What was said or done."""
    alert, said = _alert(alert_id, facts, at=at)
    chosen = form.said("kind") or AlertNoteKind.NOTE
    return AskPage(
        title="Note or call",
        action=reverse("monitoring:note_alert", args=[alert_id]),
        submit="Save",
        client_id=str(form.client_id()),
        lead="It stays with the alert, with your name and the time.",
        says=said,
        sentence=alert.sentence,
        label="In words",
        text=form.text(),
        picks=tuple(Pick(str(kind), *_KINDS[kind], kind == chosen) for kind in NOTE_KINDS),
    )


def resolution(alert_id: int, facts: Bedside, form: ActForm, *, at: datetime) -> AskPage:
    """What was done, so that the alert is closed."""
    alert, said = _alert(alert_id, facts, at=at)
    return AskPage(
        title="Resolve this alert",
        action=reverse("monitoring:resolve_alert", args=[alert_id]),
        submit="Resolve",
        client_id=str(form.client_id()),
        lead="A physician closes it with a note. A nurse closes it once the value is back in range, with what was done.",
        says=said,
        sentence=alert.sentence,
        label="What was done",
        text=form.text(),
        rang_at=words.iso(alert.rang_at),
    )


def withdrawal(event: AdverseEvent, facts: Bedside, form: ActForm, *, at: datetime) -> AskPage:
    """Why the event never was."""
    known = EventFacts(event.pk, Rule(event.kind), event.occurred_at, event.recorded_by.display_name)
    return AskPage(
        title="Recorded by mistake?",
        action=reverse("monitoring:withdraw_event", args=[event.pk]),
        submit="Withdraw it",
        client_id=str(form.client_id()),
        lead="The entry stays readable, with your reason; its alert is closed.",
        sentence=f"{event_words(known, zone=_zone(facts), at=at)}.",
        label="Why it is withdrawn",
        text=form.text(),
    )


def _alert(alert_id: int, facts: Bedside, *, at: datetime) -> tuple[AlertFacts, Saying]:
    alert = next((each for each in facts.bed.alerts if each.id == alert_id), None)
    if alert is None:
        raise Conflict("alert_closed", "This alert is closed already. The bedside shows what is open.")
    return alert, saying(alert, zone=_zone(facts), at=at)


def _zone(facts: Bedside) -> ZoneInfo:
    return ZoneInfo(facts.admission.ward.time_zone)
