"""Rows as the API answers them, built by hand: the framework's serializers would cost ten times as much for a hundred sets.

`api.answers` describes them to readers, and a test holds the two together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from monitoring.domain.news2 import PARAMETERS
from monitoring.domain.values import completes_set_prompt
from monitoring.domain.watching import PromptKind
from monitoring.models import Alert, AlertNote, ObservationSet, Prompt, PromptState
from monitoring.selectors.facts_rows import values_of
from monitoring.selectors.following import DuePrompt, Following, RingingAlert
from monitoring.selectors.ladders import LadderShown, NextStep, ToldStep
from patients.selectors import stamp

_MINUTE = timedelta(minutes=1)
_CO_SIGNED = " A charge nurse or a physician co-signs it."
_COMPLETING = {"respiratory_rate": "breathing", "spo2": "SpO2", "sedation": "sedation"}


def iso(instant: datetime | None) -> str | None:
    """An instant in UTC, as every answer writes it."""
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def set_shape(row: ObservationSet, *, recorded_by: str, corrected_by_id: int | None) -> dict[str, Any]:
    """One version of a set. Numbers as they were charted, decimals as text, null where nothing was observed."""
    return {
        "id": row.pk,
        "admission": row.admission_id,
        "client_id": str(row.client_id),
        "observed_at": iso(row.observed_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": recorded_by,
        "source": row.source,
        **_values_shape(row),
        "comment": row.comment,
        "absent": dict(sorted(row.absent.items())),
        "confirmed": row.confirmed,
        "late_reason": row.late_reason,
        "news2": _news2_shape(row),
        "corrects": row.corrects_id,
        "correction_reason": row.correction_reason,
        "corrected": corrected_by_id is not None,
        "corrected_by": corrected_by_id,
    }


def _values_shape(row: ObservationSet) -> dict[str, Any]:
    return {
        "heart_rate": row.heart_rate,
        "systolic": row.systolic,
        "diastolic": row.diastolic,
        "respiratory_rate": row.respiratory_rate,
        "spo2": row.spo2,
        "on_oxygen": row.on_oxygen,
        "oxygen_l_per_min": _text(row.oxygen_l_per_min),
        "temperature": _text(row.temperature),
        "consciousness": row.consciousness or None,
        "sedation_scale": row.sedation_scale or None,
        "sedation": row.sedation or None,
        "psychotomimetic": row.psychotomimetic,
        "pain": row.pain,
        "symptoms": row.symptoms,
        "warning_symptoms": row.warning_symptoms,
        "mobility": row.mobility or None,
    }


def _news2_shape(row: ObservationSet) -> dict[str, Any]:
    scores = row.news2_sub_scores
    return {
        "total": row.news2_total,
        "complete": row.news2_total is not None,
        "sub_scores": {name: scores[name] for name in PARAMETERS if name in scores},
        "missing": [name for name in PARAMETERS if name not in scores],
        "temperature_at": iso(row.news2_temperature_at),
    }


def recorded_shape(row: ObservationSet, following: Following, *, awaits_co_signature: bool) -> dict[str, Any]:
    """A set that was just recorded, with what whoever charted it must know now."""
    return {
        **set_shape(row, recorded_by=following.recorded_by, corrected_by_id=following.corrected_by_id),
        "sentence": f"{_sentence(row, following.prompt)}{_CO_SIGNED if awaits_co_signature else ''}",
        "awaits_co_signature": awaits_co_signature,
        "completed_prompt": following.completed
        and {
            "id": following.completed.id,
            "kind": following.completed.kind,
            "due_at": iso(following.completed.due_at),
        },
        "prompt": following.prompt and _due_shape(following.prompt),
        "alerts": [alert_in_brief(alert) for alert in following.alerts],
    }


def alert_in_brief(alert: Alert | RingingAlert) -> dict[str, Any]:
    """What somebody needs to go and look, and to acknowledge what they saw (`rang_at`)."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "direction": alert.direction,
        "severity": alert.severity,
        "value": alert.value,
        "sentence": alert.sentence,
        "stop_advised": alert.stop_advised,
        "retrospective": alert.retrospective,
        "raised_at": iso(alert.raised_at),
        "rang_at": iso(alert.rang_at),
        "acknowledged_at": iso(alert.acknowledged_at),
        "recovered_at": iso(alert.recovered_at),
    }


