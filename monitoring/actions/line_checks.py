"""Pump, line and site, looked at every four hours and at handover (DOMAIN 3 and 4). Plateau does not control the pump."""

import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.roles import Permission
from accounts.signing import of_session
from core.errors import refuse_for
from core.posted import fingerprint_of, same_again
from infusion.checking import refuse_unreadable
from monitoring.domain.line_check import LineCheckEntry, agrees, reasons_not_to_take_check
from monitoring.models import LineCheck
from monitoring.selectors.watching import should_run
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def record_line_check(
    admission_id: int, *, entry: LineCheckEntry, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> LineCheck:
    """Record what was seen at the pump, compared with what was recorded to run when it was looked at.

    One that differs is kept and is red until something is done at the pump. `Malformed` for a reading that nobody can have
    read, `Refused` for a time that cannot be.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    fingerprint = fingerprint_of("record_line_check", admission_id, asdict(entry))
    if made := same_again(LineCheck, client_id, fingerprint):
        return made
    must_be_present(admission)
    refuse_unreadable(entry.reading, "reading")
    reasons = reasons_not_to_take_check(entry, admitted_at=admission.admitted_at, at=at)
    refuse_for(reasons, code="line_check_refused", sentence="The look is not recorded yet.")
    check = LineCheck.objects.create(
        admission=admission,
        checked_at=entry.checked_at,
        recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id,
        rate_ml_per_h=entry.reading.rate_ml_per_h,
        concentration_mg_per_ml=entry.reading.concentration_mg_per_ml,
        agrees=agrees(entry.reading, should_run(admission_id, at=entry.checked_at)),
        dedicated_labelled_line=entry.dedicated_labelled_line,
        anti_siphon_valve=entry.anti_siphon_valve,
        pump_locked=entry.pump_locked,
        nothing_else_through_it=entry.nothing_else_through_it,
        site_is_well=entry.site_is_well,
        note=entry.note,
        client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )
    settle_and_publish(admission, by=by, at=at)
    return check
