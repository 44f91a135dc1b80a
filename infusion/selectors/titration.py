"""Facts between a request and the dose: what stands, and what the gate for an increase needs to know."""

from datetime import datetime

from infusion.domain.words import ApprovalKind, ApprovalState
from infusion.models import Approval


def live_approval(admission_id: int, *, kind: ApprovalKind, at: datetime) -> Approval | None:
    """The stay's ceiling of that kind that allows something at `at`; one past its time allows nothing any more."""
    return Approval.objects.filter(
        admission_id=admission_id, kind=kind, state=ApprovalState.LIVE, expires_at__gt=at
    ).first()
