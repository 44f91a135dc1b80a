"""One supervisor for every process of a ward: it restarts what dies, passes on what is said, and stops cleanly.

One thread and one loop: the parent-death signal that takes children along when we are killed belongs to the thread
that started them.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from core.children import end_stranger, session_members, signal_group, spawn, started_at_tick, this_boot
from core.embedded import POSTGRES_GRACE_S, Service
from core.restarts import deaths_in_a_row, wait_before_restart_s

# Longer than uvicorn's own graceful stop (5 s), and than any sweep.
PROCESS_GRACE_S = 10.0
TICK_S = 0.2


@dataclass
class Supervised:
    """One process and its life so far."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = PROCESS_GRACE_S
    is_service: bool = False  # stopped last, because the others talk to it
    restarts: bool = True
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0  # without a steady life in between
    status: int | None = None  # how its last life ended
    restart_at: float | None = None
    unfinished_line: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs processes until it is told to stop by SIGINT, SIGTERM or SIGHUP; a second signal does not wait."""

    def __init__(self, pids: Path, say: Callable[[str, str], None]) -> None:
        self._pids = pids
        self._say = say
        self._all: list[Supervised] = []
        self._selector = selectors.DefaultSelector()
        self.stop_requested = False
        self._hurried = False
        self._wake_on_signals()

    def _wake_on_signals(self) -> None:
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._selector.register(reader, selectors.EVENT_READ)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)  # its arrival alone ends the wait

    def _on_stop_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurried, self.stop_requested = self.stop_requested, True

    def end_leftovers(self) -> None:
        """End processes that a supervisor killed without warning left behind, and wait for them: they hold ports."""
        self._pids.mkdir(mode=0o700, exist_ok=True)
        for record in self._pids.iterdir():
            pid, tick, boot = [*record.read_text().split(), "", "", ""][:3]
            leader = started_at_tick(int(pid)) if pid.isdigit() else None
            # Same number but another start or another boot: somebody else's process by now.
            if pid.isdigit() and boot == this_boot() and leader in (None, int(tick)):
                if leader is not None:
                    end_stranger(int(pid), signals=((signal.SIGTERM, PROCESS_GRACE_S), (signal.SIGKILL, 5)))
                for member in session_members(int(pid)):
                    end_stranger(member, signals=((signal.SIGKILL, 5),))
            record.unlink()

    def adopt(self, service: Service, child: subprocess.Popen[bytes]) -> None:
        """Take over a service that already answers."""
        self._all.append(
            Supervised(
                service.name,
                service.start,
                service.stop_signal,
                POSTGRES_GRACE_S,
                is_service=True,
                child=child,
                started=time.monotonic(),
            )
        )

    def add(self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path, *, restarts: bool = True) -> None:
        """Start a process whose output is passed on line by line under its name."""
        process = Supervised(name, lambda: spawn(argv, env=env, output=subprocess.PIPE, cwd=cwd), restarts=restarts)
        self._all.append(process)
        self._start(process)

    def run_to_end(self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
        """Run a command once, while everything else is looked after; its exit status."""
        self.add(name, argv, env, cwd, restarts=False)
        process = self._all[-1]
        while process.child is not None and not self.stop_requested:
            self.tick()
        self._stop([process])
        self._all.remove(process)
        assert process.status is not None
        return process.status

    def tick(self) -> None:
        """One round: pass on output, notice deaths, start what is due again. Returns within `TICK_S` seconds."""
        self._pass_on(TICK_S)
        for process in self._all:
            if process.child is not None and process.child.poll() is not None:
                self._bury(process)
            if process.restart_at is not None and time.monotonic() >= process.restart_at and not self.stop_requested:
                self._start(process)

    def stop(self) -> None:
        """Stop the processes first, then the services they talk to."""
        self.stop_requested = True
        self._stop([process for process in self._all if not process.is_service])
        self._stop([process for process in self._all if process.is_service])

    def _start(self, process: Supervised) -> None:
        process.restart_at = None
        process.started = time.monotonic()
        process.child = child = process.start()
        (self._pids / process.name).write_text(f"{child.pid} {started_at_tick(child.pid) or 0} {this_boot()}")
        if child.stdout is not None:
            os.set_blocking(child.stdout.fileno(), False)
            self._selector.register(child.stdout, selectors.EVENT_READ, process)

    def _bury(self, process: Supervised) -> None:
        """Take leave of a dead process: its last words, its own children, its restart."""
        child, process.child = process.child, None
        assert child is not None
        signal_group(child.pid, signal.SIGKILL)
        while self._hear(process, child):
            pass
        (self._pids / process.name).unlink(missing_ok=True)
        process.status = child.returncode
        if process.restarts and not self.stop_requested:
            process.deaths = deaths_in_a_row(process.deaths, ran_for_s=time.monotonic() - process.started)
            wait = wait_before_restart_s(process.deaths)
            process.restart_at = time.monotonic() + wait
            self._say(
                "supervisor", f"{process.name} {_how_it_ended(child.returncode)}; starting it again in {wait:g} s"
            )

    def _stop(self, processes: Sequence[Supervised]) -> None:
        living = [process for process in processes if process.child is not None and process.child.poll() is None]
        for process in living:
            assert process.child is not None
            process.child.send_signal(process.stop_signal)
        until = time.monotonic() + max((process.grace_s for process in living), default=0.0)
        while any(process.child is not None for process in living):
            if self._hurried or time.monotonic() > until:
                for process in living:
                    if process.child is not None:
                        process.child.kill()
            self._pass_on(TICK_S)
            for process in living:
                if process.child is not None and process.child.poll() is not None:
                    self._bury(process)

    def _pass_on(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            process = key.data
            if process is None:
                with contextlib.suppress(BlockingIOError):
                    os.read(key.fd, 4096)
            elif process.child is not None:
                self._hear(process, process.child)

    def _hear(self, process: Supervised, child: subprocess.Popen[bytes]) -> bool:
        """Pass on some of what a process has said; False when there is no more for now."""
        if child.stdout is None or child.stdout.closed:
            return False
        try:
            said = os.read(child.stdout.fileno(), 65536)
        except BlockingIOError:
            return False
        *lines, process.unfinished_line = (process.unfinished_line + said).split(b"\n")
        if not said:
            lines, process.unfinished_line = [process.unfinished_line] if process.unfinished_line else [], b""
            self._selector.unregister(child.stdout)
            child.stdout.close()
        for line in lines:
            self._say(process.name, line.decode(errors="replace").rstrip())
        return bool(said)


def _how_it_ended(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def say(name: str, line: str) -> None:
    """One line on the terminal, with the name of who said it."""
    # Whoever closed the terminal does not want to hear it; stopping is the signal's business.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{name:>10} | {line}\n")
        sys.stdout.flush()
