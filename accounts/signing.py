"""Signing: making sure, act by act, that it is they; and putting name, time and meaning under a row.

Signing an order, an approval or an override takes the password again; a bedside witness signs with a password or a
six-digit PIN of their own (DOMAIN 2, "Rules of signature"). Secrets are verified before any lock is taken.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NoReturn

from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models import Case, Exists, F, Q, Value, When
from django.db.models.functions import Least

from accounts.actor import Actor
from accounts.guessing import key_of
from accounts.models import Installation, InstallationKind, Signature, SignatureMeaning, SignatureMethod, User
from accounts.roles import GRANTS, WORDS, Permission, Role
from audit.trail import record, set_actor
from core.errors import Forbidden, Reason, Refused

# A verified secret is good for the act it was typed for, not for the next one.
GOOD_FOR = timedelta(minutes=2)
WRONG_IN_A_ROW = 5
LOCKED_FOR = timedelta(minutes=5)
_PIN = re.compile(r"[0-9]{6}")
_NO_HASH = ""  # checking against it takes as long as against a real one, and fails
# One sentence for all that can be wrong: it must not tell which names exist, nor whose PIN is locked.
_NOT_WITNESSED = (
    "This name and this password or PIN do not go together. After five wrong ones in a row a password is locked "
    "for 5 min, and a PIN until its owner sets a new one."
)


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who proved who they are, just now; only this module makes one."""

    user_id: int
    name: str
    role: Role
    method: SignatureMethod
    at: datetime


def of_session(by: Actor, *, at: datetime) -> Signed:
    """The person at the page or behind the token, without typing anything again. `Forbidden` for a process."""
    if by.user_id is None or by.role is None:
        raise Forbidden("a_person_signs", "This is signed by a person.")
    return Signed(by.user_id, by.name, by.role, SignatureMethod.SESSION, at)


def with_password(by: Actor, password: str, *, at: datetime) -> Signed:
    """The person at the page or behind the token, who has just typed their own password again.

    `Forbidden` where it is wrong: it counts although the act is refused, and five in a row lock their signing for
    5 min (a token alone must not be enough to try passwords for ever). A right one forgets the wrong ones. Called before
    any lock and outside of transactions: the password is hashed here.
    """
    user_id, field = of_session(by, at=at).user_id, "password"
    person = User.objects.filter(pk=user_id, is_active=True).first()
    if person is not None and _is_locked(person, at=at):
        _refuse_locked(person.signing_locked_until, field, by=by, at=at)
    if not check_password(password, person.password if person else _NO_HASH) or person is None:
        content = {"person": user_id, "method": SignatureMethod.PASSWORD.value}
        _count_and_refuse("password_wrong", "That is not your password.", field, person, by=by, at=at, content=content)
    if not _still_open(person, SignatureMethod.PASSWORD, at=at):
        _refuse_locked(at + LOCKED_FOR, field, by=by, at=at)
    return Signed(person.pk, person.display_name, Role(person.role), SignatureMethod.PASSWORD, at)


def witness(username: str, secret: str, *, by: Actor, at: datetime, field: str = "witness") -> Signed:
    """Another person beside `by`, who typed their own name with their password or six-digit PIN.

    Anyone of the hospital whose role may witness, on whatever ward they work. `Forbidden` in one sentence where the name
    is unknown, the secret wrong or locked, or the person has left; wrong ones count at the person who was named: five in
    a row lock a password for 5 min and a PIN until its owner sets a new one. Called before any lock and outside of
    transactions: the secret is hashed here. `field` is what the page or the API calls the second person.
    """
    person = _named(username)
    method = _method_of(secret, person)
    stored = getattr(person, "pin" if method is SignatureMethod.PIN else "password", _NO_HASH)
    matches = check_password(secret, stored)
    if person is None or not _may_try(person, method, at=at) or not matches or not _still_open(person, method, at=at):
        whose = {"name_key": key_of(username)} if person is None else {"person": person.pk}
        counted = None if person is None or matches or not _may_try(person, method, at=at) else person
        content = {**whose, "method": method.value}
        _count_and_refuse("witness_refused", _NOT_WITNESSED, field, counted, by=by, at=at, content=content)
    role = Role(person.role)
    if Permission.WITNESS not in GRANTS[role]:
        sentence = f"{person.display_name} is {role.one}: the role may not {WORDS[Permission.WITNESS]}."
        _refuse("role_not_allowed", sentence, field, by=by, content={"person": person.pk})
    return Signed(person.pk, person.display_name, role, method, at)


def set_pin(by: Actor, *, password: str, pin: str, at: datetime) -> None:
    """Set one's own PIN for witnessing, with one's password; it also opens a locked one again.

    `Refused` unless it is six digits that are neither all the same nor counting up or down.
    """
    if not _PIN.fullmatch(pin):
        _refuse_pin("pin_malformed", "A PIN is six digits.")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        _refuse_pin("pin_too_simple", "That PIN is among the first that anybody tries. Take another.")
    signed = with_password(by, password, at=at)
    hashed = make_password(pin)
    with transaction.atomic():
        set_actor(by)
        User.objects.filter(pk=signed.user_id).update(pin=hashed, pin_failures=0)
        record("person.pin_set", by=by, content={"person": signed.user_id})


