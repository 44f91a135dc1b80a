"""Every refusal and every failure in one shape: {code, sentence, reasons[], fields{}} (DESIGN 9)."""

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.actor import Channel
from accounts.middleware import as_refusal, record_refusal
from accounts.models import User
from core.errors import DomainError, Malformed, Reason

log = structlog.get_logger(__name__)

# A body may be wrong in thousands of places; nobody reads more than these.
REASONS_AT_MOST = 50

SENTENCES: dict[str, str] = {
    "not_authenticated": "Who is asking? Send a bearer token, or sign in.",
    "not_found": "There is nothing at this address.",
    "not_acceptable": "Answers are JSON: ask for application/json.",
    "unsupported_media_type": "Send JSON, with the header Content-Type: application/json.",
}
_UNEXPECTED = (
    "Something went wrong on our side. Whether it was saved is not known: "
    "send the same again with the same client_id, it is never stored twice."
)
_AWAY = "The database does not answer. Send the same again with the same client_id: it is never stored twice."


class TooLarge(DomainError):
    """More was sent than any operation takes."""

    status = 413


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to whatever an operation raised; REST framework calls it. A person's refusal goes into the trail."""
    request: HttpRequest = context["request"]._request
    refusal = _as_refusal(error)
    if refusal is not None:
        if isinstance(request.user, User):
            record_refusal(request, refusal, channel=Channel.API)
        return Response(shape(refusal.code, refusal.sentence, refusal.reasons), status=refusal.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, OperationalError | InterfaceError):
        log.error("database away", error=type(error).__name__)
        return Response(shape("unavailable", _AWAY), status=503, headers={"Retry-After": "2"})
    return _of_failure(error, request)


def shape(code: str, sentence: str, reasons: Iterable[Reason] = ()) -> dict[str, Any]:
    """The one error shape. Without reasons of its own, the refusal is its own reason."""
    found = list(reasons)[:REASONS_AT_MOST] or [Reason(code, sentence)]
    fields: dict[str, list[str]] = {}
    for reason in found:
        if reason.field:
            fields.setdefault(reason.field, []).append(reason.sentence)
    listed = [{"code": each.code, "sentence": each.sentence, "field": each.field, "kind": each.kind} for each in found]
    return {"code": code, "sentence": sentence, "reasons": listed, "fields": fields}


def _as_refusal(error: Exception) -> DomainError | None:
    if isinstance(error, exceptions.ValidationError):
        reasons = list(_reasons(error.detail))
        sentence = reasons[0].sentence if len(reasons) == 1 else "What was sent cannot be read. Nothing was saved."
        return Malformed("malformed", sentence, reasons[:REASONS_AT_MOST])
    return as_refusal(error)


def _reasons(detail: Any, path: str = "") -> Iterator[Reason]:
    """Flatten the framework's nested details; a field inside another is named with a dot."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            below = "" if name == "non_field_errors" else str(name)
            yield from _reasons(inner, ".".join(filter(None, (path, below))))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, inner in enumerate(detail):
            # A list of messages, or a list of items some of which have messages of their own.
            yield from _reasons(inner, path if isinstance(inner, str) else f"{path}.{index}")
    else:
        yield Reason(str(detail.code), f"{path or 'The body'} {detail}", path)


def _of_framework(error: exceptions.APIException) -> Response:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else error.default_code
    response = Response(shape(code, SENTENCES.get(code) or str(error.detail)), status=error.status_code)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = f"{wait:.0f}"
    return response


def _of_failure(error: Exception, request: HttpRequest) -> Response:
    """500. The log has where, not what: a database's message quotes the row, and rows are patients."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("operation failed", error=type(error).__name__, path=request.path, where=where)
    got_request_exception.send(sender=answer, request=request)
    return Response(shape("unexpected", _UNEXPECTED), status=500)
