"""`make verify`: the README's two commands in a clean clone in an empty folder, as a stranger would type them.

As root it is done twice: as an ordinary user with a home of its own, and as root in a folder that nobody else may enter
(the services then run as another account, with their data elsewhere).
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.alive import answer_of
from core.children import Account, spawn, stop
from core.embedded import is_free
from core.places import PROJECT

ALIVE_WITHIN_S = 60.0  # of `make run`, once the environment is there
CHAIN_WITHIN_S = 120.0
STOPPED_WITHIN_S = 30.0
# What a person's shell has in any case; everything else of ours must not help.
KEPT = re.compile(r"^(LANG|LC_ALL|PIP_\w+|\w+_proxy|\w+_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|PLATEAU_CHROMIUM)$")


class NotAsPromised(Exception):
    """A promise of the README that did not hold, with what was seen."""


@dataclass
class Visitor:
    """Somebody with an empty folder, Python, make and git."""

    who: str
    account: Account | None
    room: Path
    python: str
    figures: list[str] = field(default_factory=list)

    @property
    def clone(self) -> Path:
        return self.room / "plateau"

    def environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if KEPT.match(name)}
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {**kept, "PATH": path, "HOME": str(self.room), "PYTHON": self.python, **more}

    def make(self, target: str, **more: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self.room / f"{target}.log"
        with log.open("wb") as output:
            child = spawn(["make", target], env=self.environ(more), output=output, account=self.account, cwd=self.clone)
        return child, log

    def note(self, what: str, since: float) -> None:
        line = f"{self.who}: {what}: {time.monotonic() - since:.1f} s"
        self.figures.append(line)
        say(line)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


def usable_python(account: Account | None) -> str:
    """The first interpreter from 3.11 on that this visitor can run and that can make environments."""
    question = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    for name in (os.environ.get("PYTHON"), "python3", "/usr/bin/python3", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(name) if name else None
        if path is None:
            continue
        identity: dict[str, Any] = (
            {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
        )
        try:
            asked = subprocess.run([path, "-c", question], cwd="/", stderr=subprocess.DEVNULL, check=False, **identity)
        except PermissionError:
            continue
        if asked.returncode == 0:
            return path
    raise NotAsPromised("There is no Python from 3.11 on with `venv` that this visitor could run.")


def an_ordinary_account() -> Account:
    """Anybody but root, and not the account that the services would take for themselves."""
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def clean_clone(visitor: Visitor) -> None:
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(PROJECT), str(visitor.clone)], check=True)
    if visitor.account is not None:
        for path in (visitor.room, *visitor.room.rglob("*")):
            os.chown(path, visitor.account.uid, visitor.account.gid, follow_symlinks=False)


def run_to_end(visitor: Visitor, target: str) -> None:
    since = time.monotonic()
    child, log = visitor.make(target)
    if child.wait() != 0:
        raise NotAsPromised(f"{visitor.who}: `make {target}` failed:\n{end_of(log)}")
    visitor.note(f"make {target}", since)
    if target == "test":
        say(f"{visitor.who}: {log.read_text(errors='replace').strip().splitlines()[-1]}")


def see_it_run(visitor: Visitor, *, ring: bool) -> None:
    """`make run`: the page, the chain behind it, an overdue set that rings by itself, Ctrl-C, and nobody left."""
    port = next(port for port in range(8100, 8200) if is_free(port))
    since = time.monotonic()
    child, log = visitor.make("run", PORT=str(port))
    try:
        wait_for_page(visitor, "/livez", port, child, log, since, ALIVE_WITHIN_S)
        # 200 there means that a beat reached a worker and the worker the database.
        wait_for_page(visitor, "/healthz", port, child, log, since, CHAIN_WITHIN_S)
        wait_for_words(log, "Sign in as one of: nurse1", within_s=10)
        if ring:
            wait_for_overdue_set(visitor, log)
        since = time.monotonic()
        os.killpg(child.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
        child.wait(STOPPED_WITHIN_S)
        visitor.note("stopped after Ctrl-C", since)
        if left := processes_of(visitor.clone):
            raise NotAsPromised(f"{visitor.who}: after Ctrl-C there were still {left}")
        if not is_free(port):
            raise NotAsPromised(f"{visitor.who}: after Ctrl-C port {port} was still taken")
    except subprocess.TimeoutExpired:
        raise NotAsPromised(f"{visitor.who}: did not stop within {STOPPED_WITHIN_S:g} s:\n{end_of(log)}") from None
    finally:
        stop(child, first=signal.SIGTERM, grace_s=20)


def wait_for_page(
    visitor: Visitor, path: str, port: int, child: subprocess.Popen[bytes], log: Path, since: float, within_s: float
) -> None:
    status, body = None, b""
    while not (status == 200 and is_of_this_run(body, time.monotonic() - since)):
        status, body = answer_of(path, port=port, environ={}, timeout_s=2.0)
        if child.poll() is not None:
            raise NotAsPromised(f"{visitor.who}: `make run` ended:\n{end_of(log)}")
        if time.monotonic() - since > within_s:
            raise NotAsPromised(f"{visitor.who}: {path} says {status} {body!r} after {within_s:g} s:\n{end_of(log)}")
        time.sleep(0.1)
    visitor.note(f"make run, {path} 200", since)


def is_of_this_run(body: bytes, age_of_run_s: float) -> bool:
    """A heartbeat of the run before may be young enough to look alive; only one of this run proves its chain."""
    heartbeat = re.search(rb'"heartbeat": {[^}]*"age_s": ([0-9.]+)', body)
    return heartbeat is None or float(heartbeat[1]) < age_of_run_s


def wait_for_overdue_set(visitor: Visitor, log: Path) -> None:
    """The demonstration ward has a set that comes due just after the start: nobody but the sweep can raise it."""
    since, began = time.monotonic(), datetime.now(UTC).isoformat()
    question = (
        "from monitoring.models import Alert;"
        f"print('raised', Alert.objects.filter(rule='set_overdue', raised_at__gt='{began}').count())"
    )
    answers = visitor.room / "asked.log"
    while True:
        with answers.open("wb") as output:
            argv = [str(visitor.clone / ".venv/bin/python"), "manage.py", "shell", "--verbosity", "0", "-c", question]
            spawn(argv, env=visitor.environ({}), output=output, account=visitor.account, cwd=visitor.clone).wait()
        if re.search(r"raised [1-9]", answers.read_text()):
            visitor.note("a set that came due was raised by beat", since)
            return
        if time.monotonic() - since > CHAIN_WITHIN_S:
            raise NotAsPromised(
                f"{visitor.who}: beat raised no overdue set within {CHAIN_WITHIN_S:g} s:\n{end_of(answers)}\n{end_of(log)}"
            )
        time.sleep(2)


def wait_for_words(log: Path, words: str, *, within_s: float) -> None:
    until = time.monotonic() + within_s
    while words not in log.read_text(errors="replace"):
        if time.monotonic() > until:
            raise NotAsPromised(f"`make run` did not print {words!r}:\n{end_of(log)}")
        time.sleep(0.1)


def processes_of(folder: Path) -> list[str]:
    """Command lines of living processes that belong to the clone."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = os.readlink(process / "cwd")
        except OSError:
            continue
        if str(folder) in command or Path(where).is_relative_to(folder):
            found.append(command)
    return found


