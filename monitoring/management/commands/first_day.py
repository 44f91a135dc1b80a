"""`manage.py first_day`: the schedule of a first day, for wards where everything comes at once and where it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from infusion.seed import default_content
from monitoring.domain.stay import Ending
from monitoring.simulation import START, Day, first_day

_LATE_MIN = range(0, 40, 5)
_HEADING = (
    "min late",
    "sets",
    "prompts",
    "done",
    "missed",
    "superseded",
    "steps",
    "mg/kg/h",
    "other prompts",
    "missed",
)


class Command(BaseCommand):
    """Simulate the first day of a titration from 08:00 and print what it asks of the ward."""

    help = (
        "Print what a first day of titration from 08:00 asks of a ward: sets, prompts and how they ended, and the dose "
        "that is reached, once with each increase 0 to 35 minutes late, once with each set so late. It needs no service."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Two tables, one row a delay."""
        at_once = timedelta(0)
        self._table(
            f"A first day from {START:%H:%M}: every set on time, each increase so late",
            {minutes: (at_once, timedelta(minutes=minutes)) for minutes in _LATE_MIN},
        )
        self._table(
            "Every set so late, each increase as soon as the sets allow it",
            {minutes: (timedelta(minutes=minutes), at_once) for minutes in _LATE_MIN},
        )

    def _table(self, title: str, rows: dict[int, tuple[timedelta, timedelta]]) -> None:
        self.stdout.write(title)
        self.stdout.write("  ".join(_HEADING))
        for minutes, (late, step_late) in rows.items():
            cells = [str(minutes), *_cells(first_day(default_content(), late=[late], step_late=step_late))]
            row = (cell.rjust(len(name)) for name, cell in zip(_HEADING, cells, strict=True))
            self.stdout.write("  ".join(row))
        self.stdout.write("")


def _cells(day: Day) -> list[str]:
    endings = (None, Ending.DONE, Ending.MISSED, Ending.SUPERSEDED)
    of_sets = [str(day.prompts(ending)) for ending in endings]
    others = [str(day.prompts(ending, of_sets=False)) for ending in (None, Ending.MISSED)]
    return [str(len(day.sets)), *of_sets, str(len(day.steps)), f"{day.dose_mg_per_kg_h:.2f}", *others]
