"""Signing: making sure, act by act, that it is they; and putting name, time and meaning under a row.

Signing an order, an approval or an override takes the password again; a bedside witness signs with a password or a
six-digit PIN of their own (DOMAIN 2, "Rules of signature"). Secrets are verified before any lock is taken.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from accounts.actor import Actor
from accounts.models import Signature, SignatureMeaning, SignatureMethod
from accounts.roles import Role
from core.errors import Forbidden

# A verified secret is good for the act it was typed for, not for the next one.
GOOD_FOR = timedelta(minutes=2)


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
