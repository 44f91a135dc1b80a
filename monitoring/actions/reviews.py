"""A look at the whole: a physician's each day, and whoever assesses after the hold whether to raise the dose (DOMAIN 1, 4)."""

import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.review_entry import ReviewEntry, reasons_not_to_review
from monitoring.domain.watching import ReviewKind, ReviewOutcome
from monitoring.models import Review
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

_WHO = {ReviewKind.DAILY: Permission.REVIEW, ReviewKind.REASSESSMENT: Permission.REASSESS}


@transaction.atomic
def record_review(
    admission_id: int,
    *,
    kind: ReviewKind,
    outcome: ReviewOutcome,
    note: str = "",
    reviewed_at: datetime,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> Review:
    """Record a look and how it goes on; the outcome changes nothing by itself. The daily one is a physician's.

    It answers the prompt of its kind. `Refused` for a time ahead of the clock or before the admission.
    """
    entry = ReviewEntry(kind, outcome, reviewed_at, note.strip())
    admission = lock_admission(admission_id, by=by, may=_WHO[kind])
    fingerprint = fingerprint_of("record_review", admission_id, asdict(entry))
    if made := same_again(Review, client_id, fingerprint):
        return made
    must_be_present(admission)
    reasons = reasons_not_to_review(entry, admitted_at=admission.admitted_at, at=at)
    refuse_for(reasons, code="review_refused", sentence="The look is not recorded yet.")
    review = Review.objects.create(
        admission=admission, kind=str(kind), outcome=str(outcome), note=entry.note, reviewed_at=reviewed_at,
        recorded_at=at, reviewed_by_id=of_session(by, at=at).user_id, client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )  # fmt: skip
    settle_and_publish(admission, by=by, at=at)
    return review
