"""What people do about an alert: look, write down, put off, resolve. Each is one transaction: lock, check, change, settle."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import Conflict, NotFound, Reason, refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.alert_life import is_resolved_by_action
from monitoring.domain.severity import Rule, Severity
from monitoring.looking import a_person, acknowledge, life_of, locked_alerts
from monitoring.models import Alert, AlertNote, AlertNoteKind
from patients.models import Admission
from patients.selectors import lock_admission
from patients.settling import settle_and_publish

LONGEST_NOTE = 400
_MINUTE = timedelta(minutes=1)
_WRITTEN = (AlertNoteKind.NOTE, AlertNoteKind.CALL, AlertNoteKind.ACTION)


@transaction.atomic
def acknowledge_alert(
    alert_id: int, *, seen_rang_at: datetime | None, with_patient: bool = False, by: Actor, at: datetime
) -> Alert:
    """Say "I have seen it", or "I am with the patient". An alert whose value is back in range is closed by it.

    It stops the ladder; where nothing follows within the protocol's time it rings again (DOMAIN 5: red 15 min, yellow 60).
    `seen_rang_at` is the ring that the page showed, None where it showed one that never rang: if it rang since, that is a
    `Conflict`, so that nobody acknowledges what they did not see. Once more by the same person changes nothing.
    """
    admission, alert = _locked(alert_id, by=by)
    user_id = a_person(by)
    _must_be_open(alert)
    _must_have_seen(alert, seen_rang_at)
    if alert.acknowledged_by_id == user_id and not (with_patient and _is_news(alert, user_id)):
        return alert
    acknowledge(alert, with_patient=with_patient, user_id=user_id, at=at)
    return _settled(admission, alert, by=by, at=at)


@transaction.atomic
def note_alert(
    alert_id: int, *, kind: AlertNoteKind, text: str, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> AlertNote:
    """Write down what was said or done about an alert: a note, a call, an action. It counts as something that followed.

    Of a closed one too: what was done is told when there is time. Raises `Refused` with every reason.
    """
    admission, alert = _locked(alert_id, by=by)
    words = text.strip()
    fingerprint = fingerprint_of("note_alert", alert_id, {"kind": kind, "text": words})
    if made := same_again(AlertNote, client_id, fingerprint):
        return made
    reasons = [*_of_words(words, what="what was said or done")]
    if kind not in _WRITTEN:
        reasons.append(Reason("kind_unknown", "Write a note, a call or an action.", "kind"))
    refuse_for(reasons, code="note_refused", sentence="Nothing is saved yet.")
    note = _written(alert, kind, words, client_id, fingerprint, by=by, at=at)
    settle_and_publish(admission, by=by, at=at)
    return note


@transaction.atomic
def snooze_alert(
    alert_id: int,
    *,
    minutes: int,
    seen_rang_at: datetime | None,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Alert:
    """Put a ring off for some minutes, once; then it rings again from the first step. Never off (DOMAIN 5).

    The protocol says how long at most (red 15 min). Worsening breaks it. Refused where the infusion should be stopped;
    `Conflict` where it rang again since the page showed it.
    """
    admission, alert = _locked(alert_id, by=by)
    fingerprint = fingerprint_of("snooze_alert", alert_id, {"minutes": minutes})
    if same_again(AlertNote, client_id, fingerprint):
        return alert
    _must_be_open(alert)
    _must_have_seen(alert, seen_rang_at)
    refuse_for(_reasons_not_to_snooze(alert, minutes), code="snooze_refused", sentence="The ring is not put off.")
    _written(alert, AlertNoteKind.SNOOZE, f"Put off for {minutes} min.", client_id, fingerprint, by=by, at=at)
    alert.snoozed_until = at + minutes * _MINUTE
    alert.snoozes += 1
    alert.next_escalation_at = None
    alert.save(update_fields=["snoozed_until", "snoozes", "next_escalation_at"])
    return _settled(admission, alert, by=by, at=at)


@transaction.atomic
def resolve_alert(
    alert_id: int,
    *,
    text: str,
    seen_rang_at: datetime | None,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Alert:
    """Close an alert with what was done about it.

    A physician's note resolves it at any time; others resolve one whose value is back in range, or that has no value
    (an event, refusals). An overdue set ends by a set alone. Raises `Refused` with every reason, `Conflict` where it is
    closed already or rang since the page showed it.
    """
    admission, alert = _locked(alert_id, by=by)
    words = text.strip()
    fingerprint = fingerprint_of("resolve_alert", alert_id, {"text": words})
    if same_again(AlertNote, client_id, fingerprint):
        return alert
    _must_be_open(alert)
    _must_have_seen(alert, seen_rang_at)
    reasons = [*_of_words(words, what="what was done"), *_reasons_not_to_resolve(alert, by)]
    refuse_for(reasons, code="resolution_refused", sentence="The alert is not resolved.")
    _written(alert, AlertNoteKind.RESOLUTION, words, client_id, fingerprint, by=by, at=at)
    alert.closed_at, alert.closed_by_id, alert.close_reason = at, a_person(by), words
    alert.acknowledgement_expires_at = alert.snoozed_until = alert.next_escalation_at = None
    alert.save(
        update_fields=[
            "closed_at", "closed_by", "close_reason", "acknowledgement_expires_at", "snoozed_until", "next_escalation_at",
        ]
    )  # fmt: skip
    return _settled(admission, alert, by=by, at=at)


def _locked(alert_id: int, *, by: Actor) -> tuple[Admission, Alert]:
    """The stay and the alert, both locked in this order; `NotFound` for another ward's patient."""
    by.must_be_allowed(Permission.ACKNOWLEDGE_ALERT)
    admission_id = Alert.objects.filter(pk=alert_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("alert_not_found", "There is no such alert on your wards.")
    a_person(by)
    admission = lock_admission(admission_id, by=by, may=Permission.ACKNOWLEDGE_ALERT)
    return admission, locked_alerts().get(pk=alert_id)


def _settled(admission: Admission, alert: Alert, *, by: Actor, at: datetime) -> Alert:
    settle_and_publish(admission, by=by, at=at)
    alert.refresh_from_db()
    return alert


def _must_be_open(alert: Alert) -> None:
    if alert.closed_at is not None:
        raise Conflict("alert_closed", f"This alert is closed already: {alert.close_reason}.")


def _must_have_seen(alert: Alert, seen_rang_at: datetime | None) -> None:
    if alert.rang_at is not None and (seen_rang_at is None or alert.rang_at > seen_rang_at):
        raise Conflict("alert_rang_again", f"It rang again since your page showed it: {alert.sentence}.")


def _is_news(alert: Alert, user_id: int) -> bool:
    """Has this person not yet said, of this ring, that they are with the patient?"""
    since = alert.rang_at or alert.raised_at
    return not alert.acknowledgements.filter(by_id=user_id, with_patient=True, at__gte=since).exists()


def _of_words(words: str, *, what: str) -> Iterator[Reason]:
    if not words:
        yield Reason("words_missing", f"Write {what}.", "text")
    if len(words) > LONGEST_NOTE:
        yield Reason("too_long", f"The text is longer than {LONGEST_NOTE} characters.", "text")


def _reasons_not_to_snooze(alert: Alert, minutes: int) -> Iterator[Reason]:
    life, severity = life_of(alert), Severity(alert.severity)
    most = life.snooze_for(severity) // _MINUTE
    if alert.stop_advised:
        yield Reason("stop_advised", "The infusion should be stopped: this alert is not put off.")
    if alert.acknowledged_at is not None:
        yield Reason("seen_already", "Somebody looked at it: it does not ring now.")
    elif alert.rang_at is None or alert.recovered_at is not None:
        yield Reason("does_not_ring", "Its value is back in range: it does not ring now.")
    if alert.snoozes >= life.snoozes:
        often = "It was put off already, and that is done once." if life.snoozes else "No alert is put off here."
        yield Reason("put_off_already", often)
    if not 1 <= minutes <= most:
        yield Reason("too_long_put_off", f"A {severity} alert is put off for 1 to {most} min.", "minutes")


def _reasons_not_to_resolve(alert: Alert, by: Actor) -> Iterator[Reason]:
    if alert.rule == Rule.SET_OVERDUE:
        yield Reason("ends_by_a_set", "An overdue set is over when a set is charted.")
    elif not (
        by.may(Permission.RESOLVE_ALERT_BY_NOTE)
        or is_resolved_by_action(Rule(alert.rule), recovered=alert.recovered_at is not None)
    ):
        sentence = "The value is not back in range. Chart a new one, or let a physician resolve it with a note."
        yield Reason("not_back_in_range", sentence)


def _written(
    alert: Alert,
    kind: AlertNoteKind,
    text: str,
    client_id: uuid.UUID | None,
    fingerprint: bytes,
    *,
    by: Actor,
    at: datetime,
) -> AlertNote:
    return AlertNote.objects.create(
        admission_id=alert.admission_id, alert=alert, kind=kind, text=text, by_id=a_person(by), at=at,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
