"""Reading a body: JSON, small, and said once."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api.errors import TooLarge
from core.errors import Malformed

LIMIT_BYTES = 64 * 1024  # the largest set, every comment letter escaped, is about 26 kB


class Json(BaseParser):
    """Strict JSON in UTF-8: numbers are exact, NaN and Infinity are not JSON, and a field named twice is refused.

    (Most readers take the second of two; which of two heart rates was meant is not ours to choose.)
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request: Request = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > LIMIT_BYTES:
            raise TooLarge("too_large", f"The body is larger than {LIMIT_BYTES // 1024} kB.")
        try:
            return parsed(stream.read(LIMIT_BYTES + 1))
        except OSError as error:  # the sender went away in the middle
            raise Malformed("not_json", "The body did not arrive whole.") from error


def parsed(body: bytes) -> Any:
    """The JSON value of a body; `Malformed` says where it is not JSON."""
    try:
        value = json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_said_once
        )
        # A half of a surrogate pair ("\ud800") is JSON, but no character, and cannot be stored or answered.
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed("not_json", f"The body is not JSON: {error.msg}, at {where}.") from error
    except UnicodeError as error:
        raise Malformed("not_json", "The body is not JSON: it has bytes or escapes that are no character.") from error
    except (RecursionError, ValueError, ArithmeticError) as error:
        raise Malformed("not_json", "The body is not JSON that can be read: a number or its nesting.") from error
    return value


def _no_number(name: str) -> None:
    raise Malformed("not_json", f"The body is not JSON: {name} is no number.")


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise Malformed("named_twice", "A field is named twice in the body: say each once.")
    return said
