"""Pages of a list, newest first, by (time, id): a page never shifts while new rows come in."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from api.fields import Strict
from core.errors import Malformed

Row = TypeVar("Row", bound=Model)

DEFAULT, MOST = 100, 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_ID = 2**63 - 1


class Paged(Strict):
    """What every list takes."""

    limit = serializers.IntegerField(
        default=DEFAULT,
        min_value=1,
        max_value=MOST,
        help_text=f"Rows in one answer, 1 to {MOST}.",
        error_messages={
            "invalid": "must be a whole number.",
            "min_value": f"must be from 1 to {MOST}.",
            "max_value": f"must be from 1 to {MOST}.",
            "max_string_length": "must be a whole number.",
        },
    )
    cursor = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Where the last answer ended: follow its `next` instead of making one.",
        error_messages={"max_length": "is not one that an answer gave."},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One answer's rows, and the cursor of the next (None: that was all)."""

    rows: list[Any]
    cursor: str | None

    def shape(self, request: Request, results: list[dict[str, Any]]) -> dict[str, Any]:
        """The answer of every list. `next` is an address below this server, with the same filters."""
        if self.cursor is None:
            return {"results": results, "next": None}
        asked = request.query_params.copy()
        asked["cursor"] = self.cursor
        return {"results": results, "next": f"{request.path}?{asked.urlencode()}"}


def page(rows: QuerySet[Row], asked: dict[str, Any], *, by: str) -> Page:
    """The page of `rows` that was asked for, newest `by` first; one statement."""
    limit: int = asked["limit"]
    if asked["cursor"]:
        instant, pk = _read(asked["cursor"])
        # The first condition is implied by the second; it is what lets the index begin there.
        rows = rows.filter(**{f"{by}__lte": instant}).filter(Q(**{f"{by}__lt": instant}) | Q(pk__lt=pk))
    found = list(rows.order_by(f"-{by}", "-pk")[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], _written(getattr(last, by), last.pk))


def _written(instant: datetime, pk: int) -> str:
    micros = (instant - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}.{pk}".encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
        micros, _dot, pk = text.partition(".")
        instant, number = _EPOCH + timedelta(microseconds=int(micros)), int(pk)
    except (binascii.Error, ValueError, OverflowError) as error:
        raise _not_ours() from error
    if not 0 < number <= _LARGEST_ID:
        raise _not_ours()
    return instant, number


def _not_ours() -> Malformed:
    return Malformed("malformed", "cursor is not one that an answer gave: begin again without it.")
