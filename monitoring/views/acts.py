"""What is done at the bedside by one tap or a short form: seen, stopped, reduced, an event, a note, a snooze."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from accounts.decorators import needs
from accounts.middleware import record_refusal
from accounts.requests import actor_of
from accounts.roles import Permission
from core import clock
from core.errors import Conflict, DomainError, Refused
from infusion import actions as infusion
from monitoring import actions
from monitoring.forms import ActForm
from monitoring.presenters import asking
from monitoring.presenters.asking import AskPage
from monitoring.presenters.chart import Problem
from monitoring.selectors import bedside as bedsides
from monitoring.views.around import SeeOther, asks_itself, beside, fresh, look, ring_seen


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
            seen_rang_at=ring_seen(request.POST.get("rang_at", "")),
            by=by,
            at=at,
        )
    except Conflict as conflict:
        refusal = conflict
        record_refusal(request, conflict)
    if not asks_itself(request):
        return SeeOther(reverse("monitoring:bedside", args=[admission_id]))
    context = beside(request, bedsides.bedside(admission_id, by=by, at=at), by=by, at=at)
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


@needs(Permission.MAKE_SAFE)
@require_POST
@fresh
def decrease(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Record that the dose was lowered at the pump to what an alert offered: one tap."""
    by, at = actor_of(request), clock.now()
    form = ActForm(request.POST)
    dose, client_id = form.dose(), form.client_id()
    infusion.decrease(
        admission_id, dose_mg_per_kg_h=dose, reason="as an alert offered", client_id=client_id, by=by, at=at
    )
    return SeeOther(reverse("monitoring:bedside", args=[admission_id]))


@needs(Permission.RECORD_EVENT)
@require_POST
@fresh
def record_event(request: HttpRequest, admission_id: int) -> HttpResponse:
    """Record an event of the stop list: one tap, nothing asked first."""
    by, at = actor_of(request), clock.now()
    form = ActForm(request.POST)
    actions.record_adverse_event(admission_id, kind=form.event(), client_id=form.client_id(), by=by, at=at)
    return SeeOther(reverse("monitoring:bedside", args=[admission_id]))


@needs(Permission.RECORD_EVENT)
@require_http_methods(["GET", "POST"])
@fresh
def withdraw_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """ "Recorded by mistake", with the reason."""
    by, at = actor_of(request), clock.now()
    event = bedsides.visible_event(event_id, by=by)
    return _ask(
        request,
        event.admission_id,
        about=lambda facts, form: asking.withdrawal(event, facts, form, at=at),
        do=lambda form: actions.withdraw_adverse_event(
            event_id, reason=form.text(), client_id=form.client_id(), by=by, at=at
        ),
        by=by,
        at=at,
    )


@needs(Permission.ACKNOWLEDGE_ALERT)
@require_http_methods(["GET", "POST"])
@fresh
def snooze_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Put a ring off, once: asked before it is done."""
    by, at = actor_of(request), clock.now()
    return _ask(
        request,
        bedsides.admission_of_alert(alert_id, by=by),
        about=lambda facts, form: asking.snooze(alert_id, facts, form, at=at),
        do=lambda form: actions.snooze_alert(
            alert_id,
            minutes=form.minutes(),
            seen_rang_at=ring_seen(form.said("rang_at")),
            client_id=form.client_id(),
            by=by,
            at=at,
        ),
        by=by,
        at=at,
    )


@needs(Permission.ACKNOWLEDGE_ALERT)
@require_http_methods(["GET", "POST"])
@fresh
def note_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """A note, a call or an action on an alert, in words."""
    by, at = actor_of(request), clock.now()
    return _ask(
        request,
        bedsides.admission_of_alert(alert_id, by=by),
        about=lambda facts, form: asking.note(alert_id, facts, form, at=at),
        do=lambda form: actions.note_alert(
            alert_id, kind=form.note_kind(), text=form.text(), client_id=form.client_id(), by=by, at=at
        ),
        by=by,
        at=at,
    )


@needs(Permission.ACKNOWLEDGE_ALERT)
@require_http_methods(["GET", "POST"])
@fresh
def resolve_alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Close an alert with what was done; refused, every reason comes back."""
    by, at = actor_of(request), clock.now()
    return _ask(
        request,
        bedsides.admission_of_alert(alert_id, by=by),
        about=lambda facts, form: asking.resolution(alert_id, facts, form, at=at),
        do=lambda form: actions.resolve_alert(
            alert_id,
            text=form.text(),
            seen_rang_at=ring_seen(form.said("rang_at")),
            client_id=form.client_id(),
            by=by,
            at=at,
        ),
        by=by,
        at=at,
    )


def _ask(
    request: HttpRequest,
    admission_id: int,
    *,
    about: Callable[[bedsides.Bedside, ActForm], AskPage],
    do: Callable[[ActForm], object],
    by: Actor,
    at: datetime,
) -> HttpResponse:
    """A short form on a page of its own: asked, then done; refused, it comes back with the reasons and what was typed."""
    form = ActForm(request.POST if request.method == "POST" else None)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            do(form)
        except (Refused, Conflict) as refused:
            refusal = refused
            record_refusal(request, refused)
        else:
            return SeeOther(reverse("monitoring:bedside", args=[admission_id]))
    facts = bedsides.bedside(admission_id, by=by, at=at)
    look("bedside.viewed", facts, opened=refusal is None, by=by, at=at)
    context = beside(request, facts, by=by, at=at)
    context["shell"] = replace(context["shell"], poll=reverse("monitoring:pulse", args=[facts.admission.ward_id]))
    context["ask"] = about(facts, form)
    if refusal is not None:
        said = [each.sentence for each in refusal.reasons]
        context["problems_title"] = "Not done" if said == [refusal.sentence] else refusal.sentence  # not the same twice
        context["problems"] = [Problem(each.sentence, "text" if each.field else "") for each in refusal.reasons]
    return render(request, "monitoring/ask.html", context, status=refusal.status if refusal else 200)
