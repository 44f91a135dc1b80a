"""The API described: for programs, for people, and for those who lost their way."""

from typing import Any, NoReturn

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.decorators import needs
from accounts.roles import Permission
from api.describing import description
from api.operation import Operation


@extend_schema(exclude=True)
class Schema(Operation):
    """The OpenAPI description."""

    permission = Permission.READ_API_SCHEMA

    def get(self, request: Request) -> Response:
        """OpenAPI 3 in JSON."""
        return Response(description())


@needs(Permission.READ_API_SCHEMA)
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """A page to read the description and to try the operations with one's own session."""
    return render(request, "api/docs.html", {"title": settings.SPECTACULAR_SETTINGS["TITLE"]})


@extend_schema(exclude=True)
class Nowhere(Operation):
    """Every other address below /api/: 404 in the one shape, for whoever is signed in."""

    permission = Permission.SIGN_IN

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """No method leads anywhere here."""
        raise Http404
