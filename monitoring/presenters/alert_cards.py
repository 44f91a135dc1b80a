"""An open alert at the bedside: what it says, who knows, and what can be done about it from here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.actor import Actor
from accounts.roles import Permission
from infusion.domain.dose import programmed_rate, rate_ml_per_h
from monitoring.domain.rules import WatchRules
from monitoring.domain.severity import Rule, Severity
from monitoring.presenters import words
from monitoring.presenters.board import Saying, saying
from monitoring.presenters.ladders import next_words, skipped_words, told_words
from monitoring.selectors.bedside import Bedside, NoteFacts, OrderFacts
from monitoring.selectors.board import AlertFacts, CourseFacts


@dataclass(frozen=True, slots=True)
class Offer:
    """A decrease that an alert offers: recorded by one tap, once it was done at the pump."""

    href: str
    client_id: str
    dose: str
    label: str
    first: str


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An open alert with what can be done about it here; an address is empty where the person may not."""

    id: int
    severity: str
    is_seen: bool
    title: str
    at: str
    clock: str
    age: str
    sentence: str
    context: str
    asks: str
    stop_words: str
    notes: str
    told: str
    next: str
    offer: Offer | None
    may_acknowledge: bool
    acknowledge_href: str
    snooze_href: str
    snooze_words: str
    note_href: str
    resolve_href: str
    rang_at: str
    written: tuple[str, ...] = ()


def alert_card(alert: AlertFacts, facts: Bedside, *, by: Actor, zone: ZoneInfo, at: datetime) -> AlertCard:
    """The card as `by` may use it."""
    said: Saying = saying(alert, zone=zone, at=at)
    ladder = alert.ladder
    may = by.may(Permission.ACKNOWLEDGE_ALERT)

    def address(act: str, allowed: bool = True) -> str:
        return reverse(f"monitoring:{act}", args=[alert.id]) if may and allowed else ""

    return AlertCard(
        id=alert.id,
        severity=said.severity,
        is_seen=said.is_seen,
        title=said.title,
        at=said.at,
        clock=said.clock,
        age=said.age,
        sentence=alert.sentence,
        context=said.context,
        asks=alert.asks,
        stop_words=said.stop_words,
        notes=_notes(alert, follows=_follows(alert, facts), zone=zone, at=at),
        told=told_words(ladder, zone=zone, at=at) if ladder else "",
        next=" ".join(filter(None, (skipped_words(ladder), next_words(ladder, zone=zone, at=at)))) if ladder else "",
        offer=_offer(alert, facts, by=by),
        may_acknowledge=may and not said.is_seen,
        acknowledge_href=address("acknowledge_alert"),
        snooze_href=address("snooze_alert", _may_be_snoozed(alert, at=at)),
        snooze_words=f"Snooze {words.span(snooze_span(alert.severity, facts.rules))}…",
        note_href=address("note_alert"),
        resolve_href=address("resolve_alert", alert.rule != Rule.SET_OVERDUE),
        rang_at=words.iso(alert.rang_at),
        written=tuple(_written(each, zone=zone, at=at) for each in facts.notes if each.alert_id == alert.id),
    )


def snooze_span(severity: Severity, rules: WatchRules) -> timedelta:
    """How long the page offers to put a ring off: as long as a red one may be, whichever it is."""
    return min(rules.life.snooze_red, rules.life.snooze_for(severity))


def _may_be_snoozed(alert: AlertFacts, *, at: datetime) -> bool:
    """Only what rings is put off, once, and nothing that says to stop; the action itself decides."""
    rings = alert.rang_at is not None and alert.acknowledged_at is None and alert.recovered_at is None
    return rings and not alert.stop_advised and not alert.snoozes


def _notes(alert: AlertFacts, *, follows: bool, zone: ZoneInfo, at: datetime) -> str:
    def clock(when: datetime) -> str:
        return words.clock(when, zone, now=at)

    notes = []
    if alert.count > 1:
        notes.append(f"Charted {alert.count} times since {clock(alert.first_observed_at)}.")
    if alert.retrospective:
        notes.append("Charted late.")
    if alert.recovered_at is not None:
        unseen = "" if alert.acknowledged_at else ", but nobody has looked"
        notes.append(f"Back in range since {clock(alert.recovered_at)}{unseen}.")
    if alert.acknowledged_at is not None:
        notes.append(f"Seen by {alert.acknowledged_by} at {clock(alert.acknowledged_at)}.")
    if alert.expires_at is not None and not follows:
        notes.append(f"Rings again {clock(alert.expires_at)} if nothing follows.")
    if alert.snoozed_until is not None and alert.snoozed_until > at:
        notes.append(f"Snoozed, rings again {clock(alert.snoozed_until)}.")
    return " ".join(notes)


def _follows(alert: AlertFacts, facts: Bedside) -> bool:
    """Did anything on this page follow the look? Then its time may pass, and the page does not say that it rings again.

    What the page does not show (a bag change) is left to the settling: then it says so for nothing, never the reverse.
    """
    seen_at = alert.acknowledged_at
    if seen_at is None:
        return False
    recorded = [each.recorded_at for each in facts.sets]
    recorded += [each.at for each in facts.notes if each.alert_id == alert.id]
    return any(each > seen_at for each in recorded)


def _written(note: NoteFacts, *, zone: ZoneInfo, at: datetime) -> str:
    """ "Call 02:24, R. Reyes: Dr Vance comes." """
    return f"{note.kind.label.capitalize()} {words.clock(note.at, zone, now=at)}, {note.by}: {note.text}"


def _offer(alert: AlertFacts, facts: Bedside, *, by: Actor) -> Offer | None:
    """What the alert offers, while the pump runs at more than that; with the rate that is to be set first."""
    course, order, dose = facts.bed.course, facts.order, alert.offered_dose
    if dose is None or course is None or order is None or not by.may(Permission.MAKE_SAFE):
        return None
    if course.state != "running" or course.dose <= dose:
        return None
    return Offer(
        href=reverse("monitoring:decrease", args=[facts.admission.pk]),
        client_id=str(uuid.uuid4()),
        dose=f"{dose:f}",
        label=f"Record: reduced to {words.dose(dose)} mg/kg/h",
        first=f"reduce at the pump first: {_rate(dose, course, order)} mL/h",
    )


def _rate(dose: Decimal, course: CourseFacts, order: OrderFacts) -> str:
    asked = rate_ml_per_h(dose, order.dosing_weight_kg, course.concentration)
    return words.number(programmed_rate(asked, order.pump_resolution, order.pump_rounding), 2)
