"""The guard of a page. Every page carries one; a metatest visits them all."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.requests import actor_of
from accounts.roles import Permission

View = Callable[..., HttpResponseBase]


def needs(permission: Permission) -> Callable[[View], View]:
    """The page is for signed-in people whose role includes `permission`; others get 403 and the reason."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor_of(request).must_be_allowed(permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def open_to_all(view: View) -> View:
    """The page is for anybody: sign-in, the process's own health. The metatest holds the list of these short."""
    opened = login_not_required(view)
    opened.open_to_all = True  # type: ignore[attr-defined]
    return opened
