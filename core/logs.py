"""Log lines say where something failed, never what: a database's message quotes the row, and rows are patients."""

import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any


def where_not_what(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """In place of an exception: its kind, and the places it came through."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    if error is None:
        return line
    record = line.get("_record")
    if record is not None and record.name.startswith("celery"):
        line["event"] = "task failed"  # its own words hold the exception's
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename][-8:]
    line["error"] = type(error).__name__
    line["where"] = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in [*ours, *frames[-1:]])
    return line
