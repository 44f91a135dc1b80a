"""A move to another ward: what may become of it, and who says so (DOMAIN 3, "Leaving")."""

from __future__ import annotations

from core.errors import Reason
from patients.domain.treatment import TransferState

_NEXT: dict[TransferState, frozenset[TransferState]] = {
    TransferState.WAITING: frozenset({TransferState.ACCEPTED, TransferState.DECLINED, TransferState.CANCELLED}),
    TransferState.ACCEPTED: frozenset(),
    TransferState.DECLINED: frozenset(),
    TransferState.CANCELLED: frozenset(),
}


def may_become(state: TransferState, to: TransferState) -> bool:
    """Whether a transfer in `state` may become `to`: only one that waits changes, once."""
    return to in _NEXT[state]


def reason_not_to(state: TransferState, to: TransferState) -> Reason | None:
    """Why it may not, in a sentence for whoever came second."""
    if may_become(state, to):
        return None
    if to is TransferState.WAITING:
        return Reason("transfer_closed", f"This transfer is {state} already. Ask for another one.")
    return Reason("transfer_closed", f"This transfer was {state} already; nothing was changed.")
