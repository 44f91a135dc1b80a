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
from realtime import heartbeat, ports

log = structlog.get_logger(__name__)


def state(*, at: datetime) -> dict[str, Any]:
    """Database, chain and standby at `at`, how many stays are set aside, version and commit; never a patient.

    `ok` is the chain alone: while the standby watches in its place (`watching`), nothing is missed and yet somebody has
    to come. A stay that is set aside leaves it ok: the chain works, and the stay's ward says so on every page. The broker
    is not asked: a heartbeat that comes through proves it. It never raises.
    """
    answer: dict[str, Any] = {"version": settings.VERSION, "commit": settings.COMMIT}
    try:
        marks = heartbeat.marks()
        set_aside = sum(ports.set_aside.ask_all())
    except Exception as error:  # whatever the reason, the answer is the same: without the database nobody watches
        log.warning("health.database_unreachable", error=type(error).__name__)
        unknown = {"state": "unknown", "age_s": None}
        return answer | {
            "ok": False,
            "database": "unreachable",
            "watching": "nobody",
            "heartbeat": unknown,
            "standby": unknown,
            "set_aside": None,
        }
    watch = heartbeat.judge(marks, at=at)
    has_chain = watch.ok and not watch.by_standby
    standby = heartbeat.judge(heartbeat.Marks(chain=marks.standby), at=at)
    return answer | {
        "ok": has_chain,
        "database": "ok",
        "watching": "chain" if has_chain else "standby" if watch.ok else "nobody",
        "heartbeat": {"state": "ok" if has_chain else "lost", "age_s": _age_s(marks.chain, at=at)},
        "standby": {"state": "ok" if standby.ok else "lost", "age_s": _age_s(marks.standby, at=at)},
        "set_aside": set_aside,
    }


def _age_s(mark: datetime | None, *, at: datetime) -> float | None:
    return None if mark is None else round((at - mark).total_seconds(), 1)


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
    """200 while beat, broker, worker and database are whole, else 503: call somebody, even where the standby watches."""
    found = state(at=clock.now())
    return JsonResponse(found, status=200 if found["ok"] else 503)