def alert_shape(alert: Alert) -> dict[str, Any]:
    """The whole of an alert: how often, out of which sets, at which dose, and how it ended."""
    return {
        **alert_in_brief(alert),
        "admission": alert.admission_id,
        "number": _text(alert.number),
        "count": alert.count,
        "evidence": alert.evidence,
        "dose_context": alert.dose_context.get("words", ""),
        "first_observed_at": iso(alert.first_observed_at),
        "last_observed_at": iso(alert.last_observed_at),
        "red_since": iso(alert.red_since),
        "asks": alert.asks,
        "offer": alert.offer or None,
        "acknowledged_by": _name(alert.acknowledged_by),
        "acknowledgement_expires_at": iso(alert.acknowledgement_expires_at),
        "snoozed_until": iso(alert.snoozed_until),
        "snoozes": alert.snoozes,
        "closed_at": iso(alert.closed_at),
        "closed_by": _name(alert.closed_by),
        "close_reason": alert.close_reason,
    }


def listed_alert_shape(alert: Alert, ladder: LadderShown | None) -> dict[str, Any]:
    """An alert with who has been told and who is next; null once it is closed."""
    return {**alert_shape(alert), "ladder": ladder and _ladder_shape(ladder)}


def _ladder_shape(ladder: LadderShown) -> dict[str, Any]:
    return {
        "ladder_class": ladder.ladder_class,
        "rings": ladder.rings,
        "told": [{**_step_shape(step), "told_at": iso(step.told_at), "skipped": step.skipped} for step in ladder.told],
        "next": ladder.next and {**_step_shape(ladder.next), "at": iso(ladder.next.at), "call": ladder.next.call},
        "is_overdue": ladder.is_overdue,
    }


def _step_shape(step: ToldStep | NextStep) -> dict[str, Any]:
    return {"step": step.step, "tier": str(step.tier), "words": step.tier_words, "names": list(step.names)}


def alert_note_shape(note: AlertNote) -> dict[str, Any]:
    """What somebody said or did about an alert."""
    return {
        "id": note.pk,
        "admission": note.admission_id,
        "alert": note.alert_id,
        "client_id": str(note.client_id),
        "kind": note.kind,
        "text": note.text,
        "by": _name(note.by),
        "at": iso(note.at),
    }


def _name(person: User | None) -> str | None:
    return None if person is None else person.display_name


def prompt_shape(prompt: Prompt, *, at: datetime) -> dict[str, Any]:
    """A prompt, and how late it is now (counted at reading: it is right with every scheduler dead)."""
    is_open = prompt.state == PromptState.OPEN
    return {
        **_due_shape(prompt),
        "admission": prompt.admission_id,
        "about": prompt.about.split(),
        "state": prompt.state,
        "is_overdue": is_open and prompt.overdue_at <= at,
        "minutes_late": max(0, (at - prompt.due_at) // _MINUTE) if is_open else None,
        "closed_at": iso(prompt.closed_at),
        "closed_by_set": prompt.closed_by_set_id,
        "closed_by_record": prompt.closed_by_record,
        "close_reason": prompt.close_reason,
    }


def _due_shape(prompt: Prompt | DuePrompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "kind": prompt.kind,
        "words": PromptKind(prompt.kind).words,
        "due_at": iso(prompt.due_at),
        "overdue_at": iso(prompt.overdue_at),
        "interval_min": prompt.interval // _MINUTE,
        "opened_at": iso(prompt.opened_at),
    }


def _sentence(row: ObservationSet, prompt: DuePrompt | None) -> str:
    """What became of the set prompt, in one sentence."""
    if prompt is None:
        return "Saved."
    values = values_of(vars(row))
    if completes_set_prompt(values) or prompt.opened_at > row.recorded_at:
        return f"Saved. The next full set is due at {stamp(prompt.due_at)}."
    missing = [words for name, words in _COMPLETING.items() if getattr(values, name) is None]
    return (
        f"Saved. The full set stays due: {_listed(missing)} {'needs a value' if len(missing) == 1 else 'need values'}."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