def visit(who: str, account: Account | None, *, tests: bool) -> list[str]:
    """One visitor from the empty folder to the empty folder; the figures seen."""
    room = Path(tempfile.mkdtemp(prefix="plateau-verify-"))
    visitor = Visitor(who, account, room, usable_python(account))
    try:
        clean_clone(visitor)
        say(f"{who}: {visitor.clone}, {visitor.python}")
        run_to_end(visitor, "setup")
        if tests:
            run_to_end(visitor, "test")
        see_it_run(visitor, ring=True)
        see_it_run(visitor, ring=False)  # and again, on the data of the first time
        run_to_end(visitor, "clean")
    except NotAsPromised:
        visitor.make("clean")[0].wait()  # as root, data may lie outside the folder
        raise
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return visitor.figures


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.verify", description=__doc__)
    parser.add_argument("--without-tests", action="store_true", help="only make run")
    parser.add_argument("--only", choices=["user", "root"], help="one of the two visitors")
    chosen = parser.parse_args(arguments)
    visitors: list[tuple[str, Account | None]] = [("user", None)]
    if os.geteuid() == 0:
        visitors = [("user", an_ordinary_account()), ("root", None)]
    figures: list[str] = []
    try:
        for who, account in visitors:
            if chosen.only in (None, who):
                figures += visit(who, account, tests=not chosen.without_tests)
    except NotAsPromised as broken:
        say(f"\nNOT as promised. {broken}")
        return 1
    say("\nAs promised:")
    for line in figures:
        say(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
