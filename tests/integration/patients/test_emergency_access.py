"""A clinician of another ward lets themselves in (DOMAIN 2, "Break-glass"): reason, time box, review."""

import threading

import pytest
from django.db import connection

from accounts.roles import Role
from audit.models import AuditEvent
from core.errors import Conflict, Forbidden, NotFound, Refused
from monitoring.actions import record_set
from patients.actions import (
    close_emergency_access,
    end_emergency_access_in_time,
    open_emergency_access,
    review_emergency_access,
)
from patients.actions.emergency import LASTS
from patients.models import WardMembership
from patients.selectors.places import emergencies_to_review
from patients.tasks import SWEEP
from tests.calling import Caller, refused
from tests.factories import MINUTE, MORNING, actor, entry, person, running, ward

REASON = "called to an arrest"
SOON = MORNING + 15 * MINUTE


@pytest.mark.django_db
def test_it_opens_the_ward_for_four_hours_and_leaves_a_reason_in_the_trail():
    course, guest = running(), actor(person(Role.NURSE, ward=ward()))
    with pytest.raises(NotFound):
        record_set(course.id, entry=entry(SOON), by=guest, at=SOON)
    access = open_emergency_access(course.ward.pk, reason=REASON, by=guest, at=SOON)
    assert record_set(course.id, entry=entry(SOON), by=guest, at=SOON).is_new
    assert end_emergency_access_in_time(by=SWEEP, at=SOON + LASTS - MINUTE) == 0
    assert end_emergency_access_in_time(by=SWEEP, at=SOON + LASTS) == 1
    with pytest.raises(NotFound):
        record_set(course.id, entry=entry(SOON), by=guest, at=SOON + LASTS)
    opened = AuditEvent.objects.get(verb="emergency.opened")
    assert (opened.actor_id, opened.reason, opened.content["membership"]) == (guest.user_id, REASON, access.pk)


@pytest.mark.django_db
def test_it_takes_a_reason_and_is_not_for_those_who_work_there():
    course = running()
    guest = actor(person(Role.PHYSICIAN))
    for reason in ("", "  x ", "y" * 201):
        with pytest.raises(Refused):
            open_emergency_access(course.ward.pk, reason=reason, by=guest, at=SOON)
    with pytest.raises(Refused, match="You work on this ward"):
        open_emergency_access(course.ward.pk, reason=REASON, by=course.by_nurse, at=SOON)
    with pytest.raises(Forbidden):
        open_emergency_access(course.ward.pk, reason=REASON, by=actor(person(Role.ADMINISTRATOR)), at=SOON)
    with pytest.raises(NotFound):
        open_emergency_access(999_999, reason=REASON, by=guest, at=SOON)
    assert not WardMembership.objects.filter(user_id=guest.user_id).exists()


@pytest.mark.django_db
def test_opened_again_it_is_the_same_and_can_be_left_early():
    place, guest = ward(), actor(person(Role.NURSE))
    first = open_emergency_access(place.pk, reason=REASON, by=guest, at=SOON)
    assert open_emergency_access(place.pk, reason="another word", by=guest, at=SOON + MINUTE).pk == first.pk
    with pytest.raises(NotFound):
        close_emergency_access(first.pk, by=actor(person(Role.NURSE)), at=SOON + MINUTE)
    assert close_emergency_access(first.pk, by=guest, at=SOON + MINUTE).ended_at == SOON + MINUTE
    assert close_emergency_access(first.pk, by=guest, at=SOON + 2 * MINUTE).ended_at == SOON + MINUTE
    assert open_emergency_access(place.pk, reason=REASON, by=guest, at=SOON + 3 * MINUTE).pk != first.pk


@pytest.mark.django_db
def test_an_administrator_reviews_it_once():
    place, guest, administrator = ward(), actor(person(Role.NURSE)), actor(person(Role.ADMINISTRATOR))
    access = open_emergency_access(place.pk, reason=REASON, by=guest, at=SOON)
    assert [each.pk for each in emergencies_to_review(by=administrator)] == [access.pk]
    with pytest.raises(Forbidden):
        review_emergency_access(access.pk, note="fine", by=guest, at=SOON)
    with pytest.raises(Refused):
        review_emergency_access(access.pk, note=" ", by=administrator, at=SOON)
    assert review_emergency_access(access.pk, note="justified", by=administrator, at=SOON).reviewed_at == SOON
    assert emergencies_to_review(by=administrator) == []
    with pytest.raises(Conflict):
        review_emergency_access(access.pk, note="again", by=administrator, at=SOON)


@pytest.mark.django_db(transaction=True)
def test_two_pages_at_once_open_one():
    place, guest = ward(), actor(person(Role.NURSE))
    outcomes, gate = [], threading.Barrier(2)

    def enter():
        gate.wait()
        try:
            outcomes.append(open_emergency_access(place.pk, reason=REASON, by=guest, at=SOON).pk)
        except Conflict as conflict:
            outcomes.append(conflict.sentence)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert WardMembership.objects.filter(user_id=guest.user_id, ended_at=None).count() == 1


@pytest.mark.django_db
def test_through_the_api_from_the_door_to_the_review(time_machine):
    time_machine.move_to(SOON, tick=False)
    course, guest = running(), person(Role.PHYSICIAN)
    caller, administrator = Caller(guest), Caller(person(Role.ADMINISTRATOR))
    assert caller.get(f"admissions/{course.id}/").status_code == 404
    refused(
        caller.post(f"wards/{course.ward.pk}/emergency-access/", {"reason": "x"}), 422, "emergency_refused", "reason"
    )
    opened = caller.post(f"wards/{course.ward.pk}/emergency-access/", {"reason": REASON})
    assert opened.status_code == 200, opened.content
    assert opened.json()["until"] == (SOON + LASTS).isoformat().replace("+00:00", "Z")
    assert caller.get(f"admissions/{course.id}/").status_code == 200
    (waiting,) = administrator.get("emergency-access/").json()["results"]
    assert (waiting["reason"], waiting["ward"]["name"]) == (REASON, course.ward.name)
    assert caller.get("emergency-access/").status_code == 403
    assert caller.post(f"emergency-access/{waiting['id']}/endings/", {}).status_code == 200
    assert caller.get(f"admissions/{course.id}/").status_code == 404
    reviewed = administrator.post(f"emergency-access/{waiting['id']}/reviews/", {"note": "justified"})
    assert reviewed.json()["review_note"] == "justified"
