"""One observation set as somebody hands it in, and every reason why it cannot be taken as it is."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from core.errors import Reason
from monitoring.domain.values import (
    AbsentReason,
    Mobility,
    Parameter,
    Source,
    Symptom,
    Values,
    reasons_not_to_accept,
)

FUTURE_SKEW = timedelta(minutes=2)  # DOMAIN 4: clocks differ by so much
LATE = timedelta(minutes=30)  # from here it wears a badge and says why
VERY_LATE = timedelta(hours=12)  # from here a charge nurse or physician answers for it

# These come late by their nature and say so by their source.
LATE_BY_NATURE = frozenset({Source.REPLAY, Source.IMPORT, Source.DOWNTIME})


@dataclass(frozen=True, slots=True)
class SetEntry:
    """What is handed in. `absent` says why a parameter has no value, `confirmed` which extremes were looked at again."""

    client_id: uuid.UUID
    observed_at: datetime
    values: Values = field(default_factory=Values)
    symptoms: tuple[Symptom, ...] = ()
    mobility: Mobility | None = None
    comment: str = ""
    absent: Mapping[Parameter, AbsentReason] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    late_reason: str = ""
    source: Source = Source.BEDSIDE

    @property
    def is_empty(self) -> bool:
        """Nothing was seen, ticked, said or given a reason for."""
        seen = any(
            getattr(self.values, each.name) is not None for each in fields(Values) if each.name != "sedation_scale"
        )
        return not (seen or self.symptoms or self.mobility or self.comment or self.absent)

    @property
    def is_refusals_only(self) -> bool:
        """The patient refused all that was asked: a record of its own, but no observation."""
        return (
            bool(self.absent) and set(self.absent.values()) == {AbsentReason.REFUSED} and _carries_no_value(self.values)
        )

    def fingerprint(self, *, corrects: int | None = None) -> bytes:
        """A hash of the content: the same `client_id` with another fingerprint is a mistake of the sender."""
        content = {
            "corrects": corrects,
            "observed_at": self.observed_at.timestamp(),
            "values": [str(getattr(self.values, each.name)) for each in fields(Values)],
            "symptoms": sorted(self.symptoms),
            "mobility": self.mobility,
            "comment": self.comment,
            "absent": sorted(self.absent.items()),
            "source": self.source,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def reasons_not_to_take(
    entry: SetEntry, *, admitted_at: datetime, at: datetime, may_chart_very_late: bool, is_correction: bool = False
) -> list[Reason]:
    """Every reason at once: impossible or unconfirmed values, times that cannot be, a set with nothing in it."""
    reasons = [
        Reason(r.code, r.sentence, r.field) for r in reasons_not_to_accept(entry.values, confirmed=entry.confirmed)
    ]
    reasons += _of_absence(entry)
    reasons += _of_time(entry, admitted_at=admitted_at, at=at)
    if not is_correction:
        reasons += _of_lateness(entry, at=at, may_chart_very_late=may_chart_very_late)
    if entry.is_empty:
        reasons.append(Reason("empty", "Nothing was entered. Chart a value, or say why it is missing."))
    return reasons


def _of_absence(entry: SetEntry) -> Iterator[Reason]:
    for parameter in entry.absent:
        if _value_of(entry, parameter) is not None:
            words = parameter.replace("_", " ")
            yield Reason(
                "absent_and_present", f"The {words} has a value and a reason why it is missing.", parameter.value
            )


def _of_time(entry: SetEntry, *, admitted_at: datetime, at: datetime) -> Iterator[Reason]:
    if entry.observed_at > at + FUTURE_SKEW:
        ahead = int((entry.observed_at - at) / timedelta(minutes=1))
        yield Reason("in_the_future", f"Seen {ahead} min ahead of the clock. 2 min is allowed.", "observed_at")
    if entry.observed_at < admitted_at:
        yield Reason("before_admission", "Seen before the patient was admitted.", "observed_at")


def _of_lateness(entry: SetEntry, *, at: datetime, may_chart_very_late: bool) -> Iterator[Reason]:
    late = at - entry.observed_at
    if entry.source in LATE_BY_NATURE or late <= LATE:
        return
    if not entry.late_reason:
        minutes = int(late / timedelta(minutes=1))
        yield Reason("late_reason_missing", f"Seen {minutes} min ago: say why it is charted late.", "late_reason")
    if late > VERY_LATE and not may_chart_very_late:
        yield Reason(
            "very_late",
            "Seen more than 12 h ago: a charge nurse or a physician has to chart it.",
            "observed_at",
        )


def _value_of(entry: SetEntry, parameter: Parameter) -> object:
    if parameter is Parameter.OXYGEN:
        return entry.values.on_oxygen
    if parameter is Parameter.MOBILITY:
        return entry.mobility
    return getattr(entry.values, parameter.value)


def _carries_no_value(values: Values) -> bool:
    return all(getattr(values, each.name) is None for each in fields(Values) if each.name != "sedation_scale")
