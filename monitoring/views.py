"""The ward's pages: board, bedside, charting. They read the clock, call one action or selector, and show words."""

import re
import uuid
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actor import Actor
from accounts.decorators import needs
from accounts.looking import record_look
from accounts.middleware import record_refusal
from accounts.requests import actor_of
from accounts.roles import Permission
from core import clock
from core.errors import Conflict, DomainError, Malformed, Reason, Refused
from infusion import actions as infusion
from monitoring import actions
from monitoring.forms import ChartForm
from monitoring.presenters import words
from monitoring.presenters.bedside import BedsidePage, bedside_page
from monitoring.presenters.board import board as present_board
from monitoring.presenters.board import row as present_row
from monitoring.presenters.chart import blank, chart_page, filled
from monitoring.presenters.preview import preview as present_preview
from monitoring.presenters.shell import shell
from monitoring.selectors import bedside as bedsides
from monitoring.selectors.board import ward_board
from monitoring.selectors.foresight import foresee
from monitoring.selectors.set_aside import beds_set_aside
from patients.models import Ward
from patients.selectors import visible_admission, visible_ward, wards_of

# No page of a patient stays in a cache, a shared tablet's least of all; and one address has a page and a fragment.
fresh = cache_control(private=True, no_store=True)

_ID = re.compile("[0-9]{1,18}")


class SeeOther(HttpResponseRedirect):
    """Done; go and look there. 303, so that going back never sends the form again."""

    status_code = 303


@needs(Permission.SIGN_IN)
@require_GET
@fresh
def home(request: HttpRequest) -> HttpResponse:
    """The board of the person's ward; a word for those who work on none."""
    by = actor_of(request)
    ward = next(iter(wards_of(by.user_id)), None) if by.user_id and by.may(Permission.VIEW_WARD) else None
    if ward is not None:
        return redirect("monitoring:board", ward_id=ward.pk)
    return render(request, "monitoring/no_ward.html", {"who": by})


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def board(request: HttpRequest, ward_id: int) -> HttpResponse:
    """A ward's patients, who needs someone first; asked by the page itself, the middle of it alone."""
    by, at = actor_of(request), clock.now()
    ward = visible_ward(ward_id, by=by)
    beds = ward_board(ward.pk, at=at)
    context = _around(request, ward, poll=request.path, by=by, at=at)
    context["board"] = present_board(beds, zone=ZoneInfo(ward.time_zone), at=at)
    asks_itself = _asks_itself(request)
    record_look("board.viewed", ward_id=ward.pk, opened=not asks_itself, by=by, at=at)
    if asks_itself:
        return render(request, "monitoring/board.html#rows", context)
    return render(request, "monitoring/board.html", context)


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def board_row(request: HttpRequest, ward_id: int, admission_id: int) -> HttpResponse:
    """One bed's row; 404 when the patient has left, and the page takes the row away."""
    by, at = actor_of(request), clock.now()
    ward = visible_ward(ward_id, by=by)
    beds = ward_board(ward.pk, at=at, admission_id=admission_id)
    if not beds:
        return HttpResponse(status=404)
    record_look("board.viewed", ward_id=ward.pk, opened=False, by=by, at=at)
    context = _around(request, ward, poll="", by=by, at=at)
    context["row"] = present_row(beds[0], zone=ZoneInfo(ward.time_zone), at=at)
    return render(request, "monitoring/board.html#row", context)


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def pulse(request: HttpRequest, ward_id: int) -> HttpResponse:
    """The clock and whether somebody watches, for pages with nothing else to ask again."""
    by = actor_of(request)
    ward = visible_ward(ward_id, by=by)
    return render(request, "_components/pulse.html", _around(request, ward, poll="", by=by, at=clock.now()))


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def bedside(request: HttpRequest, admission_id: int) -> HttpResponse:
    """One patient; asked by the page itself, the parts that change."""
    by, at = actor_of(request), clock.now()
    facts = bedsides.bedside(admission_id, by=by, at=at)
    context = _beside(request, facts, by=by, at=at)
    asks_itself = _asks_itself(request)
    _look("bedside.viewed", facts, opened=not asks_itself, by=by, at=at)
    if asks_itself:
        return render(request, "monitoring/bedside.html#live", context)
    return render(request, "monitoring/bedside.html", context)


