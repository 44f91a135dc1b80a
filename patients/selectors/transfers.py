"""Moves between wards: who comes, and the lock with which a receiver takes somebody."""

from collections.abc import Sequence

from accounts.actor import Actor
from accounts.roles import Permission
from audit.trail import actor_setting
from core.errors import NotFound
from patients.domain.treatment import TransferState
from patients.models import Admission, Transfer, Ward

_NOT_FOUND = "There is no such transfer to or from your wards."


def transfers_coming(ward: Ward) -> Sequence[Transfer]:
    """The patients that another ward wants to send to this one, longest waiting first; with patient, bed, and who asked."""
    waiting = Transfer.objects.filter(to_ward=ward, state=TransferState.WAITING)
    people = waiting.select_related("admission__patient", "admission__bed", "from_ward", "to_ward", "requested_by")
    return list(people.order_by("requested_at", "id"))


def lock_coming(transfer_id: int, *, by: Actor, may: Permission, reason: str = "") -> tuple[Admission, Transfer]:
    """Lock the stay of a transfer for somebody of the receiving ward, and tell the triggers who acts; two statements.

    The stay is still another ward's: being asked to take the patient is what lets them in, to this one act. `Forbidden`
    when the role does not include `may`; `NotFound` for a transfer to a ward where the person does not work.
    """
    by.must_be_allowed(may)
    locked = Admission.objects.raw(
        """
        SELECT a.*, set_config('plateau.actor', %s, true) AS actor_set
        FROM patients_transfer t JOIN patients_admission a ON a.id = t.admission_id
        WHERE t.id = %s AND EXISTS (SELECT 1 FROM patients_wardmembership m
            WHERE m.ward_id = t.to_ward_id AND m.user_id = %s AND m.ended_at IS NULL)
        FOR NO KEY UPDATE OF a
        """,
        [actor_setting(by, reason=reason), transfer_id, by.user_id],
    )
    for admission in locked:
        return admission, Transfer.objects.get(pk=transfer_id)
    raise NotFound("transfer_not_found", _NOT_FOUND)


def stay_of_transfer(transfer_id: int) -> int:
    """The stay that a transfer moves, for the lock of its present ward; `NotFound` where there is no such transfer."""
    found = Transfer.objects.filter(pk=transfer_id).values_list("admission_id", flat=True).first()
    if found is None:
        raise NotFound("transfer_not_found", _NOT_FOUND)
    return found
