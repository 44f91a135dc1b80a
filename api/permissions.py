"""What an operation takes: it declares one permission, and only roles that include it come through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from accounts.actor import Channel
from accounts.models import User
from accounts.requests import actor_of
from accounts.roles import Permission

if TYPE_CHECKING:
    # The framework's views import this module by its name in the settings.
    from rest_framework.request import Request
    from rest_framework.views import APIView


def needed(operation: type[APIView], method: str | None) -> Permission:
    """The permission that this operation declares for the method.

    `permission` stands for every method; `permission_of` names those that take another. An operation without one is
    a mistake of ours and answers nobody.
    """
    by_method: dict[str, Permission] = getattr(operation, "permission_of", {})
    permission: Permission = by_method.get(method or "") or operation.permission  # type: ignore[attr-defined]
    return permission


class Granted(BasePermission):
    """Strangers get 401; people whose role does not include the act get 403 and a sentence that says whose act it is."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        actor_of(request._request, Channel.API).must_be_allowed(needed(type(view), request.method))
        return True
