"""The lists of one stay: who may look is asked, that they looked is written, and pages never shift."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actor import Actor
from api.operation import query
from api.paging import Paged, page
from audit.trail import record
from patients.selectors import visible_admission

Row = TypeVar("Row", bound=Model)


def of_stay(
    request: Request, admission_id: int, *, rows: QuerySet[Row], newest: str, shape: Callable[[Row], Mapping[str, Any]],
    verb: str, by: Actor, asked: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    """The stay's `rows`, `newest` first, one page; the look is left in the trail as `verb`."""
    asked = query(Paged, request) if asked is None else asked
    admission = visible_admission(admission_id, by=by)
    record(verb, by=by, admission_id=admission.pk, patient_id=admission.patient_id)
    found = page(rows.filter(admission_id=admission.pk), asked, by=newest)
    return Response(found.shape(request, [dict(shape(row)) for row in found.rows]))
