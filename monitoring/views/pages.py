"""The ward's pages: board and bedside. They read the clock, call one selector, and show words."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.decorators import needs
from accounts.looking import record_look
from accounts.requests import actor_of
from accounts.roles import Permission
from core import clock
from monitoring.presenters.board import board as present_board
from monitoring.presenters.board import row as present_row
from monitoring.selectors import bedside as bedsides
from monitoring.selectors.board import ward_board
from monitoring.views.around import around, asks_itself, beside, fresh, look
from patients.selectors import visible_ward, wards_of


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
    context = around(request, ward, poll=request.path, by=by, at=at)
    context["board"] = present_board(beds, zone=ZoneInfo(ward.time_zone), at=at)
    by_itself = asks_itself(request)
    record_look("board.viewed", ward_id=ward.pk, opened=not by_itself, by=by, at=at)
    if by_itself:
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
    context = around(request, ward, poll="", by=by, at=at)
    context["row"] = present_row(beds[0], zone=ZoneInfo(ward.time_zone), at=at)
    return render(request, "monitoring/board.html#row", context)


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def pulse(request: HttpRequest, ward_id: int) -> HttpResponse:
    """The clock and whether somebody watches, for pages with nothing else to ask again."""
    by = actor_of(request)
    ward = visible_ward(ward_id, by=by)
    return render(request, "_components/pulse.html", around(request, ward, poll="", by=by, at=clock.now()))


@needs(Permission.VIEW_WARD)
@require_GET
@fresh
def bedside(request: HttpRequest, admission_id: int) -> HttpResponse:
    """One patient; asked by the page itself, the parts that change."""
    by, at = actor_of(request), clock.now()
    facts = bedsides.bedside(admission_id, by=by, at=at)
    context = beside(request, facts, by=by, at=at)
    by_itself = asks_itself(request)
    look("bedside.viewed", facts, opened=not by_itself, by=by, at=at)
    if by_itself:
        return render(request, "monitoring/bedside.html#live", context)
    return render(request, "monitoring/bedside.html", context)
