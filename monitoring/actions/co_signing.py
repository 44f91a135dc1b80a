"""Standing beside what a nurse charted more than twelve hours after it was seen (DOMAIN 4, "Two times")."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import of_session, put_names
from core.errors import Conflict, Forbidden, NotFound, Refused
from core.posted import fingerprint_of, same_again
from monitoring.models import CoSignature, ObservationSet
from monitoring.selectors.watching import sets_awaiting_co_signature
from patients.selectors import lock_admission
from patients.settling import settle_and_publish


@transaction.atomic
def co_sign_set(set_id: int, *, client_id: uuid.UUID | None = None, by: Actor, at: datetime) -> CoSignature:
    """A charge nurse or physician puts their name beside another's very late entry, also when the patient has left.

    `Forbidden` for one's own; `Conflict` where somebody did so or corrected it meanwhile; `Refused` where nothing waits. Once
    more by the same person changes nothing.
    """
    by.must_be_allowed(Permission.CO_SIGN)
    admission_id = ObservationSet.objects.filter(pk=set_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("set_not_found", "There is no such set on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.CO_SIGN)
    fingerprint = fingerprint_of("co_sign_set", set_id, {})
    if made := same_again(CoSignature, client_id, fingerprint):
        return made
    row = ObservationSet.objects.select_related("co_signature", "corrected_by").get(pk=set_id)
    signature: CoSignature | None = getattr(row, "co_signature", None)
    if signature is not None and signature.signed_by_id == by.user_id:
        return signature
    _must_await(row, signature, by=by)
    signed = of_session(by, at=at)
    made = CoSignature.objects.create(
        admission=admission, set=row, signed_by_id=signed.user_id, signed_at=at, client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )  # fmt: skip
    put_names(made, admission.pk, (signed, SignatureMeaning.COUNTERSIGNED))
    settle_and_publish(admission, by=by, at=at)
    return made


def _must_await(row: ObservationSet, signature: CoSignature | None, *, by: Actor) -> None:
    if signature is not None:
        raise Conflict("co_signed", "Somebody co-signed this set already.")
    if getattr(row, "corrected_by", None) is not None:
        raise Conflict("already_corrected", "Somebody corrected this set meanwhile. Look at the newest version.")
    if row.recorded_by_id == by.user_id:
        raise Forbidden("same_person", "Somebody else than the one who charted it co-signs a set.")
    if row.pk not in sets_awaiting_co_signature(row.admission_id):
        raise Refused("nothing_to_co_sign", "This set awaits no co-signature.")
