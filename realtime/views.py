"""The live stream of a ward."""

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.decorators import needs
from accounts.roles import Permission
from realtime import heartbeat
from realtime.hub import hub
from realtime.watchers import watcher_of

# More than one person has tabs; what is beyond goes on by its poll.
STREAMS_A_SIGN_IN = 60


@needs(Permission.VIEW_WARD)
@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """What changes on `?ward=`, as server-sent events, for as long as the page is open and the person signed in.

    An ordinary view that is over before the first byte leaves: the stream itself touches no database.
    """
    watcher = watcher_of(request)
    if not isinstance(request, ASGIRequest):
        # Through WSGI the first stream would hold a thread for ever.
        return HttpResponse("The stream is served by config.asgi only.", status=501, content_type="text/plain")
    if hub.streams_of(watcher) >= STREAMS_A_SIGN_IN:
        connections.close_all()
        return HttpResponse(
            "Too many open pages.", status=429, content_type="text/plain", headers={"Retry-After": "20"}
        )
    marks = heartbeat.marks()
    # Else every open page would keep a connection of the pool.
    connections.close_all()
    return StreamingHttpResponse(
        hub.stream(watcher, marks=marks),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
