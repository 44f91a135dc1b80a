"""Columns that the tables of an infusion share; the unit stands in each name."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import models


def number(
    max_digits: int, decimal_places: int, *, null: bool = False, default: Any = models.NOT_PROVIDED, help_text: str = ""
) -> Any:
    """A decimal column."""
    return models.DecimalField(
        max_digits=max_digits, decimal_places=decimal_places, null=null, default=default, help_text=help_text
    )


dose_column = partial(number, 8, 4)
rate_column = partial(number, 7, 2)
concentration_column = partial(number, 7, 3)
volume_column = partial(number, 7, 2)


def person(*, null: bool = False) -> Any:
    """A person of the hospital; nobody looks a row up by it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=null, related_name="+", db_index=False
    )


def words(enum: type) -> list[tuple[str, str]]:
    """Choices of a plain enum: the word that is stored is the word that is shown."""
    return [(str(member), str(member)) for member in enum]  # type: ignore[attr-defined]
