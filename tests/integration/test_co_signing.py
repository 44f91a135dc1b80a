"""What a nurse charts more than twelve hours after it was seen, and the name that another puts beside it (DOMAIN 4)."""

import uuid

import pytest

from accounts.models import Signature
from accounts.roles import Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion.actions import stop_infusion
from monitoring.actions import co_sign_set, correct_set, record_set
from monitoring.domain.values import Source
from monitoring.models import CoSignature, ObservationSet
from monitoring.selectors.watching import sets_awaiting_co_signature
from tests.factories import HOUR, MINUTE, MORNING, actor, entry, person, running, stay

pytestmark = pytest.mark.django_db
NINE = MORNING + HOUR


@pytest.fixture
def patient():
    return running()


def charge_of(patient):
    return actor(person(Role.CHARGE_NURSE, ward=patient.ward))


def late_set(patient, hours=13, *, by=None, **own):
    seen = entry(NINE, **{"late_reason": "found on paper", **own})
    return record_set(patient.id, entry=seen, by=by or patient.by_nurse, at=NINE + hours * HOUR)


@pytest.mark.parametrize(
    ("hours", "by", "own", "awaits"),
    [
        (13, "by_nurse", {}, True),
        (12, "by_nurse", {}, False),
        (13, "by_physician", {}, False),
        (13, "by_nurse", {"source": Source.DOWNTIME}, False),
        (13, "by_nurse", {"source": Source.MONITOR}, False),
    ],
)
def test_what_a_nurse_saw_over_twelve_hours_ago_awaits_another(patient, hours, by, own, awaits):
    made = late_set(patient, hours, by=getattr(patient, by), **own)
    assert made.awaits_co_signature is awaits
    assert sets_awaiting_co_signature(patient.id) == ([made.set.pk] if awaits else [])


def test_a_charge_nurse_co_signs_once_and_nobody_their_own(patient):
    made, at = late_set(patient).set, NINE + 14 * HOUR
    charge = charge_of(patient)
    with pytest.raises(Forbidden, match="may not co-sign another's late entry"):
        co_sign_set(made.pk, by=actor(person(Role.NURSE, ward=patient.ward)), at=at)
    with pytest.raises(NotFound):
        co_sign_set(made.pk, by=charge_of(stay()), at=at)
    with pytest.raises(NotFound):
        co_sign_set(10**9, by=charge, at=at)
    name = uuid.uuid4()
    first, again = (co_sign_set(made.pk, client_id=name, by=charge, at=at) for _ in range(2))
    assert first.pk == again.pk == co_sign_set(made.pk, by=charge, at=at + HOUR).pk
    under = Signature.objects.get(table_name="monitoring_cosignature")
    assert (under.user_id, under.meaning, under.row_id) == (charge.user_id, "countersigned", first.pk)
    assert sets_awaiting_co_signature(patient.id) == []
    with pytest.raises(Conflict, match="co-signed this set already"):
        co_sign_set(made.pk, by=patient.by_physician, at=at)


def test_who_charted_it_does_not_co_sign_it_in_another_role(patient):
    made = late_set(patient).set
    patient.nurse.role = Role.CHARGE_NURSE
    patient.nurse.save()
    with pytest.raises(Forbidden, match="Somebody else than the one who charted it"):
        co_sign_set(made.pk, by=actor(patient.nurse), at=NINE + 14 * HOUR)


def test_where_nothing_awaits_nothing_is_co_signed(patient):
    made = late_set(patient, 12).set
    with pytest.raises(Refused, match="awaits no co-signature"):
        co_sign_set(made.pk, by=charge_of(patient), at=NINE + 14 * HOUR)
    assert not CoSignature.objects.exists()


def corrected(patient, of, seen_at=NINE, *, at, by=None):
    newer = entry(seen_at, pain=2)
    return correct_set(of.pk, entry=newer, reason="misheard", by=by or patient.by_nurse, at=at)


def test_mending_a_slip_days_later_asks_nobody_and_moving_the_set_to_another_shift_does(patient):
    first, at = record_set(patient.id, entry=entry(NINE), by=patient.by_nurse, at=NINE).set, NINE + 48 * HOUR
    mended = corrected(patient, first, at=at)
    assert not mended.awaits_co_signature
    stop_infusion(patient.id, by=patient.by_nurse, at=at)
    early = running(at=MORNING - 20 * HOUR, on=patient.ward)
    charted = record_set(early.id, entry=entry(NINE), by=early.by_nurse, at=NINE).set
    within = corrected(early, charted, NINE - 12 * HOUR, at=at)
    assert not within.awaits_co_signature
    beyond = corrected(early, within.set, NINE - 12 * HOUR - MINUTE, at=at)
    assert beyond.awaits_co_signature
    assert sets_awaiting_co_signature(early.id) == [beyond.set.pk]


def test_a_correction_of_what_awaits_awaits_as_well_unless_a_physician_makes_it(patient):
    first, at = late_set(patient).set, NINE + 14 * HOUR
    newer = corrected(patient, first, at=at)
    assert newer.awaits_co_signature
    assert sets_awaiting_co_signature(patient.id) == [newer.set.pk]
    with pytest.raises(Conflict, match="corrected this set meanwhile"):
        co_sign_set(first.pk, by=charge_of(patient), at=at)
    assert not corrected(patient, newer.set, at=at, by=patient.by_physician).awaits_co_signature
    assert sets_awaiting_co_signature(patient.id) == []
    assert ObservationSet.objects.current().count() == 1


def test_sent_again_a_very_late_set_still_says_that_it_awaits(patient):
    name = uuid.uuid4()
    first, again = (late_set(patient, client_id=name) for _ in range(2))
    assert (first.is_new, again.is_new, again.awaits_co_signature) == (True, False, True)
