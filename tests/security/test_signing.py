"""Signing: whose secret it was, how often it may be wrong, and that it is kept nowhere."""

import io
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection

from accounts import signing
from accounts.actor import Actor, Channel
from accounts.guessing import key_of
from accounts.models import Installation, InstallationKind, SignatureMethod, User
from accounts.roles import Role
from accounts.signing import must_have_signed, set_pin, with_password, witness
from audit.models import AuditEvent
from core.errors import Forbidden, Refused
from tests.factories import MINUTE, MORNING, PASSWORD, actor, person
from tests.integration.test_races import at_once

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
PIN = "482913"
WRONG = "Correct-Horse-77"


@pytest.fixture
def physician():
    return person(Role.PHYSICIAN)


@pytest.fixture
def nurse():
    return person()


@pytest.fixture
def second():
    made = person(name="second")
    User.objects.filter(pk=made.pk).update(pin=make_password(PIN))
    made.refresh_from_db()
    return made


def fresh(user):
    return User.objects.get(pk=user.pk)


def refused(act, code):
    with pytest.raises(Forbidden) as refusal:
        act()
    assert refusal.value.code == code
    return refusal.value


def wrong_password(user, at=MORNING, code="password_wrong"):
    return refused(lambda: with_password(actor(user), WRONG, at=at), code)


def wrong_witness(by, name, secret=WRONG, at=MORNING):
    return refused(lambda: witness(name, secret, by=actor(by), at=at), "witness_refused")


# ---- one's own password ----


def test_ones_own_password_signs_for_two_minutes(physician):
    by = actor(physician)
    signed = with_password(by, PASSWORD, at=MORNING)
    assert (signed.user_id, signed.name, signed.role) == (physician.pk, physician.display_name, Role.PHYSICIAN)
    assert signed.method == SignatureMethod.PASSWORD
    must_have_signed(signed, by=by, at=MORNING + 2 * MINUTE)
    refused(lambda: must_have_signed(signed, by=by, at=MORNING + 2 * MINUTE + SECOND), "not_signed")
    refused(lambda: must_have_signed(signed, by=actor(person(Role.PHYSICIAN)), at=MORNING), "not_signed")


def test_a_wrong_password_is_refused_counted_and_in_the_trail_without_the_secret(physician):
    refusal = wrong_password(physician)
    assert refusal.status == 403
    assert refusal.fields == {"password": ["That is not your password."]}
    assert fresh(physician).password_failures == 1
    entry = AuditEvent.objects.get(verb="signing.refused")
    assert (entry.actor_id, entry.content) == (
        physician.pk,
        {"person": physician.pk, "method": "password", "locked": False, "code": "password_wrong"},
    )


def test_the_fifth_wrong_password_in_a_row_locks_signing_for_five_minutes(physician):
    for tries in range(5):
        wrong_password(physician, at=MORNING + tries * SECOND)
    locked_at = MORNING + 4 * SECOND
    assert fresh(physician).signing_locked_until == locked_at + 5 * MINUTE
    right = lambda at: with_password(actor(physician), PASSWORD, at=at)  # noqa: E731
    told = refused(lambda: right(locked_at + 5 * MINUTE - SECOND), "signing_locked")
    assert told.sentence == "Five wrong passwords in a row: your signing is locked for another 1 min."
    assert right(locked_at + 5 * MINUTE).user_id == physician.pk
    last = AuditEvent.objects.filter(verb="signing.refused").latest("pk")
    assert last.content == {"person": physician.pk, "code": "signing_locked"}


def test_a_right_password_forgets_the_wrong_ones(physician):
    for _ in range(4):
        wrong_password(physician)
    with_password(actor(physician), PASSWORD, at=MORNING)
    assert fresh(physician).password_failures == 0
    wrong_password(physician)
    assert fresh(physician).signing_locked_until is None


def test_five_more_are_needed_after_a_lock(physician):
    for _ in range(5):
        wrong_password(physician)
    later = MORNING + 6 * MINUTE
    for _ in range(4):
        wrong_password(physician, at=later)
    assert with_password(actor(physician), PASSWORD, at=later)


def test_tries_while_locked_neither_count_nor_move_the_lock(physician):
    for _ in range(5):
        wrong_password(physician)
    for _ in range(7):
        wrong_password(physician, at=MORNING + MINUTE, code="signing_locked")
    assert fresh(physician).password_failures == 0
    assert fresh(physician).signing_locked_until == MORNING + 5 * MINUTE


def test_a_process_signs_nothing():
    by = Actor.process("sweep", channel=Channel.WORKER)
    refused(lambda: with_password(by, PASSWORD, at=MORNING), "a_person_signs")


def test_somebody_who_left_signs_nothing(physician):
    by = actor(physician)
    User.objects.filter(pk=physician.pk).update(is_active=False)
    refused(lambda: with_password(by, PASSWORD, at=MORNING), "password_wrong")


# ---- a witness ----


