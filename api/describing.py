"""What OpenAPI says of the API: how one proves who one is, and the refusals that every operation may answer."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers

from api.answers import Refusal
from core.addresses import LARGEST_ID

Described = TypeVar("Described", bound=Callable[..., Any])

READING = (400, 401, 403, 404, 405, 406)
WRITING = (*READING, 409, 413, 415, 422)
_WHY: Mapping[int, str] = {
    400: "Cannot be read as what was asked for. `fields` names each part.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "The role does not include this; the sentence says whose act it is.",
    404: "Not there, or on a ward where the person does not work: the answer is the same.",
    405: "This address does not take that method.",
    406: "Only JSON is answered.",
    409: "Somebody was first: the page is stale, or the chart is held by another. Look again, then send again.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A rule of the house or of the protocol says no. `reasons` has every one.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token of `manage.py issue_token`."""

    target_class = "api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "plateau_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of a page; writing takes its CSRF token in X-CSRFToken as well."""

    target_class = "api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def described(
    name: str,
    *,
    tag: str,
    answers: Mapping[int, type[serializers.Serializer[Any]]],
    refused: Sequence[int] = READING,
    takes: type[serializers.Serializer[Any]] | None = None,
    parameters: Sequence[type[serializers.Serializer[Any]]] = (),
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[Described], Described]:
    """Describe one operation by its docstring; `refused` are the statuses answered with a `Refusal`."""
    responses: dict[int, Any] = {
        status: OpenApiResponse(shape, HTTPStatus(status).phrase) for status, shape in answers.items()
    }
    responses |= {status: OpenApiResponse(Refusal, _WHY[status]) for status in refused}

    def describe(operation: Described) -> Described:
        headline = (inspect.getdoc(operation) or "").partition("\n")[0]
        describing: Callable[[Described], Described] = extend_schema(
            operation_id=name,
            summary=headline.rstrip("."),
            tags=[tag],
            request=takes,
            responses=responses,
            parameters=list(parameters),
            examples=list(examples),
        )
        return describing(operation)

    return describe


def said_plainly(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Leave every choice where it is used, without the framework's own marks; say that bodies are strict and ids numbers.

    (By default each list of words becomes a component with a made-up name, which says less and changes with others.)
    """
    _strip(result)
    for methods in result["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    for name, component in result["components"]["schemas"].items():
        if name.endswith("Request"):
            component["additionalProperties"] = False
    return result


def _strip(node: Any) -> None:
    if isinstance(node, dict):
        node.pop("x-spec-enum-id", None)
        for inner in node.values():
            _strip(inner)
    elif isinstance(node, list):
        for inner in node:
            _strip(inner)


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The OpenAPI description of all operations; made once a process, since it changes only with the code."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema
