"""A demonstration to measure on: one nurse with a token and a session, wards with as many running stays as asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from accounts.models import Installation, User
from accounts.roles import Role
from accounts.tokens import issue_token
from bench.bulk import running_stays
from bench.place import Place
from core import clock
from infusion.models import Protocol
from infusion.seed import default_content
from patients.models import Admission, Ward, WardMembership


@dataclass
class Hospital:
    """Who asks, and what they ask about."""

    place: Place
    nurse: User
    protocol: Protocol
    bearer: str
    cookie: str
    last: int = 0

    def ward(self, name: str, stays: int, *, started_at: datetime, apart: timedelta = timedelta(0)) -> Ward:
        """A ward of the nurse's with so many running stays, their first set due 15 min after the start."""
        ward = Ward.objects.create(name=name, time_zone="America/New_York")
        WardMembership.objects.create(ward=ward, user=self.nurse, started_at=started_at)
        with self.place.superuser() as connection, connection.cursor() as cursor:
            running_stays(
                cursor,
                stays,
                ward_id=ward.pk,
                protocol_id=self.protocol.pk,
                signer_id=self.nurse.pk,
                started_at=started_at,
                apart=apart,
                first=self.last + 1,
            )
        self.last += stays
        return ward

    def analyze(self) -> None:
        """What autovacuum would have done within the minute."""
        with self.place.superuser() as connection:
            connection.execute("ANALYZE")


def open_hospital(place: Place) -> Hospital:
    """The people and the signed protocol."""
    at = clock.now()
    Installation.found(Installation.Kind.DEMONSTRATION, at=at)
    nurse = User.objects.create(username="bench", display_name="B. Bench", role=Role.NURSE, password="!", is_demo=True)
    content = default_content()
    protocol = Protocol.objects.create(
        code=content["code"],
        version=content["version"],
        name=content["name"],
        drug=content["drug"],
        content=content,
        status=Protocol.Status.ACTIVE,
        signed_by=nurse,
        signed_at=at,
    )
    request = HttpRequest()
    request.session = SessionStore()
    login(request, nurse, backend="accounts.backends.RosterBackend")
    request.session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
    return Hospital(place, nurse, protocol, issue_token(nurse, at=at), cookie)


def stays_of(ward: Ward) -> list[int]:
    """The ids of a ward's stays."""
    return list(Admission.objects.filter(ward=ward).order_by("pk").values_list("pk", flat=True))