@pytest.mark.parametrize(("secret", "method"), [(PASSWORD, "password"), (PIN, "pin")])
@pytest.mark.parametrize("name", ["second", "SECOND"])
def test_a_witness_signs_with_a_name_and_a_password_or_pin(nurse, second, secret, method, name):
    signed = witness(name, secret, by=actor(nurse), at=MORNING)
    assert (signed.user_id, signed.method, signed.at) == (second.pk, method, MORNING)


def test_every_way_to_be_no_witness_is_answered_in_one_sentence(nurse, second):
    person(name="gone")
    User.objects.filter(username="gone").update(is_active=False)
    person(name="locked")
    User.objects.filter(username="locked").update(pin=make_password(PIN), pin_failures=5)
    told = {
        wrong_witness(nurse, name, secret).sentence
        for name, secret in [
            ("nobody", WRONG),
            ("nobody", PIN),
            ("second\x00", PIN),
            ("", ""),
            ("second", WRONG),
            ("second", "000000"),
            ("second", ""),
            ("gone", PASSWORD),
            ("locked", PIN),
        ]
    }
    assert len(told) == 1


@pytest.mark.parametrize("name", ["nobody", "second", "gone", "locked"])
@pytest.mark.parametrize("secret", [WRONG, "000000"])
def test_every_try_costs_one_hashing_whoever_is_named(nurse, second, name, secret, monkeypatch):
    for each in ("gone", "locked"):
        person(name=each)
    User.objects.filter(username="gone").update(is_active=False)
    User.objects.filter(username="locked").update(pin=make_password(PIN), pin_failures=5)
    hashed = []
    monkeypatch.setattr(signing, "check_password", lambda *given: hashed.append(given) or check_password(*given))
    wrong_witness(nurse, name, secret)
    assert len(hashed) == 1


def test_a_pin_is_locked_after_five_wrong_ones_until_its_owner_sets_a_new_one(nurse, second):
    for _ in range(5):
        wrong_witness(nurse, "second", "000000")
    much_later = MORNING + timedelta(days=30)
    wrong_witness(nurse, "second", PIN, at=much_later)
    assert witness("second", PASSWORD, by=actor(nurse), at=much_later).method == SignatureMethod.PASSWORD
    wrong_witness(nurse, "second", PIN, at=much_later)
    set_pin(actor(second), password=PASSWORD, pin="739164", at=much_later)
    assert witness("second", "739164", by=actor(nurse), at=much_later)
    wrong_witness(nurse, "second", PIN, at=much_later)


def test_four_wrong_pins_and_a_right_one_start_again(nurse, second):
    for _ in range(2):
        for _ in range(4):
            wrong_witness(nurse, "second", "000000")
        assert witness("second", PIN, by=actor(nurse), at=MORNING)
    assert fresh(second).pin_failures == 0


def test_a_wrong_password_of_a_witness_counts_as_their_own(nurse, second):
    for _ in range(5):
        wrong_witness(nurse, "second")
    assert fresh(second).signing_locked_until == MORNING + 5 * MINUTE
    wrong_witness(nurse, "second", PASSWORD, at=MORNING + 4 * MINUTE)
    assert witness("second", PIN, by=actor(nurse), at=MORNING + 4 * MINUTE), "the PIN is another secret"
    assert witness("second", PASSWORD, by=actor(nurse), at=MORNING + 5 * MINUTE)


def test_six_digits_are_a_password_where_there_is_no_pin(nurse):
    plain = person(name="plain")
    wrong_witness(nurse, "plain", "000000")
    assert (fresh(plain).pin_failures, fresh(plain).password_failures) == (0, 1)


def test_an_administrator_is_no_witness_and_hears_so_only_with_the_right_secret(nurse):
    person(Role.ADMINISTRATOR, name="admin")
    wrong_witness(nurse, "admin")
    told = refused(lambda: witness("admin", PASSWORD, by=actor(nurse), at=MORNING), "role_not_allowed")
    assert told.sentence == "admin is an administrator: the role may not check or witness."


@pytest.mark.parametrize("kind", InstallationKind)
def test_a_demonstration_account_witnesses_only_in_a_demonstration(nurse, kind):
    Installation.found(kind, at=MORNING)
    person(name="demo", is_demo=True)
    if kind == InstallationKind.DEMONSTRATION:
        assert witness("demo", PASSWORD, by=actor(nurse), at=MORNING)
    else:
        wrong_witness(nurse, "demo", PASSWORD)


def test_the_trail_says_at_whose_door_and_by_whom_a_witness_was_guessed(nurse, second):
    wrong_witness(nurse, "second", "000000")
    wrong_witness(nurse, WRONG)
    known, unknown = AuditEvent.objects.filter(verb="signing.refused").order_by("pk")
    assert (known.actor_id, known.content["person"], known.content["method"]) == (nurse.pk, second.pk, "pin")
    assert unknown.content == {"name_key": key_of(WRONG), "method": "password", "code": "witness_refused"}


