"""Charting a set, correcting one, and what saving would raise."""

import re
import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from accounts.decorators import needs
from accounts.middleware import record_refusal
from accounts.requests import actor_of
from accounts.roles import Permission
from core import clock
from core.errors import Conflict, DomainError, Reason, Refused
from monitoring import actions
from monitoring.forms import ChartForm
from monitoring.presenters.bedside import BedsidePage, bedside_page
from monitoring.presenters.chart import blank, chart_page, filled
from monitoring.presenters.preview import preview as present_preview
from monitoring.selectors import bedside as bedsides
from monitoring.selectors.foresight import foresee
from monitoring.views.around import SeeOther, around, fresh, look, zone_of
from patients.selectors import visible_admission

_ID = re.compile("[0-9]{1,18}")


@needs(Permission.CHART)
@require_http_methods(["GET", "POST"])
@fresh
def new_set(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Chart a set. Refused, the form comes back with everything typed and every reason."""
    by, at = actor_of(request), clock.now()
    facts = bedsides.bedside(admission_id, by=by, at=at)
    zone = zone_of(facts)
    if request.method == "GET":
        look("chart.viewed", facts, opened=True, by=by, at=at)
        return _chart(request, facts, _held(blank(client_id=str(uuid.uuid4()), zone=zone, at=at)), by=by, at=at)
    form = ChartForm(request.POST, zone=zone, at=at)
    if (entry := form.read()) is None:
        return _chart(request, facts, request.POST, reasons=form.reasons, by=by, at=at)
    try:
        actions.record_set(admission_id, entry=entry, with_patient=form.with_patient, by=by, at=at)
    except (Refused, Conflict) as refusal:
        return _chart(request, facts, request.POST, refusal=refusal, by=by, at=at)
    return SeeOther(reverse("monitoring:bedside", args=[admission_id]))


@needs(Permission.CHART)
@require_http_methods(["GET", "POST"])
@fresh
def correct_set(request: HttpRequest, set_id: int) -> HttpResponse:
    """Put a new version in the place of a set, with the reason."""
    by, at = actor_of(request), clock.now()
    # Sent once more, a correction is answered as the first time: only the action can tell.
    wrong = bedsides.visible_set(set_id, must_stand=request.method == "GET", by=by)
    facts = bedsides.bedside(wrong.admission_id, by=by, at=at)
    zone, correcting = zone_of(facts), bedsides.set_facts(wrong, is_current=True)
    if request.method == "GET":
        look("chart.viewed", facts, opened=True, by=by, at=at)
        held = _held(filled(correcting, client_id=str(uuid.uuid4()), zone=zone))
        return _chart(request, facts, held, correcting=correcting, by=by, at=at)
    form = ChartForm(request.POST, zone=zone, at=at)
    if (entry := form.read()) is None:
        return _chart(request, facts, request.POST, reasons=form.reasons, correcting=correcting, by=by, at=at)
    try:
        actions.correct_set(set_id, entry=entry, reason=form.correction_reason, by=by, at=at)
    except (Refused, Conflict) as refusal:
        return _chart(request, facts, request.POST, refusal=refusal, correcting=correcting, by=by, at=at)
    return SeeOther(reverse("monitoring:bedside", args=[wrong.admission_id]))


@needs(Permission.CHART)
@require_POST
@fresh
def preview_set(request: HttpRequest, admission_id: int) -> HttpResponse:
    """What saving would score and raise, as far as the form can be read. Writes nothing."""
    by, at = actor_of(request), clock.now()
    admission = visible_admission(admission_id, by=by)
    return render(
        request,
        "monitoring/chart.html#preview",
        {"preview": _preview(request.POST, admission_id, zone=ZoneInfo(admission.ward.time_zone), at=at)},
    )


def _chart(
    request: HttpRequest,
    facts: bedsides.Bedside,
    typed: QueryDict,
    *,
    refusal: DomainError | None = None,
    reasons: list[Reason] | None = None,
    correcting: bedsides.SetFacts | None = None,
    by: Actor,
    at: datetime,
) -> HttpResponse:
    """The form as typed; with reasons it is a refusal and says so by its status."""
    if reasons:
        refusal = Refused("unreadable", "The form cannot be read.", reasons)
    if refusal is not None:
        record_refusal(request, refusal)
        reasons = list(refusal.reasons)
    zone, admission = zone_of(facts), facts.admission
    beside: BedsidePage = bedside_page(facts, by=by, zone=zone, at=at)
    poll = reverse("monitoring:pulse", args=[admission.ward_id])
    context = around(request, admission.ward, poll=poll, by=by, at=at)
    context["page"] = chart_page(facts, beside, typed, reasons=reasons or (), correcting=correcting, zone=zone, at=at)
    context["preview"] = _preview(typed, admission.pk, zone=zone, at=at)
    status = refusal.status if refusal else 422 if reasons else 200
    return render(request, "monitoring/chart.html", context, status=status)


def _preview(typed: QueryDict, admission_id: int, *, zone: ZoneInfo, at: datetime) -> Any:
    entry = ChartForm(typed, zone=zone, at=at).read_what_can_be()
    instead_of = typed.get("corrects", "")
    foresight = foresee(admission_id, entry, instead_of=int(instead_of) if _ID.fullmatch(instead_of) else None, at=at)
    return present_preview(foresight, entry, zone=zone, at=at)


def _held(fields: dict[str, list[str]]) -> QueryDict:
    held = QueryDict(mutable=True)
    for name, values in fields.items():
        held.setlist(name, values)
    return held
