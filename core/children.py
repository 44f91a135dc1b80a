"""Child processes that never outlive whoever started them.

The launcher may be killed without warning (`kill -9`, a closed terminal, a crash). What it started must end with it,
or the next start finds ports and data directories taken by orphans. Linux offers exactly that: the parent-death
signal. It is tied to the *thread* that forked, so children are started from the main thread only.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may be imported.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """An operating system account that a child is dropped to."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account for services that refuse to run as root (PostgreSQL does); None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise RuntimeError("PostgreSQL refuses to run as root, and there is neither an account `postgres` nor `nobody`.")


def may_use(account: Account, path: Path, *, right: str = "-x") -> bool:
    """Whether the account may pass through (or run) `path`: asked of the kernel, which knows every parent and ACL."""
    asked = subprocess.run(
        ["/bin/sh", "-c", f'test {right} "$0"', str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    output: int | IO[bytes],
    account: Account | None = None,
    cwd: Path = Path("/"),
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child that gets `death_signal` if we die. Its session is its own: Ctrl-C is ours to hand on."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Children are started from the main thread: the parent-death signal follows the thread.")
    parent = os.getpid()

    def die_with_parent() -> None:
        # Runs after the change of user, which would have cleared it.
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died between fork and prctl
                os._exit(1)

    return subprocess.Popen(
        list(argv),
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to a child and everything it started in its session; silent when nobody is left."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def stop(child: subprocess.Popen[bytes], *, first: signal.Signals, grace_s: float) -> None:
    """Ask a child to end, and end it with its group when it has not after `grace_s` seconds."""
    if child.poll() is None:
        child.send_signal(first)
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    signal_group(child.pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty when the process is gone or only waits to be buried."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] == "Z" else fields


def started_at_tick(pid: int) -> int | None:
    """When a process started, in kernel clock ticks since boot: with its id, its identity. None when it is gone."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def session_members(leader: int) -> list[int]:
    """Everybody in the session that a child of ours opened, itself among them. Nobody else can have its number."""
    pids = (int(directory.name) for directory in Path("/proc").iterdir() if directory.name.isdigit())
    return [pid for pid in pids if _stat(pid)[3:4] == [str(leader)]]


def standing_in(directory: Path) -> list[int]:
    """Living processes whose working directory it is: a PostgreSQL server and all its backends stand in their data."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and os.readlink(process / "cwd") == str(directory):
                found.append(int(process.name))
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return found


def this_boot() -> str:
    """Which boot of the machine this is: process numbers of another one mean nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


def wait_until_gone(pid: int, *, seconds: float) -> bool:
    """Wait for a process that is not our child to end; whether it did."""
    started = started_at_tick(pid)
    until = time.monotonic() + seconds
    while started is not None and started_at_tick(pid) == started:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def end_stranger(pid: int, *, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """End a process left by an earlier run: each signal with the seconds it is given, until it is gone."""
    for number, seconds in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until_gone(pid, seconds=seconds):
            return
