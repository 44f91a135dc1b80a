"""What every operation of the API shares: its permission, how it reads, and that nothing of it is kept in a cache."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actor import Actor, Channel
from accounts.requests import actor_of
from accounts.roles import Permission
from api.fields import Strict
from api.parsing import Json


class Operation(APIView):
    """One address. Every class declares `permission`; `permission_of` names the methods that take another."""

    permission: ClassVar[Permission]
    permission_of: ClassVar[Mapping[str, Permission]] = {}
    parser_classes: list[type[BaseParser]] = [Json]
    http_method_names = ["get", "head", "post"]  # not OPTIONS: the description is at /api/schema/

    @property
    def by(self) -> Actor:
        """Who is asking, for an action's `by`."""
        return actor_of(self.request._request, Channel.API)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Patients' data is not for caches."""
        answered: Response = super().finalize_response(request, response, *args, **kwargs)
        answered["Cache-Control"] = "no-store"
        return answered


def body(of: type[Strict], request: Request) -> dict[str, Any]:
    """What was sent, as `of` describes it; 400 with every field that cannot be read."""
    return _read(of, request.data)


def query(of: type[Strict], request: Request) -> dict[str, Any]:
    """The query string, likewise."""
    return _read(of, request.query_params.dict())


def _read(of: type[Strict], data: Any) -> dict[str, Any]:
    validated: dict[str, Any] = _reader(of).run_validation(data)
    return validated


@cache
def _reader(of: type[Strict]) -> Strict:
    """One reader for all requests: it holds nothing of what it reads, and making one copies every field (1 ms a set)."""
    return of()
