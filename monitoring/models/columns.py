"""Columns that several tables share."""

from typing import Any

from django.conf import settings
from django.db import models


def words(enum: type) -> list[tuple[str, str]]:
    """Choices of a plain enum: the word that is stored is the word that is shown."""
    return [(str(member), str(member)) for member in enum]  # type: ignore[attr-defined]


def person(**options: Any) -> Any:
    """Who did it; nobody looks a row up by it."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )
