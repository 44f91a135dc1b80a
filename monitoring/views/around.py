"""What every page of the ward shares: never in a cache, the shell around it, and the way back after an act."""

from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseRedirect
from django.views.decorators.cache import cache_control

from accounts.actor import Actor
from accounts.looking import record_look
from core.errors import Malformed
from monitoring.presenters import words
from monitoring.presenters.bedside import bedside_page
from monitoring.presenters.shell import shell
from monitoring.selectors import bedside as bedsides
from monitoring.selectors.set_aside import beds_set_aside
from patients.models import Ward
from patients.selectors import wards_of

# No page of a patient stays in a cache, a shared tablet's least of all; and one address has a page and a fragment.
fresh = cache_control(private=True, no_store=True)


class SeeOther(HttpResponseRedirect):
    """Done; go and look there. 303, so that going back never sends the form again."""

    status_code = 303


def around(request: HttpRequest, ward: Ward, *, poll: str, by: Actor, at: datetime) -> dict[str, Any]:
    """The context of the shell: ward, who, whether the page asks itself again."""
    wards = wards_of(by.user_id) if by.user_id and not asks_itself(request) else ()
    return {
        "shell": shell(ward, wards, poll=poll, by=by, at=at, here=request.path),
        # Templates call what is callable: a row of the board, which does not say it, does not ask.
        "set_aside": cache(lambda: words.beds(beds_set_aside(ward.pk))),
    }


def beside(request: HttpRequest, facts: bedsides.Bedside, *, by: Actor, at: datetime) -> dict[str, Any]:
    """The context of a page about one patient."""
    page = bedside_page(facts, by=by, zone=zone_of(facts), at=at)
    return {**around(request, facts.admission.ward, poll=page.href, by=by, at=at), "page": page}


def look(verb: str, facts: bedsides.Bedside, *, opened: bool, by: Actor, at: datetime) -> None:
    """Leave in the trail that somebody looked at a patient."""
    stay = facts.admission
    record_look(verb, admission_id=stay.pk, patient_id=stay.patient_id, opened=opened, by=by, at=at)


def zone_of(facts: bedsides.Bedside) -> ZoneInfo:
    """The ward's time zone."""
    return ZoneInfo(facts.admission.ward.time_zone)


def asks_itself(request: HttpRequest) -> bool:
    """The page asks for a part of itself (htmx, live.js)."""
    return request.headers.get("HX-Request") == "true"


def ring_seen(text: str) -> datetime | None:
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