def must_have_signed(signed: Signed, *, by: Actor, at: datetime) -> None:
    """`Forbidden` unless `by` themselves typed their password for this act."""
    theirs = signed.user_id == by.user_id and signed.method == SignatureMethod.PASSWORD
    if not theirs or not timedelta(0) <= at - signed.at <= GOOD_FOR:
        raise Forbidden("not_signed", "This takes your own password, typed for this act.")


def put_names(row: models.Model, admission_id: int | None, *names: tuple[Signed, SignatureMeaning]) -> None:
    """Put these names under the row, each with its meaning; one statement."""
    Signature.objects.bulk_create(
        Signature(
            user_id=signed.user_id,
            name=signed.name,
            role=signed.role,
            at=signed.at,
            meaning=meaning,
            method=signed.method,
            table_name=row._meta.db_table,
            row_id=row.pk,
            admission_id=admission_id,
        )
        for signed, meaning in names
    )


def _named(username: str) -> User | None:
    """The person with that sign-in name who may come in here: active, and no demonstration account in a hospital."""
    if "\x00" in username:
        return None
    demonstration = Installation.objects.filter(kind=InstallationKind.DEMONSTRATION)
    known = User.objects.filter(Q(is_demo=False) | Exists(demonstration), username__iexact=username, is_active=True)
    return known.order_by("pk").first()


def _method_of(secret: str, person: User | None) -> SignatureMethod:
    has_pin = person is None or bool(person.pin)
    return SignatureMethod.PIN if has_pin and _PIN.fullmatch(secret) else SignatureMethod.PASSWORD


def _may_try(person: User, method: SignatureMethod, *, at: datetime) -> bool:
    if method is SignatureMethod.PIN:
        return person.pin_failures < WRONG_IN_A_ROW
    return not _is_locked(person, at=at)


def _is_locked(person: User, *, at: datetime) -> bool:
    return person.signing_locked_until is not None and at < person.signing_locked_until


def _count_and_refuse(
    code: str, sentence: str, field: str, person: User | None, *, by: Actor, at: datetime, content: Mapping[str, Any]
) -> NoReturn:
    """Count the wrong secret at `person` (None: nobody to count it at) and refuse.

    A transaction of its own, never part of another: what was tried stays counted although the act is refused.
    """
    with transaction.atomic(durable=True):
        if person is not None:
            content = {**content, "locked": _count(person, SignatureMethod(content["method"]), at=at)}
        _record_refusal(code, by=by, content=content)
    raise Forbidden(code, sentence, [Reason(code, sentence, field)])


def _count(person: User, method: SignatureMethod, *, at: datetime) -> bool:
    """Count one wrong try in the database, so that two at once both count; is it locked now?"""
    row = User.objects.filter(pk=person.pk)
    if method is SignatureMethod.PIN:
        row.update(pin_failures=Least(F("pin_failures") + 1, WRONG_IN_A_ROW))
        return row.values_list("pin_failures", flat=True).get() >= WRONG_IN_A_ROW
    last = Q(password_failures__gte=WRONG_IN_A_ROW - 1)
    row.update(
        password_failures=Case(When(last, then=0), default=F("password_failures") + 1),
        signing_locked_until=Case(When(last, then=Value(at + LOCKED_FOR)), default=F("signing_locked_until")),
    )
    until = row.values_list("signing_locked_until", flat=True).get()
    return until is not None and at < until


def _still_open(person: User, method: SignatureMethod, *, at: datetime) -> bool:
    """A right secret ends the row of wrong ones, unless it was locked by others' tries while it was hashed.

    No statement where there were none: of guesses at the same instant, as many are answered as are under way then.
    """
    if method is SignatureMethod.PIN:
        column, is_open = "pin_failures", Q(pin_failures__lt=WRONG_IN_A_ROW)
    else:
        column, is_open = "password_failures", Q(signing_locked_until=None) | Q(signing_locked_until__lte=at)
    row = User.objects.filter(is_open, pk=person.pk)
    return not getattr(person, column) or bool(row.update(**{column: 0}))


def _refuse_locked(until: datetime | None, field: str, *, by: Actor, at: datetime) -> NoReturn:
    left = -((at - (until or at)) // timedelta(minutes=1))
    sentence = f"Five wrong passwords in a row: your signing is locked for another {left} min."
    _refuse("signing_locked", sentence, field, by=by, content={"person": by.user_id})


def _refuse(code: str, sentence: str, field: str, *, by: Actor, content: Mapping[str, Any]) -> NoReturn:
    _record_refusal(code, by=by, content=content)
    raise Forbidden(code, sentence, [Reason(code, sentence, field)])


def _refuse_pin(code: str, sentence: str) -> NoReturn:
    raise Refused(code, sentence, [Reason(code, sentence, "pin")])


def _record_refusal(code: str, *, by: Actor, content: Mapping[str, Any]) -> None:
    """At whose door and by whom; never what was typed, not even the name (people type their password there)."""
    record("signing.refused", by=by, content={**content, "code": code})
