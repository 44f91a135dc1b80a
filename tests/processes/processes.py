"""Looking at processes from outside: who lives, and whose child it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.children import started_at_tick


def eventually(what: Callable[[], bool], *, within_s: float = 10.0) -> bool:
    until = time.monotonic() + within_s
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    return started_at_tick(pid) is not None


def children_of(parent: int) -> dict[int, str]:
    """Living processes below `parent`, with their command lines."""
    parents: dict[int, int] = {}
    for directory in Path("/proc").iterdir():
        try:
            fields = (directory / "stat").read_text().rpartition(")")[2].split() if directory.name.isdigit() else []
        except OSError:
            continue
        if fields and fields[0] != "Z":
            parents[int(directory.name)] = int(fields[1])
    below = {parent}
    while more := {pid for pid, above in parents.items() if above in below} - below:
        below |= more
    return {pid: command for pid in below - {parent} if (command := _command_line(pid))}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
