"""Wards, beds and who works there: an administrator's, and nobody else's."""

from datetime import time, timedelta

import pytest

from accounts.roles import Role
from audit.models import AuditEvent
from core.errors import Conflict, Forbidden, NotFound, Refused
from monitoring.actions import record_set
from patients.actions import add_bed, assign_to_ward, end_assignment, found_ward
from patients.models import Bed, Ward, WardMembership
from tests.factories import MINUTE, MORNING, actor, entry, person, running, ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return actor(person(Role.ADMINISTRATOR))


def found(by, **changed):
    said = {"name": "6 East", "time_zone": "America/New_York", **changed}
    return found_ward(**said, by=by, at=MORNING)


def test_a_ward_is_founded_once_with_its_clock_and_its_window(by):
    window = {"increases_from": time(7), "increases_until": time(21)}
    made = found(by, **window)
    assert (made.time_zone, made.increases_from, made.keeps_bag_ledger) == ("America/New_York", time(7), True)
    assert found(by, **window).pk == made.pk
    with pytest.raises(Conflict, match="of this name already"):
        found(by)
    assert Ward.objects.filter(name="6 East").count() == 1
    assert AuditEvent.objects.filter(table_name="patients_ward", actor_id=by.user_id).count() == 1


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 81}, ["name"]),
        ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"time_zone": "../etc/passwd"}, ["time_zone"]),
        ({"increases_from": time(7)}, ["increases_until"]),
        ({"increases_until": time(7)}, ["increases_from"]),
        ({"increases_from": time(7), "increases_until": time(7)}, ["increases_until"]),
        ({"name": "", "time_zone": "", "increases_from": time(7)}, ["name", "time_zone", "increases_until"]),
    ],
)
def test_a_ward_that_cannot_be_is_refused_with_every_reason(by, changed, fields):
    with pytest.raises(Refused) as caught:
        found(by, **changed)
    assert [reason.field for reason in caught.value.reasons] == fields
    assert not Ward.objects.exists()


def test_a_bed_is_added_once(by):
    place = ward()
    made = add_bed(place.pk, name="12A", position=3, by=by, at=MORNING)
    assert add_bed(place.pk, name="12A", position=3, by=by, at=MORNING).pk == made.pk
    with pytest.raises(Conflict, match="at another place"):
        add_bed(place.pk, name="12A", by=by, at=MORNING)
    with pytest.raises(Refused) as caught:
        add_bed(place.pk, name="x" * 21, position=-1, by=by, at=MORNING)
    assert [reason.field for reason in caught.value.reasons] == ["name", "position"]
    with pytest.raises(NotFound):
        add_bed(10**9, name="1", by=by, at=MORNING)
    assert Bed.objects.count() == 1


def test_who_is_assigned_sees_the_patients_until_it_ends(by):
    patient, at = running(), MORNING + MINUTE
    nurse = person(Role.NURSE)
    with pytest.raises(NotFound):
        record_set(patient.id, entry=entry(at), by=actor(nurse), at=at)
    made = assign_to_ward(patient.ward.pk, user_id=nurse.pk, by=by, at=MORNING)
    assert assign_to_ward(patient.ward.pk, user_id=nurse.pk, by=by, at=at).pk == made.pk
    record_set(patient.id, entry=entry(at), by=actor(nurse), at=at)
    ended = end_assignment(patient.ward.pk, user_id=nurse.pk, by=by, at=at)
    assert end_assignment(patient.ward.pk, user_id=nurse.pk, by=by, at=at + MINUTE).ended_at == ended.ended_at == at
    with pytest.raises(NotFound):
        record_set(patient.id, entry=entry(at), by=actor(nurse), at=at)
    again = assign_to_ward(patient.ward.pk, user_id=nurse.pk, by=by, at=at + MINUTE)
    assert again.pk != made.pk


def test_who_came_for_an_emergency_and_is_assigned_stays_for_good_and_the_emergency_ends(by):
    place, nurse = ward(), person(Role.NURSE)
    let_in = WardMembership.objects.create(
        ward=place,
        user=nurse,
        started_at=MORNING,
        emergency_reason="code",
        emergency_until=MORNING + timedelta(hours=4),
    )
    made = assign_to_ward(place.pk, user_id=nurse.pk, by=by, at=MORNING + MINUTE)
    let_in.refresh_from_db()
    assert (let_in.ended_at, made.emergency_until, made.pk == let_in.pk) == (MORNING + MINUTE, None, False)


def test_who_sees_no_patients_or_left_works_on_no_ward(by):
    place, gone = ward(), person(Role.NURSE)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    with pytest.raises(Refused, match="sees no patients"):
        assign_to_ward(place.pk, user_id=person(Role.ADMINISTRATOR).pk, by=by, at=MORNING)
    for user_id in (gone.pk, 10**9):
        with pytest.raises(NotFound):
            assign_to_ward(place.pk, user_id=user_id, by=by, at=MORNING)
    with pytest.raises(NotFound):
        end_assignment(place.pk, user_id=gone.pk, by=by, at=MORNING)
    assert not WardMembership.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_manages_wards(role):
    place = ward()
    by = actor(person(role, ward=place))
    for act in (
        lambda: found(by),
        lambda: add_bed(place.pk, name="1", by=by, at=MORNING),
        lambda: assign_to_ward(place.pk, user_id=by.user_id, by=by, at=MORNING),
        lambda: end_assignment(place.pk, user_id=by.user_id, by=by, at=MORNING),
    ):
        with pytest.raises(Forbidden, match="administrator"):
            act()
