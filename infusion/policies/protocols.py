"""Reasons why a protocol's content cannot be used: all of them at once, each with its place in the content."""

import re
from collections.abc import Iterator, Mapping

from core.errors import Reason
from infusion import ports
from infusion.domain.protocol import ContentError, ProtocolContent

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LONGEST_TEXT = 2000
_LARGEST_WHOLE = 10**9
_DEEPEST = 12


def reasons_not_to_use(content: object) -> list[Reason]:
    """Every problem of a protocol's content: how it is written, the dose part, and what the apps above read of it."""
    problems = list(_unwritable(content, "")) or [*_of_the_row(content), *_of_the_dose(content), *_of_others(content)]
    return [Reason("content_wrong", problem, "content") for problem in problems]


def _unwritable(value: object, path: str, depth: int = 0) -> Iterator[str]:
    """What could not be kept exactly as it was signed."""
    place = path or "The content"
    if depth > _DEEPEST:
        yield f"{place} is nested too deeply."
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unwritable(str(key), f"{place}: a name", depth)
            yield from _unwritable(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unwritable(inner, f"{path}[{number}]", depth + 1)
    elif isinstance(value, str):
        if "\x00" in value or len(value) > _LONGEST_TEXT:
            yield f"{place} must be at most {_LONGEST_TEXT} characters long, without the null character."
    elif isinstance(value, int):
        if abs(value) > _LARGEST_WHOLE:
            yield f"{place} is too large a number."
    elif value is not None:
        yield f'{place} is a decimal number: write it as text, like "0.05".'


def _of_the_row(content: object) -> Iterator[str]:
    told = content if isinstance(content, Mapping) else {}
    code = told.get("code")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        yield "code must be a short name of small letters, digits, _ and -, like lidocaine_headache."
    for key, longest in (("name", 120), ("drug", 80)):
        text = told.get(key)
        if isinstance(text, str) and len(text) > longest:
            yield f"{key} must be at most {longest} characters long."


def _of_the_dose(content: object) -> Iterator[str]:
    try:
        ProtocolContent.from_content(content)
    except ContentError as error:
        yield from error.problems


def _of_others(content: object) -> Iterator[str]:
    for problems in ports.content_problems.ask_all(content):
        yield from problems
