"""How this installation is: for the machine that restarts the process, and for the one that calls somebody."""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import open_to_all
from core import clock
from realtime import heartbeat

log = structlog.get_logger(__name__)


def state(*, at: datetime) -> dict[str, Any]:
    """Database and heartbeat at `at`, version and commit; never a patient, and it never raises.

    The broker is not asked: a heartbeat that comes through proves it, and one that does not says no more than that
    nobody watches, whoever is to blame.
    """
    answer: dict[str, Any] = {"version": settings.VERSION, "commit": settings.COMMIT}
    try:
        beat_at = heartbeat.last_beat()
    except Exception as error:  # whatever the reason, the answer is the same: without the database nobody watches
        log.warning("health.database_unreachable", error=type(error).__name__)
        return answer | {"ok": False, "database": "unreachable", "heartbeat": {"state": "unknown", "age_s": None}}
    watch = heartbeat.judge(beat_at, at=at)
    age_s = None if beat_at is None else round((at - beat_at).total_seconds(), 1)
    return answer | {
        "ok": watch.ok,
        "database": "ok",
        "heartbeat": {"state": "ok" if watch.ok else "lost", "age_s": age_s},
    }


@open_to_all
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nothing of anybody: a broken database must not restart the web process."""
    return HttpResponse("ok", content_type="text/plain")


@open_to_all
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while overdue sets are raised by themselves, else 503: call somebody."""
    found = state(at=clock.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)
