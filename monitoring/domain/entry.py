"""One observation set as somebody hands it in, and every reason why it cannot be taken as it is."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.errors import Reason
from monitoring.domain.values import (
    AbsentReason,
    Mobility,
    Parameter,
    Source,
    Symptom,
    Values,
    WarningSymptom,
    reasons_not_to_accept,
)

FUTURE_SKEW = timedelta(minutes=2)  # DOMAIN 4: clocks differ by so much
LATE = timedelta(minutes=30)  # beyond it wears a badge and says why, and what it raises is marked retrospective
VERY_LATE = timedelta(hours=12)  # from here a charge nurse or physician stands beside it

LONGEST_COMMENT = 2000  # characters
LONGEST_REASON = 200

# These may come late by their nature and say so by their source; nobody can ask a machine why.
LATE_BY_NATURE = frozenset({Source.REPLAY, Source.IMPORT, Source.DOWNTIME, Source.MONITOR})


@dataclass(frozen=True, slots=True)
class SetEntry:
    """What is handed in. `absent` says why a parameter has no value, `confirmed` which extremes were looked at again.

    `warning_symptoms` are those of DOMAIN 5 that are asked where the systolic pressure is red: None was not asked, empty
    is none of them.
    """

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
    warning_symptoms: tuple[WarningSymptom, ...] | None = None

    def __post_init__(self) -> None:
        if self.observed_at.utcoffset() is None:
            raise ValueError("observed_at needs a time zone: a set is seen at one instant.")

    @property
    def is_empty(self) -> bool:
        """Nothing was seen, ticked, said or given a reason for."""
        seen = any(
            getattr(self.values, each.name) is not None for each in fields(Values) if each.name != "sedation_scale"
        )
        asked = self.warning_symptoms is not None
        return not (seen or asked or self.symptoms or self.mobility or self.comment or self.absent)

    def fingerprint(self, *, corrects: int | None = None) -> bytes:
        """A hash of the content: the same `client_id` with another fingerprint is a mistake of the sender.

        Equal if and only if the content is: 36.8 and 36.80 are one temperature, 10:00+02:00 and 08:00Z one instant.
        """
        values = self.values if self.values.sedation else replace(self.values, sedation_scale=None)
        content: dict[str, Any] = {
            "corrects": corrects,
            "observed_at": self.observed_at.astimezone(UTC).isoformat(),
            "values": [_plain(getattr(values, each.name)) for each in fields(Values)],
            "symptoms": sorted(set(self.symptoms)),
            "mobility": self.mobility,
            "comment": self.comment,
            "absent": sorted(self.absent.items()),
            "confirmed": sorted(self.confirmed),
            "late_reason": self.late_reason,
            "source": self.source,
        }
        # Left out where nobody asked: what was sent before this question existed is still the same content.
        if self.warning_symptoms is not None:
            content["warning_symptoms"] = sorted(set(self.warning_symptoms))
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _plain(value: Any) -> str | bool | None:
    if value is None or isinstance(value, bool):
        return value
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def reasons_not_to_take(
    entry: SetEntry, *, admitted_at: datetime, at: datetime, is_correction: bool = False
) -> list[Reason]:
    """Every reason at once: impossible or unconfirmed values, times that cannot be, a set with nothing in it.

    Nothing comes too late to be charted; from 12 h on another person co-signs it (`domain.co_signing`).
    """
    reasons = [
        Reason(r.code, r.sentence, r.field) for r in reasons_not_to_accept(entry.values, confirmed=entry.confirmed)
    ]
    reasons += _of_absence(entry)
    reasons += _of_time(entry, admitted_at=admitted_at, at=at)
    reasons += _of_length(entry)
    if not is_correction:
        reasons += _of_lateness(entry, at=at)
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


def _of_length(entry: SetEntry) -> Iterator[Reason]:
    for name, most in (("comment", LONGEST_COMMENT), ("late_reason", LONGEST_REASON)):
        if len(getattr(entry, name)) > most:
            yield Reason("too_long", f"The {name.replace('_', ' ')} is longer than {most} characters.", name)


def _of_lateness(entry: SetEntry, *, at: datetime) -> Iterator[Reason]:
    late = at - entry.observed_at
    if entry.source in LATE_BY_NATURE or late <= LATE:
        return
    if not entry.late_reason.strip():
        minutes = int(late / timedelta(minutes=1))
        yield Reason("late_reason_missing", f"Seen {minutes} min ago: say why it is charted late.", "late_reason")


def _value_of(entry: SetEntry, parameter: Parameter) -> object:
    if parameter is Parameter.OXYGEN:
        return entry.values.on_oxygen
    if parameter is Parameter.MOBILITY:
        return entry.mobility
    return getattr(entry.values, parameter.value)
