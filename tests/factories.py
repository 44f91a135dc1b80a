"""People, wards and running infusions for tests, made through the real actions with a clock moved by hand."""

import itertools
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.actor import Actor, Channel
from accounts.models import SignatureMethod, User
from accounts.roles import Permission, Role
from accounts.signing import Signed, of_session
from infusion.actions import sign_order
from infusion.checking import computed_reading
from infusion.domain.delivery import DeliveryKind
from infusion.domain.order import OrderElements
from infusion.models import Order, Protocol
from infusion.recording import record_event
from infusion.seed import default_content
from infusion.selectors import dose_rules
from monitoring.domain.entry import SetEntry
from monitoring.domain.values import Consciousness, SedationScale, Values
from patients.actions import admit_patient, record_weight
from patients.domain.treatment import Diagnosis
from patients.models import Admission, Bed, Patient, Ward, WardMembership, WeightSource
from patients.selectors import lock_admission
from patients.settling import settle_and_publish

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
# 08:00 on an ordinary Tuesday, in a month without a change of the clocks.
MORNING = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)
PASSWORD = "plateau-demo"

_number = itertools.count(1)

CALM: dict[str, Any] = {
    "heart_rate": 72,
    "systolic": 124,
    "diastolic": 78,
    "respiratory_rate": 16,
    "spo2": 97,
    "on_oxygen": False,
    "temperature": Decimal("36.8"),
    "consciousness": Consciousness.A,
    "sedation_scale": SedationScale.POSS,
    "sedation": "1",
    "psychotomimetic": 0,
    "pain": 5,
}


def values(**changed: Any) -> Values:
    """A calm awake patient's values, with those given changed (None: not observed)."""
    return Values(**{**CALM, **changed})


def entry(observed_at: datetime, *, client_id: uuid.UUID | None = None, **changed: Any) -> SetEntry:
    """A full calm set seen at `observed_at`; keywords change values, or the entry's own fields."""
    own = {name: changed.pop(name) for name in list(changed) if name in SetEntry.__dataclass_fields__}
    own.setdefault("values", values(**changed))
    return SetEntry(client_id=client_id or uuid.uuid4(), observed_at=observed_at, **own)


def person(role: Role = Role.NURSE, *, ward: Ward | None = None, name: str = "", is_demo: bool = False) -> User:
    """Somebody of the hospital, working on `ward` if one is given."""
    number = next(_number)
    user = User(
        username=name or f"{role.value}{number}x",
        display_name=name or f"{role.label} {number}",
        role=role,
        is_demo=is_demo,
    )
    user.set_password(PASSWORD)
    user.save()
    if ward is not None:
        WardMembership.objects.create(ward=ward, user=user, started_at=MORNING - timedelta(days=90))
    return user


def actor(user: User, channel: Channel = Channel.PAGE) -> Actor:
    """The person as an action's `by`."""
    return Actor.person(user, channel=channel)


def signed(by: Actor, *, at: datetime, method: SignatureMethod = SignatureMethod.PASSWORD) -> Signed:
    """Somebody who has just typed their password (or PIN), as the edge hands it to an action."""
    return replace(of_session(by, at=at), method=method)


def ward(name: str = "", time_zone: str = "America/New_York") -> Ward:
    return Ward.objects.create(name=name or f"Ward {next(_number)}", time_zone=time_zone)


def protocol(*, at: datetime = MORNING) -> Protocol:
    """The shipped protocol, signed; made once a test."""
    known = Protocol.objects.filter(status=Protocol.Status.ACTIVE).first()
    if known is not None:
        return known
    content = default_content()
    return Protocol.objects.create(
        code=content["code"],
        version=content["version"],
        name=content["name"],
        drug=content["drug"],
        content=content,
        status=Protocol.Status.ACTIVE,
        signed_by=person(Role.PHYSICIAN),
        signed_at=at - timedelta(days=30),
    )


@dataclass
class Stay:
    """A patient in a bed, with the people who care for them."""

    admission: Admission
    ward: Ward
    nurse: User
    physician: User

    @property
    def id(self) -> int:
        return self.admission.pk

    @property
    def by_nurse(self) -> Actor:
        return actor(self.nurse)

    @property
    def by_physician(self) -> Actor:
        return actor(self.physician)


def stay(*, at: datetime = MORNING, on: Ward | None = None, kg: str = "70") -> Stay:
    """An admitted, weighed patient, two hours before `at`."""
    place = on or ward()
    nurse, physician = person(Role.NURSE, ward=place), person(Role.PHYSICIAN, ward=place)
    number = next(_number)
    patient = Patient.objects.create(
        medical_record_number=f"{number:08d}",
        family_name=f"Family{number}",
        given_name="Given",
        birth_date=date(1980, 5, 17),
        administrative_gender=Patient.Gender.FEMALE,
    )
    bed = Bed.objects.create(ward=place, name=f"{number}", position=number % 1000)
    before = at - 2 * HOUR
    admission = admit_patient(
        patient, bed=bed, admitted_at=before, diagnosis=Diagnosis.CHRONIC_MIGRAINE, by=actor(nurse), at=before
    )
    record_weight(
        admission.pk, kg=Decimal(kg), source=WeightSource.MEASURED, measured_at=before, by=actor(nurse), at=before
    )
    return Stay(admission, place, nurse, physician)


def running(*, at: datetime = MORNING, on: Ward | None = None) -> Stay:
    """A stay whose infusion was started at `at` (0.1 mg/kg/h, 70 kg, 2 mg/mL)."""
    made = stay(at=at, on=on)
    rules = protocol(at=at)
    sign_order(
        made.id,
        protocol=rules,
        elements=OrderElements.proposed(dose_rules(rules.pk), concentration_mg_per_ml=Decimal(2)),
        signed=signed(made.by_physician, at=at - 10 * MINUTE),
        by=made.by_physician,
        at=at - 10 * MINUTE,
    )
    put_on_the_pump(made, at=at)
    return made


@transaction.atomic
def put_on_the_pump(made: Stay, *, at: datetime) -> None:
    """The pump runs from `at` at the order's initial dose, past the start gate: for tests of what follows."""
    admission = lock_admission(made.id, by=made.by_nurse, may=Permission.START_INFUSION)
    order = Order.objects.get(admission=admission, ended_at=None)
    setting = computed_reading(order, dose=order.initial_dose_mg_per_kg_h)
    record_event(
        admission, order, kind=DeliveryKind.STARTED, effective_at=at, dose=order.initial_dose_mg_per_kg_h,
        rate=setting.rate_ml_per_h, concentration=setting.concentration_mg_per_ml, by=made.by_nurse, at=at,
    )  # fmt: skip
    settle_and_publish(admission, by=made.by_nurse, at=at)