# ---- the PIN ----


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "４８２９１３", "482913\n", " 48291", "-48291"])
def test_a_pin_is_six_digits(nurse, pin):
    with pytest.raises(Refused, match="six digits"):
        set_pin(actor(nurse), password=PASSWORD, pin=pin, at=MORNING)


@pytest.mark.parametrize("pin", ["000000", "777777", "123456", "012345", "654321", "987654", "890123", "210987"])
def test_a_pin_is_not_the_first_that_anybody_tries(nurse, pin):
    with pytest.raises(Refused, match="first that anybody tries"):
        set_pin(actor(nurse), password=PASSWORD, pin=pin, at=MORNING)
    assert fresh(nurse).pin == ""


def test_a_pin_takes_the_password_and_is_stored_as_a_hash(nurse):
    refused(lambda: set_pin(actor(nurse), password=WRONG, pin=PIN, at=MORNING), "password_wrong")
    set_pin(actor(nurse), password=PASSWORD, pin=PIN, at=MORNING)
    assert PIN not in fresh(nurse).pin
    assert check_password(PIN, fresh(nurse).pin)
    entry = AuditEvent.objects.get(verb="person.pin_set")
    assert (entry.actor_id, entry.content) == (nurse.pk, {"person": nurse.pk})


# ---- at once, and afterwards ----


def all_refused_at_once(people, act):
    assert [type(each) for each in at_once(*[act] * people)] == [Forbidden] * people


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_at_the_same_moment_all_count(physician):
    all_refused_at_once(4, lambda: with_password(actor(physician), WRONG, at=MORNING))
    assert fresh(physician).password_failures == 4
    all_refused_at_once(2, lambda: with_password(actor(physician), WRONG, at=MORNING))
    assert fresh(physician).signing_locked_until == MORNING + 5 * MINUTE


@pytest.mark.django_db(transaction=True)
def test_wrong_pins_at_the_same_moment_all_count_and_no_right_one_opens_a_locked_one(nurse, second):
    all_refused_at_once(4, lambda: witness("second", "000000", by=actor(nurse), at=MORNING))
    assert fresh(second).pin_failures == 4
    all_refused_at_once(3, lambda: witness("second", "000000", by=actor(nurse), at=MORNING))
    assert fresh(second).pin_failures == 5
    wrong_witness(nurse, "second", PIN)


@pytest.mark.django_db(transaction=True)
def test_a_right_pin_that_was_read_before_the_lock_does_not_open_it(nurse, second, monkeypatch):
    User.objects.filter(pk=second.pk).update(pin_failures=4)

    def slowly(secret, stored):
        User.objects.filter(pk=second.pk).update(pin_failures=5)
        return check_password(secret, stored)

    monkeypatch.setattr(signing, "check_password", slowly)
    wrong_witness(nurse, "second", PIN)
    assert fresh(second).pin_failures == 5


@pytest.mark.django_db(transaction=True)
def test_a_right_password_that_was_read_before_the_lock_signs_nothing(nurse, physician, monkeypatch):
    def slowly(secret, stored):
        User.objects.filter(pk=physician.pk).update(signing_locked_until=MORNING + 5 * MINUTE)
        return check_password(secret, stored)

    User.objects.filter(pk=physician.pk).update(password_failures=4)
    monkeypatch.setattr(signing, "check_password", slowly)
    with pytest.raises(Forbidden) as refused:
        with_password(actor(physician), PASSWORD, at=MORNING)
    assert refused.value.code == "signing_locked"
    User.objects.filter(pk=physician.pk).update(signing_locked_until=None)
    wrong_witness(nurse, physician.username, PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_secret_is_hashed(nurse, second, monkeypatch):
    inside = []

    def watched(secret, stored):
        inside.append(connection.in_atomic_block)
        return check_password(secret, stored)

    monkeypatch.setattr(signing, "check_password", watched)
    witness("second", PIN, by=actor(nurse), at=MORNING)
    with_password(actor(nurse), PASSWORD, at=MORNING)
    wrong_password(nurse)
    set_pin(actor(nurse), password=PASSWORD, pin=PIN, at=MORNING)
    assert inside == [False] * 4


def test_no_secret_reaches_the_trail_or_a_log(nurse, second):
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    try:
        set_pin(actor(nurse), password=PASSWORD, pin="739164", at=MORNING)
        wrong_password(nurse)
        wrong_witness(nurse, "second")
        wrong_witness(nurse, "second", "900817")
        wrong_witness(nurse, WRONG, "900817")
        witness("second", PIN, by=actor(nurse), at=MORNING)
    finally:
        logging.getLogger().removeHandler(handler)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM audit_auditevent e")
        kept = " ".join(text for (text,) in cursor.fetchall()) + told.getvalue()
    for secret in (PASSWORD, WRONG, PIN, "739164", "900817", fresh(nurse).pin, fresh(second).pin):
        assert secret not in kept
