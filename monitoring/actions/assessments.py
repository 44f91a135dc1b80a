"""What people record beside the observation sets, liver enzymes, mood and falls, and how they correct it.

A correction is a new version with a reason; the one that it replaces stays readable.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import Conflict, NotFound, Reason, refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.entry import LONGEST_REASON
from monitoring.domain.falls import FallsEntry
from monitoring.domain.liver import LiverEntry
from monitoring.domain.mood import MoodEntry
from monitoring.models import FallsScore, LiverPanel, MoodScreen
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

A = TypeVar("A", LiverPanel, MoodScreen, FallsScore)


class _Entry(Protocol):
    """What is handed in: its columns, and every reason why it cannot be kept."""

    @property
    def columns(self) -> Mapping[str, Any]: ...

    def reasons_not_to_take(self, *, admitted_at: datetime, at: datetime) -> list[Reason]: ...


def record_liver_panel(
    admission_id: int, *, entry: LiverEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> LiverPanel:
    """Record liver enzymes of one collection; the newest by collection is what the gate reads (DOMAIN 3)."""
    return _write(LiverPanel, admission_id, entry, client_id=client_id, by=by, at=at)


def correct_liver_panel(
    panel_id: int,
    *,
    entry: LiverEntry,
    reason: str,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> LiverPanel:
    """Put another version in the place of a panel. `Conflict` when somebody corrected this version first."""
    return _write(
        LiverPanel, _stay_of(LiverPanel, panel_id, by), entry, _Correction(panel_id, reason),
        client_id=client_id, by=by, at=at,
    )  # fmt: skip


def record_mood(
    admission_id: int, *, entry: MoodEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> MoodScreen:
    """Record the day's mood, with the C-SSRS screener where it was asked."""
    return _write(MoodScreen, admission_id, entry, client_id=client_id, by=by, at=at)


def correct_mood(
    screen_id: int, *, entry: MoodEntry, reason: str, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> MoodScreen:
    """Put another version in the place of a mood screen. `Conflict` when somebody corrected this version first."""
    return _write(
        MoodScreen, _stay_of(MoodScreen, screen_id, by), entry, _Correction(screen_id, reason),
        client_id=client_id, by=by, at=at,
    )  # fmt: skip


def record_falls(
    admission_id: int, *, entry: FallsEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> FallsScore:
    """Record the falls score of the shift."""
    return _write(FallsScore, admission_id, entry, client_id=client_id, by=by, at=at)


def correct_falls(
    score_id: int, *, entry: FallsEntry, reason: str, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> FallsScore:
    """Put another version in the place of a falls score. `Conflict` when somebody corrected this version first."""
    return _write(
        FallsScore, _stay_of(FallsScore, score_id, by), entry, _Correction(score_id, reason),
        client_id=client_id, by=by, at=at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Correction:
    """Which version is replaced, and why."""

    of: int
    reason: str


def _stay_of(kind: type[A], row_id: int, by: Actor) -> int:
    by.must_be_allowed(Permission.CHART)
    found = kind._default_manager.filter(pk=row_id).values_list("admission_id", flat=True).first()
    if found is None:
        raise NotFound("assessment_not_found", "There is no such record on your wards.")
    return int(found)


@transaction.atomic
def _write(
    kind: type[A],
    admission_id: int,
    entry: _Entry,
    correction: _Correction | None = None,
    *,
    client_id: uuid.UUID | None,
    by: Actor,
    at: datetime,
) -> A:
    reason = correction.reason.strip() if correction else ""
    corrects_id = correction.of if correction else None
    admission = lock_admission(admission_id, by=by, may=Permission.CHART, reason=reason)
    replaced = {"corrects": corrects_id, "correction_reason": reason}
    fingerprint = fingerprint_of(f"record_{kind._meta.model_name}", admission_id, {**entry.columns, **replaced})
    if again := same_again(kind, client_id, fingerprint):
        return again
    must_be_present(admission)
    reasons = entry.reasons_not_to_take(admitted_at=admission.admitted_at, at=at)
    if correction is not None:
        if kind._default_manager.filter(corrects_id=corrects_id).exists():
            raise Conflict("already_corrected", "Somebody corrected this already. Look at the newest version first.")
        reasons += _of_reason(reason)
    refuse_for(reasons, code="assessment_refused", sentence="Nothing is saved yet.")
    row = kind(
        admission=admission,
        recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id,
        corrects_id=corrects_id,
        correction_reason=reason,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
        **entry.columns,
    )
    row.save(force_insert=True)
    settle_and_publish(admission, by=by, at=at)
    return row


def _of_reason(reason: str) -> list[Reason]:
    if not reason:
        return [Reason("correction_reason_missing", "Say why it is corrected.", "correction_reason")]
    if len(reason) > LONGEST_REASON:
        return [Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "correction_reason")]
    return []
