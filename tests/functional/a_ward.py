"""A small ward for browser tests, made through the same actions that people use."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from accounts.actor import Actor, Channel
from accounts.models import Installation, User
from accounts.roles import Role
from infusion.actions import sign_order, start_infusion
from infusion.models import Protocol
from infusion.seed import default_content
from monitoring.actions import record_set
from monitoring.domain.entry import SetEntry
from monitoring.domain.values import Consciousness, SedationScale, Values
from monitoring.models import ObservationSet
from patients.models import Admission, Bed, Patient, Ward, WardMembership, Weight

PASSWORD = "correct horse ward six"
CALM = Values(
    heart_rate=76,
    systolic=128,
    diastolic=78,
    respiratory_rate=15,
    spo2=97,
    on_oxygen=False,
    temperature=Decimal("36.8"),
    consciousness=Consciousness.A,
    sedation_scale=SedationScale.POSS,
    sedation="1",
    psychotomimetic=0,
    pain=6,
)
NAMES = (("Okafor", "Ngozi"), ("Haddad", "Samir"), ("Marchetti", "Lucia"), ("Sørensen", "Mette"), ("Brandt", "Johanna"))


def now() -> datetime:
    """This instant, as the server reads it."""
    return datetime.now(UTC)


@dataclass
class SmallWard:
    """A ward with a nurse, a charge nurse and a physician; patients are added as a test needs them."""

    ward: Ward
    people: dict[str, User]
    protocol: Protocol
    admissions: list[Admission] = field(default_factory=list)

    def actor(self, username: str) -> Actor:
        """Somebody of the ward, acting through a page."""
        return Actor.person(self.people[username], channel=Channel.PAGE)

    def admit(self, *, hours: float = 6, running: bool = True) -> Admission:
        """A patient admitted `hours` ago, the infusion started two minutes later."""
        number = len(self.admissions)
        family, given = NAMES[number % len(NAMES)]
        admitted_at = now() - timedelta(hours=hours)
        bed = Bed.objects.create(ward=self.ward, name=str(number + 1), position=number + 1)
        patient = Patient.objects.create(
            medical_record_number=f"4471 {number:04d}",
            family_name=family,
            given_name=given,
            birth_date=date(1974 + number % 30, 2, 4),
            administrative_gender="female" if number % 2 else "male",
        )
        stay = Admission.objects.create(patient=patient, ward=self.ward, bed=bed, admitted_at=admitted_at)
        Weight.objects.create(
            admission=stay,
            kg=Decimal("78.60"),
            source="measured",
            measured_at=admitted_at,
            recorded_at=admitted_at,
            recorded_by=self.people["nurse1"],
        )
        self.admissions.append(stay)
        if running:
            by = self.actor("physician1")
            sign_order(
                stay.pk, protocol=self.protocol, concentration_mg_per_ml=Decimal("2"), by=by, at=admitted_at
            )
            started_at = admitted_at + timedelta(minutes=2)
            start_infusion(stay.pk, effective_at=started_at, pump="P-17", by=self.actor("nurse1"), at=started_at)
        return stay

    def chart(self, stay: Admission, values: Values, *, minutes_ago: float = 0, **entry: object) -> ObservationSet:
        """A set charted by the nurse at the time it was seen."""
        at = now() - timedelta(minutes=minutes_ago)
        taken = SetEntry(client_id=uuid.uuid4(), observed_at=at, values=values, **entry)  # type: ignore[arg-type]
        return record_set(stay.pk, entry=taken, by=self.actor("nurse1"), at=at).set


def small_ward(name: str = "Ward 6 East", time_zone: str = "America/New_York") -> SmallWard:
    """An empty ward with its people and a signed protocol."""
    Installation.found(Installation.Kind.DEMONSTRATION, at=now())
    ward = Ward.objects.create(name=name, time_zone=time_zone)
    people = {
        username: User.objects.create(
            username=username, display_name=shown, role=role, password=make_password(PASSWORD), is_demo=True
        )
        for username, shown, role in (
            ("nurse1", "R. Reyes", Role.NURSE),
            ("charge1", "I. Lindqvist", Role.CHARGE_NURSE),
            ("physician1", "A. Vance", Role.PHYSICIAN),
        )
    }
    for person in people.values():
        WardMembership.objects.create(ward=ward, user=person, started_at=now() - timedelta(days=30))
    content = default_content()
    protocol = Protocol.objects.create(
        code=content["code"],
        version=content["version"],
        name=content["name"],
        drug=content["drug"],
        content=content,
        status=Protocol.Status.ACTIVE,
        signed_by=people["physician1"],
        signed_at=now() - timedelta(days=10),
    )
    return SmallWard(ward, people, protocol)
