"""Who is asking: a program with a bearer token, or a person's browser with its session."""

import structlog
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts import tokens
from accounts.models import User
from core import clock

log = structlog.get_logger(__name__)

REALM = 'Bearer realm="Plateau"'


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer plateau_…` of `manage.py issue_token`; one statement."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The token's person; None where the header names no bearer, so that a session may answer for it."""
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        user = tokens.bearer(key.strip(), at=clock.now())
        if user is None:
            log.warning("bearer token refused")
            raise exceptions.AuthenticationFailed(
                "This token is not valid: unknown, expired, revoked, or of somebody who left.", "token_not_valid"
            )
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """What a stranger is told to bring."""
        return REALM


class Session(SessionAuthentication):
    """The session of somebody signed in at a page. Writing takes the page's CSRF token too."""

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a write that another site may have sent in the person's name."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(
                "This did not come from a page of Plateau: the header X-CSRFToken is missing or wrong.", "csrf_failed"
            ) from error
