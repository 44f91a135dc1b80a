"""manage.py issue_token USER: a bearer token for the API, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.tokens import issue_token
from core import clock


class Command(BaseCommand):
    help = "Issue a bearer token that acts as USER. It is printed once; only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="the sign-in name")
        parser.add_argument("--label", default="", help="what the token is for")
        parser.add_argument("--days", type=int, default=90, help="how long it lives (default 90)")

    def handle(self, *args: Any, user: str, label: str, days: int, **options: Any) -> None:
        person = User.objects.filter(username__iexact=user, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no active person with the sign-in name {user}.")
        if days < 1:
            raise CommandError("A token lives at least one day.")
        self.stdout.write(issue_token(person, at=clock.now(), label=label, lifetime=timedelta(days=days)))
