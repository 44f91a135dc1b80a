"""The people of a demonstration, and the line between it and a hospital's installation."""

from datetime import datetime

from django.db import transaction

from accounts.models import Installation, User
from accounts.roles import Role
from audit.trail import Audited, set_actor
from core.errors import Refused

PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("nurse1", "R. Reyes", Role.NURSE),
    ("nurse2", "M. Park", Role.NURSE),
    ("charge1", "L. Lindqvist", Role.CHARGE_NURSE),
    ("physician1", "Dr Vance", Role.PHYSICIAN),
    ("physician2", "Dr Osei", Role.PHYSICIAN),
    ("admin1", "S. Kaur", Role.ADMINISTRATOR),
)


def found_demonstration(*, at: datetime) -> None:
    """Make this installation a demonstration, once. `Refused` where it is a hospital's, or has people already.

    An installation without the row that has people is taken for a hospital's: nothing invented ever enters one.
    """
    installation = Installation.objects.first()
    if installation is None and User.objects.exists():
        raise Refused(
            "people_exist",
            "This installation has people already and was never made a demonstration: nothing invented is put into it.",
        )
    if installation is not None and installation.kind != Installation.Kind.DEMONSTRATION:
        raise Refused(
            "not_a_demonstration",
            f"This installation is {installation.kind}: nothing invented is put into it.",
        )
    Installation.found(Installation.Kind.DEMONSTRATION, at=at)


@transaction.atomic
def demonstration_people(*, password: str, by: Audited) -> dict[str, User]:
    """The six people by their sign-in names, made where they are missing, all with the one password that is printed."""
    set_actor(by)
    people = {}
    for username, display_name, role in PEOPLE:
        person = User.objects.filter(username__iexact=username).first()
        if person is None:
            person = User(username=username, display_name=display_name, role=role, is_demo=True)
        elif not person.is_demo:
            raise Refused("name_taken", f"{username} is somebody's own sign-in name here.")
        if not person.check_password(password):
            person.set_password(password)
            person.save()
        people[username] = person
    return people
