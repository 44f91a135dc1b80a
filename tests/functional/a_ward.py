"""A small ward for browser tests: patients whose infusions run now, made through the same actions that people use."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Installation, InstallationKind, User
from accounts.roles import Role
from monitoring.actions import record_set
from monitoring.models import ObservationSet
from patients.models import Patient, Ward
from tests import factories
from tests.factories import Stay

NAMES = (("Okafor", "Ngozi"), ("Haddad", "Samir"), ("Marchetti", "Lucia"), ("Sørensen", "Mette"), ("Brandt", "Johanna"))


def now() -> datetime:
    """This instant, as the server reads it."""
    return datetime.now(UTC)


@dataclass
class SmallWard:
    """A ward with a nurse, a charge nurse and a physician; a test adds the patients it needs."""

    ward: Ward
    people: dict[str, User]
    stays: list[Stay] = field(default_factory=list)

    def admit(self, *, hours: float = 6, running: bool = True) -> Stay:
        """A patient whose infusion was started `hours` ago, or who waits for it."""
        make = factories.running if running else factories.stay
        made = make(at=now() - timedelta(hours=hours), on=self.ward)
        family, given = NAMES[len(self.stays) % len(NAMES)]
        Patient.objects.filter(pk=made.admission.patient_id).update(family_name=family, given_name=given)
        self.stays.append(made)
        return made

    def chart(self, stay: Stay, *, minutes_ago: float = 0, **changed: Any) -> ObservationSet:
        """A calm set with these values changed, charted when it was seen."""
        at = now() - timedelta(minutes=minutes_ago)
        return record_set(stay.id, entry=factories.entry(at, **changed), by=stay.by_nurse, at=at).set


def small_ward() -> SmallWard:
    """A ward without patients, in an installation for trying out."""
    Installation.found(InstallationKind.DEMONSTRATION, at=now())
    place = factories.ward("Ward 6 East")
    roles = (("nurse1", Role.NURSE), ("charge1", Role.CHARGE_NURSE), ("physician1", Role.PHYSICIAN))
    people = {name: factories.person(role, ward=place, name=name) for name, role in roles}
    return SmallWard(place, people)
