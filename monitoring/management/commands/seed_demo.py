"""manage.py seed_demo: the demonstration ward, placed around now. `make run` calls it each time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.embedded import DEMO_PASSWORD
from core.errors import DomainError
from monitoring.demo import WARD, place_demonstration


class Command(BaseCommand):
    """Place the invented people, ward and patients; refuse in any other installation."""

    help = "Place the demonstration ward around now. Refused where this installation is not a demonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        """Place it and say who lies where."""
        try:
            placed = place_demonstration(password=DEMO_PASSWORD, at=clock.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        for each in placed:
            self.stdout.write(f"{WARD}, bed {each.bed}: {each.name} (admission {each.admission_id}), {each.words}")
