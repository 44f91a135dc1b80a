"""What every request gets: a name of its own, and an honest answer when an action refuses."""

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.actor import Channel
from accounts.requests import actor_of
from audit.trail import record
from core.errors import Conflict, DomainError
from core.posted import named_twice

Answer = Callable[[HttpRequest], HttpResponse]
LOCK_NOT_AVAILABLE = "55P03"


def as_refusal(error: BaseException) -> DomainError | None:
    """The refusal behind an exception, else None: a rule's own, a row that somebody else held for too long, or an id
    that stood for something else at the same moment."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
        return Conflict(
            "held_by_another", "Somebody else is changing this patient's chart. Nothing was saved; try again."
        )
    return named_twice(error)


class RequestIdMiddleware:
    """Names the request, for logs and the trail: what a proxy said if it looks like a name, else a new one."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.headers.get("X-Request-ID", "")
        name = (
            asked
            if 8 <= len(asked) <= 64 and asked.isascii() and asked.replace("-", "").isalnum()
            else uuid.uuid4().hex
        )
        request.META["plateau.request_id"] = name
        structlog.contextvars.bind_contextvars(request=name)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
        response["X-Request-ID"] = name
        # Refusals name patients and times, too; what may be kept says so itself.
        response.setdefault("Cache-Control", "no-store")
        return response


class ReadableFormMiddleware:
    """Refuses a form in another encoding than UTF-8 in words.

    Django finds out while it looks for the CSRF token, and again while it makes the page that says so.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if request.content_type == "application/x-www-form-urlencoded" and charset not in {"utf-8", "utf8"}:
            return HttpResponse("Forms are read as UTF-8. Nothing was saved.", content_type="text/plain", status=415)
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Every page asks for a sign-in, but those that say they are open; these do not look the person up either.

    (Django asks who it is first: with a session cookie, `/healthz` would need the database it reports on.)
    """

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: tuple[Any, ...], view_kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class RefusalMiddleware:
    """Turns a refusal that a page did not handle itself into a page with its reasons, and leaves it in the trail."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = as_refusal(error)
        if refusal is None:
            return None
        if request.user.is_authenticated:
            record_refusal(request, refusal)
        return render(request, "refused.html", {"refusal": refusal}, status=refusal.status)


def record_refusal(request: HttpRequest, refusal: DomainError, *, channel: Channel = Channel.PAGE) -> None:
    """Leave in the trail that somebody was refused, of what, and by which codes; what was typed stays out of it."""
    kwargs = request.resolver_match.kwargs if request.resolver_match else {}
    record(
        "act.refused",
        by=actor_of(request, channel),
        admission_id=kwargs.get("admission_id"),
        content={
            "act": request.resolver_match.view_name if request.resolver_match else "",
            "of": {name: value for name, value in kwargs.items() if isinstance(value, int)},
            "code": refusal.code,
            "reasons": [reason.code for reason in refusal.reasons],
        },
    )
