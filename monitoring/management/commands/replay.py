"""manage.py replay FILE --admission ID: a monitor's recording charted into a demonstration patient's stay."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from tqdm import tqdm

from accounts.middleware import as_refusal
from accounts.models import Installation
from core import clock
from core.errors import DomainError
from monitoring.domain.recording import MalformedRecording
from monitoring.replay import File, Replay, alerts_of, chart, gaps_of, read_file, replay_of


def _pace(text: str) -> float:
    pace = float(text)
    if not 0 < pace < float("inf"):
        raise argparse.ArgumentTypeError("the pace is a number above 0")
    return pace


class Command(BaseCommand):
    """Chart a recording at the schedule's own times, and say what came of it."""

    help = (
        "Chart a monitor's recording into a running infusion of a demonstration: its first row stands at the infusion's "
        "start, sets are charted when the schedule asks for them. Run again, it goes on where it was and doubles nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which recording, into which stay, how fast."""
        parser.add_argument(
            "file", type=Path, help="a CSV file: t, HR, PULSE, RESP, SpO2, ABPSys, ABPDias, NBPSys, NBPDias"
        )
        parser.add_argument("--admission", type=int, required=True, metavar="ID", help="the stay to chart into")
        parser.add_argument(
            "--pace",
            type=_pace,
            metavar="N",
            help="N times as fast as life: 60 is a recorded minute a second (default: as fast as it goes)",
        )

    def handle(self, *args: Any, file: Path, admission: int, pace: float | None, **options: Any) -> None:
        """Refuse in a sentence, or chart to the end and print the counts."""
        if not Installation.is_demonstration():
            raise CommandError("Recordings are replayed in a demonstration only; this installation is not one.")
        try:
            replay = replay_of(_read(file), admission_id=admission)
            self._warn(replay)
            recorded, known = self._chart(replay, pace)
        except (DomainError, OperationalError) as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            raise CommandError(f"{refusal} What was charted before it stays; run it again to go on.") from error
        self._print(replay, recorded, known)

    def _warn(self, replay: Replay) -> None:
        for odd in sorted({odd for step in replay.steps for odd in step.observed.implausible}, key=lambda o: o.offset):
            minute = int(odd.offset / timedelta(minutes=1))
            self.stderr.write(f"minute {minute}: {odd.column} {odd.number} cannot be; taken as a gap")
        if ahead := replay.ahead_of(clock.now()):
            self.stderr.write(
                f"{ahead} of {len(replay.steps)} sets lie ahead of the clock: the infusion began {replay.started_at:%d.%m. %H:%M}"
                " UTC, and the recording is longer than it has run."
            )

    def _chart(self, replay: Replay, pace: float | None) -> tuple[int, int]:
        """Chart every set; how many are new, and how many were there already."""
        recorded = known = 0
        began, resumes_after = time.monotonic(), replay.resumes_after
        for step in tqdm(replay.steps, desc="sets", unit="set", file=sys.stderr):
            if pace is not None and not replay.is_charted(step):
                due = began + (step.after_start - resumes_after).total_seconds() / pace
                time.sleep(max(0.0, due - time.monotonic()))
            if chart(replay, step).is_new:
                recorded += 1
            else:
                known += 1
        return recorded, known

    def _print(self, replay: Replay, recorded: int, known: int) -> None:
        self.stdout.write(f"sets recorded: {recorded}, already there: {known}")
        self.stdout.write(f"gaps in {len(replay.steps)} sets: {_counts(gaps_of(replay.steps))}")
        alerts, overdue = alerts_of(replay)
        for (rule, direction, severity), count in sorted(alerts.items()):
            side = "" if direction == "neither" else f" {direction}"
            self.stdout.write(f"alerts {rule}{side} {severity}: {count}")
        self.stdout.write(f"alerts by values: {alerts.total()}, for a set overdue: {overdue}")


def _read(path: Path) -> File:
    try:
        return read_file(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except MalformedRecording as error:
        raise CommandError(f"{path} is no recording. {error}") from error


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items())) or "none"
