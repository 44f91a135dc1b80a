"""Constraints that several tables share."""

from django.db import models
from django.db.models import Q


def one_of(
    field: str, choices: type[models.TextChoices] | list[str], *, name: str, blank: bool = False
) -> models.CheckConstraint:
    """`field` holds one of the words the ward uses, and nothing else (bulk writes and raw SQL included)."""
    values = [str(value) for value in (choices.values if isinstance(choices, type) else choices)]
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values + ([""] if blank else [])}), name=name)


def all_or_none(*fields: str, name: str) -> models.CheckConstraint:
    """Either every one of `fields` is set, or none is: a stop has a time, a person and a reason, or did not happen."""
    every = Q(**{f"{field}__isnull": False for field in fields})
    none = Q(**{f"{field}__isnull": True for field in fields})
    return models.CheckConstraint(condition=every | none, name=name)


def within(field: str, low: object, high: object, *, name: str) -> models.CheckConstraint:
    """`field`, where it carries a value, lies from `low` to `high`, both included."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": low, f"{field}__lte": high}), name=name
    )