@needs(Permission.CHART)
@require_http_methods(["GET", "POST"])
@fresh
def new_set(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Chart a set. Refused, the form comes back with everything typed and every reason."""
    by, at = actor_of(request), clock.now()
    facts = bedsides.bedside(admission_id, by=by, at=at)
    zone = _zone(facts)
    if request.method == "GET":
        _look("chart.viewed", facts, opened=True, by=by, at=at)
        return _chart(request, facts, _held(blank(client_id=str(uuid.uuid4()), zone=zone, at=at)), by=by, at=at)
    form = ChartForm(request.POST, zone=zone, at=at)
    if (entry := form.read()) is None:
        return _chart(request, facts, request.POST, reasons=form.reasons, by=by, at=at)
    try:
        actions.record_set(admission_id, entry=entry, by=by, at=at)
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
    zone, correcting = _zone(facts), bedsides.set_facts(wrong, is_current=True)
    if request.method == "GET":
        _look("chart.viewed", facts, opened=True, by=by, at=at)
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


@needs(Permission.ACKNOWLEDGE_ALERT)
@require_POST
@fresh
def acknowledge_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """ "I have seen it", "I am with the patient"; the answer is the list of alerts as it now is."""
    by, at = actor_of(request), clock.now()
    admission_id = bedsides.admission_of_alert(alert_id, by=by)
    refusal: DomainError | None = None
    try:
        actions.acknowledge_alert(
            alert_id,
            with_patient=request.POST.get("with_patient") == "yes",
            seen_rang_at=_ring_seen(request.POST.get("rang_at", "")),
            by=by,
            at=at,
        )
    except Conflict as conflict:
        refusal = conflict
        record_refusal(request, conflict)
    if not _asks_itself(request):
        return SeeOther(reverse("monitoring:bedside", args=[admission_id]))
    context = _beside(request, bedsides.bedside(admission_id, by=by, at=at), by=by, at=at)
    status = refusal.status if refusal else 200
    return render(request, "monitoring/bedside.html#alerts", context | {"refusal": refusal}, status=status)


@needs(Permission.MAKE_SAFE)
@require_POST
@fresh
def stop_infusion(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Record that the pump was stopped: one tap, no form first, no reason asked before."""
    by, at = actor_of(request), clock.now()
    infusion.stop_infusion(admission_id, effective_at=at, by=by, at=at)
    return SeeOther(reverse("monitoring:bedside", args=[admission_id]))


def _around(request: HttpRequest, ward: Ward, *, poll: str, by: Actor, at: datetime) -> dict[str, Any]:
    wards = wards_of(by.user_id) if by.user_id and not _asks_itself(request) else ()
    return {
        "shell": shell(ward, wards, poll=poll, by=by, at=at, here=request.path),
        # Templates call what is callable: a row of the board, which does not say it, does not ask.
        "set_aside": cache(lambda: words.beds(beds_set_aside(ward.pk))),
    }


def _beside(request: HttpRequest, facts: bedsides.Bedside, *, by: Actor, at: datetime) -> dict[str, Any]:
    page = bedside_page(facts, by=by, zone=_zone(facts), at=at)
    return {**_around(request, facts.admission.ward, poll=page.href, by=by, at=at), "page": page}


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
    zone, admission = _zone(facts), facts.admission
    beside: BedsidePage = bedside_page(facts, by=by, zone=zone, at=at)
    poll = reverse("monitoring:pulse", args=[admission.ward_id])
    context = _around(request, admission.ward, poll=poll, by=by, at=at)
    context["page"] = chart_page(facts, beside, typed, reasons=reasons or (), correcting=correcting, zone=zone, at=at)
    context["preview"] = _preview(typed, admission.pk, zone=zone, at=at)
    status = refusal.status if refusal else 422 if reasons else 200
    return render(request, "monitoring/chart.html", context, status=status)


def _preview(typed: QueryDict, admission_id: int, *, zone: ZoneInfo, at: datetime) -> Any:
    entry = ChartForm(typed, zone=zone, at=at).read_what_can_be()
    instead_of = typed.get("corrects", "")
    foresight = foresee(admission_id, entry, instead_of=int(instead_of) if _ID.fullmatch(instead_of) else None, at=at)
    return present_preview(foresight, zone=zone, at=at)


def _held(fields: dict[str, list[str]]) -> QueryDict:
    held = QueryDict(mutable=True)
    for name, values in fields.items():
        held.setlist(name, values)
    return held


def _look(verb: str, facts: bedsides.Bedside, *, opened: bool, by: Actor, at: datetime) -> None:
    stay = facts.admission
    record_look(verb, admission_id=stay.pk, patient_id=stay.patient_id, opened=opened, by=by, at=at)


def _zone(facts: bedsides.Bedside) -> ZoneInfo:
    return ZoneInfo(facts.admission.ward.time_zone)


def _asks_itself(request: HttpRequest) -> bool:
    """The page asks for a part of itself (htmx, live.js)."""
    return request.headers.get("HX-Request") == "true"


def _ring_seen(text: str) -> datetime | None:
    """The ring that the page showed; empty where it showed none. `Malformed` for what is neither."""
    if not text:
        return None
    try:
        at: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1900 <= at.year < 2200:
        raise Malformed(
            "malformed", "Which ring the page showed cannot be read. Nothing is acknowledged; open it again."
        )
    return at
