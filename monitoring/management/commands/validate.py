"""`manage.py validate`: what a hospital's safety officer runs at every upgrade. It needs no service."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.domain.validation import MalformedFile, Outcome, Report, compare_dose, compare_news2

_COMPARISONS = {"news2": compare_news2, "dose": compare_dose}
_MALFORMED = 2


class Command(BaseCommand):
    """Compare the scores or the dose arithmetic with a file of published values."""

    help = (
        "Compare NEWS2 or the dose arithmetic with a CSV file of published values. Prints every row that differs and "
        "last a line of counts; exit status 1 on any difference, 2 for a file that cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to compare, and with which file."""
        parser.add_argument("what", choices=sorted(_COMPARISONS), help="what to compare")
        parser.add_argument("file", type=Path, help="a CSV file with a heading")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the comparison; leave with 1 if anything differs."""
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                report = _COMPARISONS[options["what"]](csv.DictReader(lines, strict=True))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=_MALFORMED) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 text.", returncode=_MALFORMED) from error
        except (MalformedFile, csv.Error) as error:
            raise CommandError(f"{path} cannot be compared with. {error}", returncode=_MALFORMED) from error
        self._print(report, in_full=options["verbosity"] > 1)
        if report.of(Outcome.DISAGREE):
            raise SystemExit(1)

    def _print(self, report: Report, *, in_full: bool) -> None:
        for row in report.of(Outcome.DISAGREE):
            self.stdout.write(f"{row.id}: {row.words}")
        if in_full:
            for row in (*report.of(Outcome.NOT_ASKED), *report.of(Outcome.SOURCE_ERRS)):
                self.stdout.write(f"{row.id}: {row.outcome}{': ' if row.words else ''}{row.words}")
        apart = len(report.of(Outcome.SOURCE_ERRS))
        self.stdout.write(f"counted apart, since the file says that its source errs: {apart}")
        self.stdout.write(report.last_line())
