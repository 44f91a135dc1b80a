"""Names of people that an answer shows and that whoever asked has just told: not read again."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from accounts.actor import Actor
from accounts.models import User
from accounts.signing import Signed


def with_names(row: Model, *people: Actor | Signed | None) -> None:
    """Let the row's columns for people name these without a statement of their own."""
    known = {person.user_id: person.name for person in people if person is not None}
    for field in _people_of(row):
        name = known.get(getattr(row, field.attname))
        if name is not None and not field.is_cached(row):
            field.set_cached_value(row, User(pk=getattr(row, field.attname), display_name=name))


def _people_of(row: Model) -> Iterable[Any]:
    return (field for field in row._meta.concrete_fields if field.related_model is User)
