"""Who may go on looking: asked of all open streams at once."""

from datetime import timedelta

import pytest

from accounts.roles import Role
from core import clock
from patients.models import Ward, WardMembership
from realtime.watchers import Watcher, still_watching
from tests.watching import make_person, sign_in


@pytest.fixture
def watcher(nurse, ward):
    session = sign_in(nurse)
    return Watcher(nurse.pk, ward.pk, str(session.session_key), session["_auth_user_hash"])


def may_still(watcher: Watcher, **later: int) -> bool:
    return still_watching([watcher], at=clock.now() + timedelta(**later)) == {watcher}


def test_a_nurse_on_her_ward_goes_on_looking(watcher):
    assert may_still(watcher)


def test_not_after_the_session_ran_out(watcher):
    assert may_still(watcher, hours=11)
    assert not may_still(watcher, hours=13)


def test_not_after_signing_out(watcher):
    from django.contrib.sessions.models import Session

    Session.objects.filter(session_key=watcher.session_key).delete()
    assert not may_still(watcher)


def test_not_when_made_inactive(watcher, nurse):
    nurse.is_active = False
    nurse.save()
    assert not may_still(watcher)


def test_not_in_a_role_that_sees_no_ward(watcher, nurse):
    nurse.role = Role.ADMINISTRATOR
    nurse.save()
    assert not may_still(watcher)


def test_not_after_the_password_was_changed(watcher, nurse):
    nurse.set_password("another long password")
    nurse.save()
    assert not may_still(watcher)


def test_not_after_leaving_the_ward(watcher):
    WardMembership.objects.update(ended_at=clock.now())
    assert not may_still(watcher)


def test_not_with_somebody_elses_session(watcher, ward):
    other = make_person("otto", ward=ward)
    assert not may_still(Watcher(other.pk, ward.pk, watcher.session_key, watcher.session_hash))


def test_two_statements_for_however_many(ward, django_assert_num_queries):
    wards = [ward, Ward.objects.create(name="Six West")]
    watchers = []
    for number in range(12):
        person = make_person(f"nurse{number}", ward=wards[number % 2])
        session = sign_in(person)
        watchers.append(Watcher(person.pk, ward.pk, str(session.session_key), session["_auth_user_hash"]))
    with django_assert_num_queries(2):
        allowed = still_watching(watchers, at=clock.now())
    assert allowed == set(watchers[::2])


def test_the_keys_of_a_session_are_not_printed(watcher):
    assert watcher.session_key not in repr(watcher)
    assert watcher.session_hash not in repr(watcher)
