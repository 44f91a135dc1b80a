"""From request to approval to dose: which state may follow which, and what an approval still allows (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from infusion.domain.words import ApprovalState, RequestState

# A request is closed once: whoever decides second is told who decided first.
REQUEST_MAY_BECOME: Mapping[RequestState, frozenset[RequestState]] = MappingProxyType(
    {
        RequestState.WAITING: frozenset(
            {RequestState.APPROVED, RequestState.REJECTED, RequestState.WITHDRAWN, RequestState.VOIDED}
        ),
        RequestState.APPROVED: frozenset(),
        RequestState.REJECTED: frozenset(),
        RequestState.WITHDRAWN: frozenset(),
        RequestState.VOIDED: frozenset(),
    }
)

# A ceiling stands until it is reached, voided, replaced by a newer one, or its time is over; none comes back.
APPROVAL_MAY_BECOME: Mapping[ApprovalState, frozenset[ApprovalState]] = MappingProxyType(
    {
        ApprovalState.LIVE: frozenset(
            {ApprovalState.USED, ApprovalState.VOIDED, ApprovalState.REPLACED, ApprovalState.LAPSED}
        ),
        ApprovalState.USED: frozenset(),
        ApprovalState.VOIDED: frozenset(),
        ApprovalState.REPLACED: frozenset(),
        ApprovalState.LAPSED: frozenset(),
    }
)


def request_may_become(state: RequestState, following: RequestState) -> bool:
    """Whether a request in `state` may be closed as `following`."""
    return following in REQUEST_MAY_BECOME[state]


def approval_may_become(state: ApprovalState, following: ApprovalState) -> bool:
    """Whether an approval in `state` may become `following`."""
    return following in APPROVAL_MAY_BECOME[state]


def standing_state(state: ApprovalState, *, expires_at: datetime, at: datetime) -> ApprovalState:
    """What an approval is at `at`: a live one lapses by itself at the instant its time is over, closed or not."""
    return ApprovalState.LAPSED if state is ApprovalState.LIVE and at >= expires_at else state
