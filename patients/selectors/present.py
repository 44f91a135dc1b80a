"""Facts about wards and admissions, read for pages and for actions."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection

from accounts.actor import Actor
from accounts.roles import Permission
from audit.trail import actor_setting
from core.errors import NotFound, Refused
from core.together import one_trip
from patients.models import Admission, Ward, WardMembership

_NOT_FOUND = "There is no such patient on your wards."

# By hand, because every action on a stay begins with it: a raw query set finds out anew each time which column is which.
_STAY = [field.attname for field in Admission._meta.concrete_fields]
_LOCK = f"""
SELECT set_config('plateau.actor', %s, true), EXISTS (SELECT 1 FROM patients_wardmembership m
           WHERE m.ward_id = a.ward_id AND m.user_id = %s AND m.ended_at IS NULL), {", ".join(f"a.{name}" for name in _STAY)}
FROM patients_admission a WHERE a.id = %s FOR NO KEY UPDATE OF a
"""


def lock_admission(admission_id: int, *, by: Actor, may: Permission, reason: str = "") -> Admission:
    """Lock the admission's row for one change and tell the audit triggers who acts; one statement.

    The first statement of every action on a stay, in a transaction. `Forbidden` when the role does not include `may`;
    `NotFound` when there is no such admission or it is on a ward where the person does not work.
    """
    by.must_be_allowed(may)
    with connection.cursor() as cursor:
        with one_trip():  # BEGIN goes along
            cursor.execute(_LOCK, [actor_setting(by, reason=reason), by.user_id, admission_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("admission_not_found", _NOT_FOUND)
    _actor_set, is_mine, *values = row
    if not (is_mine or by.is_process):
        raise NotFound("admission_not_found", _NOT_FOUND)
    return Admission.from_db(connection.alias, _STAY, values)


def visible_admission(admission_id: int, *, by: Actor) -> Admission:
    """The admission for reading, with its patient, ward and bed; `NotFound` as `lock_admission` says it."""
    by.must_be_allowed(Permission.VIEW_WARD)
    admissions = Admission.objects.select_related("patient", "ward", "bed").filter(pk=admission_id)
    if not by.is_process and by.user_id is not None:
        admissions = admissions.on_wards_of(by.user_id)
    admission = admissions.first()
    if admission is None:
        raise NotFound("admission_not_found", _NOT_FOUND)
    return admission


def visible_ward(ward_id: int, *, by: Actor) -> Ward:
    """The ward for reading; `NotFound` where the person does not work on it."""
    by.must_be_allowed(Permission.VIEW_WARD)
    ward = Ward.objects.filter(pk=ward_id, memberships__user_id=by.user_id or 0, memberships__ended_at=None).first()
    if ward is None:
        raise NotFound("ward_not_found", "There is no such ward among yours.")
    return ward


def wards_of(user_id: int) -> Iterable[Ward]:
    """The wards on which this person works now, by name."""
    return Ward.objects.filter(memberships__user_id=user_id, memberships__ended_at=None)


def must_be_present(admission: Admission) -> None:
    """Refuse what can only be done for a patient who has not left."""
    if admission.discharged_at is not None:
        raise Refused(
            "patient_discharged", f"The patient left at {stamp(admission.discharged_at)}; the chart is closed."
        )


def stamp(instant: datetime) -> str:
    """An instant in a sentence of the API, in UTC; pages show the ward's own time beside it."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def works_on(user_id: int, ward_id: int) -> bool:
    """Does this person work on that ward now? The stream asks before it opens."""
    return WardMembership.objects.filter(user_id=user_id, ward_id=ward_id, ended_at=None).exists()


def still_work_on(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Of these (person, ward), those where the person works on the ward now; one statement. Asked of open streams."""
    people, wards = {person for person, _ in pairs}, {ward for _, ward in pairs}
    now = WardMembership.objects.filter(user_id__in=people, ward_id__in=wards, ended_at=None)
    return set(pairs) & set(now.values_list("user_id", "ward_id"))
