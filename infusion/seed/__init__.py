"""Protocols that ship with the software. They are drafts until a physician of the hospital signs them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_FIRST = "ketamine_headache_v3.json"


@cache
def default_content() -> dict[str, Any]:
    """The content of the first shipped protocol.

    Its numbers also judge sets where a hospital has signed none yet, and stand in for a section that a protocol lacks
    because it was signed before that section existed.
    """
    return _read(_FIRST)


@cache
def shipped_contents() -> tuple[dict[str, Any], ...]:
    """Every shipped protocol, the default first: what an administrator may draft from."""
    others = sorted(path.name for path in _FOLDER.glob("*.json") if path.name != _FIRST)
    return tuple(_read(name) for name in (_FIRST, *others))


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return content
