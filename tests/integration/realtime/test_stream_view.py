"""Who gets a stream, and who does not."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from core import clock
from patients.models import Ward, WardMembership
from tests.watching import make_person

STREAM = "/stream"


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="accounts.backends.RosterBackend")
    return client


def test_the_stream_has_the_address_that_the_web_process_serves_natively():
    assert reverse("realtime:stream") == STREAM


def test_a_stranger_is_sent_to_the_sign_in_page(ward):
    answer = Client().get(STREAM, {"ward": ward.pk})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("accounts:sign_in"))


def test_an_administrator_sees_no_ward(ward):
    administrator = make_person("ada", Role.ADMINISTRATOR, ward=ward)
    assert client_of(administrator).get(STREAM, {"ward": ward.pk}).status_code == 403


def test_a_ward_that_is_not_mine_is_the_same_as_none(nurse):
    elsewhere = Ward.objects.create(name="Elsewhere")
    client = client_of(nurse)
    assert client.get(STREAM, {"ward": elsewhere.pk}).status_code == 404
    assert client.get(STREAM, {"ward": 999_999}).status_code == 404


def test_a_ward_that_i_have_left_is_not_mine(nurse, ward):
    WardMembership.objects.update(ended_at=clock.now())
    assert client_of(nurse).get(STREAM, {"ward": ward.pk}).status_code == 404


@pytest.mark.parametrize("asked", ["", "abc", "-1", "1.5", "٣", "9" * 30, "1 or 1=1"])
def test_a_ward_that_is_no_number_is_refused_as_malformed(nurse, asked):
    assert client_of(nurse).get(STREAM, {"ward": asked}).status_code == 400


def test_a_stream_is_read_only(nurse, ward):
    assert client_of(nurse).post(f"{STREAM}?ward={ward.pk}").status_code == 405


def test_a_server_that_would_hold_a_thread_for_it_opens_none(nurse, ward):
    assert client_of(nurse).get(STREAM, {"ward": ward.pk}).status_code == 501
