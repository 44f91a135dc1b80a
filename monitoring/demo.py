"""The demonstration ward: six invented patients in differing states around now, made through the real actions.

Each placing lets the patients of the one before leave and admits them anew, so that "due in a minute" is true whenever
somebody starts the ward.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.actor import Actor, Channel
from accounts.demo import demonstration_people, found_demonstration
from accounts.models import SignatureMethod, User
from accounts.roles import Permission, Role
from accounts.signing import Signed, of_session
from audit.trail import set_actor
from infusion.actions import NewBag, UsedBag, close_bag, hang_bag, sign_order, start_infusion, stop_infusion
from infusion.checking import computed_reading
from infusion.domain.order import OrderElements
from infusion.models import Bag, Course, Order, Protocol
from infusion.seed import default_content
from infusion.selectors import dose_rules
from infusion.selectors.figures import figures_of
from monitoring.actions import acknowledge_alert, record_falls, record_liver_panel, record_mood, record_set
from monitoring.demo_answers import ANSWERED, answer, healthy_liver
from monitoring.domain.assessments import Mood
from monitoring.domain.entry import SetEntry
from monitoring.domain.falls import FallsEntry
from monitoring.domain.mood import MoodEntry
from monitoring.domain.values import AbsentReason, Consciousness, Mobility, Parameter, SedationScale, Values
from monitoring.domain.watching import PromptKind
from monitoring.models import Alert, Prompt, StayClock
from monitoring.settling import settle_stays
from patients.actions import admit_patient, discharge_patient, record_consent, record_screening, record_weight
from patients.domain.screening import Answer, BriefingItem, Ecg, PregnancyTest, ScreeningItem
from patients.domain.treatment import Diagnosis
from patients.models import (
    AdministrativeGender,
    Admission,
    Bed,
    Disposition,
    Patient,
    Ward,
    WardMembership,
    WeightSource,
)

WARD, ZONE = "6 East", "America/New_York"
SEED = Actor.process("seed_demo", Permission.MAKE_SAFE, Permission.DISCHARGE_PATIENT, channel=Channel.COMMAND)
NIGHT = range(22, 24), range(6)  # hours on the ward's own clock

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_WOBBLE = (0, 3, -2, 4, 1, -3, 2, -1)


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient and the bed they lie in. The number's letters keep it apart from any hospital's."""

    bed: str
    family_name: str
    given_name: str
    gender: AdministrativeGender
    birth_date: date
    kg: Decimal
    heart_rate: int
    systolic: int

    @property
    def number(self) -> str:
        return f"DEMO-{self.bed:0>4}"


@dataclass
class Stay:
    """One patient being brought to the state that they are to be in: everything here happened before now."""

    admission: Admission
    person: Person
    nurse: Actor
    physician: Actor
    started_at: datetime
    sets: int = 0
    changed: Mapping[str, Any] = field(default_factory=dict)

    def chart(self, seen_at: datetime, **changed: Any) -> None:
        """A full set, charted half a minute after it was seen."""
        self.let_time_pass(seen_at)
        entry = _entry(self, seen_at, changed)
        self.sets += 1
        record_set(self.admission.pk, entry=entry, by=self.nurse, at=seen_at + _MINUTE / 2)

    def chart_until(self, last: datetime) -> None:
        """A set whenever one falls due, up to and including `last`, and an answer to whatever else is due by then."""
        while (prompt := self._due(last)) is not None:
            if prompt.kind == PromptKind.FULL_SET:
                self.chart(prompt.due_at)
            else:
                kind, at = PromptKind(prompt.kind), prompt.due_at + _MINUTE
                answer(self.admission.pk, kind, nurse=self.nurse, physician=self.physician, at=at)

    def let_time_pass(self, until: datetime) -> None:
        """What the sweeps would have done by then: steps of ladders, prompts that were missed."""
        while clock := StayClock.objects.filter(admission=self.admission, acts_at__lte=until).first():
            assert clock.acts_at is not None
            settle_stays([self.admission.pk], by=SEED, at=clock.acts_at)

    def _due(self, last: datetime) -> Prompt | None:
        asked = Prompt.objects.open().filter(admission=self.admission, kind__in=(PromptKind.FULL_SET, *ANSWERED))
        return asked.filter(due_at__lte=last).first()


@dataclass(frozen=True, slots=True)
class Scene:
    """How long ago a patient's infusion began, and what happened since."""

    person: Person
    began: timedelta
    words: str
    play: Callable[[Stay, datetime], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """What the command says of a patient."""

    bed: str
    name: str
    admission_id: int
    words: str


@transaction.atomic
def place_demonstration(*, password: str, at: datetime) -> list[Placed]:
    """Found the demonstration if need be, and place its ward around `at`: wholly, or not at all.

    Raises `Refused` in an installation that is not a demonstration.
    """
    found_demonstration(at=at)
    people = demonstration_people(password=password, by=SEED)
    ward = _ward(people, at=at)
    protocol = _protocol(people["physician1"], at=at)
    _let_go(by=_by(people["nurse1"]), at=at)
    placed = []
    for number, scene in enumerate(SCENES):
        bed, _made = Bed.objects.get_or_create(ward=ward, name=scene.person.bed, defaults={"position": number})
        if bed.admissions.present().exists():  # somebody admitted a patient of their own: the bed is theirs
            continue
        nurse, second = people["nurse1"], people["nurse2"]
        if number % 2 == 0:
            nurse, second = second, nurse
        placed.append(_place(scene, bed, protocol, nurse=nurse, second=second, physician=people["physician1"], at=at))
    return placed


def _ward(people: Mapping[str, User], *, at: datetime) -> Ward:
    set_actor(SEED)
    ward, _made = Ward.objects.get_or_create(name=WARD, defaults={"time_zone": ZONE})
    for person in people.values():
        if person.role != Role.ADMINISTRATOR:
            WardMembership.objects.get_or_create(ward=ward, user=person, ended_at=None, defaults={"started_at": at})
    return ward


def _protocol(physician: User, *, at: datetime) -> Protocol:
    """The active version of the shipped protocol; where there is none, the physician signs the one that ships."""
    content = default_content()
    active = Protocol.objects.filter(code=content["code"], status=Protocol.Status.ACTIVE).first()
    if active is not None:
        return active
    set_actor(_by(physician))
    return Protocol.objects.create(
        code=content["code"],
        version=content["version"],
        name=content["name"],
        drug=content["drug"],
        content=content,
        status=Protocol.Status.ACTIVE,
        signed_by=physician,
        signed_at=at,
    )


def _let_go(*, by: Actor, at: datetime) -> None:
    """The patients of an earlier placing leave; with them their prompts and alerts."""
    numbers = [scene.person.number for scene in SCENES]
    for admission in Admission.objects.present().filter(patient__medical_record_number__in=numbers).order_by("pk"):
        if Course.objects.filter(admission=admission).exclude(state=Course.State.STOPPED).exists():
            stop_infusion(admission.pk, effective_at=at, reason="the ward is placed anew", by=SEED, at=at)
        _account_for_the_bag(admission, by=by, at=at)
        discharge_patient(admission.pk, disposition=Disposition.HOME, reason="the ward is placed anew", by=SEED, at=at)


def _account_for_the_bag(admission: Admission, *, by: Actor, at: datetime) -> None:
    """What the pump infused of the hanging bag is what flowed; the rest goes back."""
    figures = figures_of(admission.pk, at=at)
    bag = Bag.objects.filter(admission=admission, closed_at=None).first()
    if bag is None or figures is None or figures.bag_remaining_ml is None:
        return
    left = figures.bag_remaining_ml.quantize(Decimal("0.01"))
    used = UsedBag(infused_ml=bag.volume_ml - bag.primed_ml - left, left_ml=left)
    close_bag(admission.pk, used=used, closed_at=at, seen_bag=bag.pk, by=by, at=at)


def _place(
    scene: Scene, bed: Bed, protocol: Protocol, *, nurse: User, second: User, physician: User, at: datetime
) -> Placed:
    """Admit, weigh, order and start in the past, then play what happened since."""
    person, started_at = scene.person, at - scene.began
    admitted_at = started_at - 3 * _HOUR
    by_nurse, by_physician = _by(nurse), _by(physician)
    set_actor(SEED)
    patient, _made = Patient.objects.get_or_create(
        medical_record_number=person.number,
        defaults={
            "family_name": person.family_name,
            "given_name": person.given_name,
            "birth_date": person.birth_date,
            "administrative_gender": person.gender,
        },
    )
    admission = admit_patient(
        patient,
        bed=bed,
        admitted_at=admitted_at,
        diagnosis=Diagnosis.CHRONIC_MIGRAINE,
        by=by_nurse,
        at=admitted_at,
    )
    weighed_at = admitted_at + 20 * _MINUTE
    record_weight(
        admission.pk, kg=person.kg, source=WeightSource.MEASURED, measured_at=weighed_at, by=by_nurse, at=weighed_at
    )
    _ask_and_look(admission, by=by_nurse, at=admitted_at + 30 * _MINUTE)
    signed_at = started_at - 40 * _MINUTE
    sign_order(
        admission.pk,
        protocol=protocol,
        elements=OrderElements.proposed(dose_rules(protocol.pk), concentration_mg_per_ml=Decimal(2)),
        signed=_signed(by_physician, at=signed_at),
        by=by_physician,
        at=signed_at,
    )
    stay = Stay(admission, person, by_nurse, by_physician, started_at)
    stay.chart(started_at - 20 * _MINUTE)
    _start(stay, _by(second), pump=f"pump {bed.name}")
    scene.play(stay, at)
    stay.let_time_pass(at)
    return Placed(bed.name, f"{person.family_name}, {person.given_name}", admission.pk, scene.words)


def _ask_and_look(admission: Admission, *, by: Actor, at: datetime) -> None:
    """Screening, consent, liver enzymes, mood and falls: what a start asks for."""
    record_screening(
        admission.pk,
        answers=dict.fromkeys(ScreeningItem, Answer.NO),
        pregnancy_test=PregnancyTest.NEGATIVE,
        ecg=Ecg.NORMAL,
        by=by,
        at=at,
    )
    record_consent(admission.pk, briefed=list(BriefingItem), given_at=at, by=by, at=at)
    record_liver_panel(admission.pk, entry=healthy_liver(at - _HOUR / 4), by=by, at=at)
    record_mood(admission.pk, entry=MoodEntry(at, Mood.USUAL), by=by, at=at)
    record_falls(admission.pk, entry=FallsEntry(at, 20), by=by, at=at)


def _start(stay: Stay, second: Actor, *, pump: str) -> None:
    """A bag is hung and the pump started, both before a second nurse."""
    order = Order.objects.get(admission=stay.admission, ended_at=None)
    bag_at, at = stay.started_at - 10 * _MINUTE, stay.started_at
    bag = NewBag(
        lot="DEMO-0417",
        expires_on=(at + timedelta(days=30)).date(),
        volume_ml=Decimal(250),
        concentration_mg_per_ml=order.concentration_mg_per_ml,
        primed_ml=Decimal(10),
        line_is_new=True,
    )
    hang_bag(
        stay.admission.pk,
        new=bag,
        hung_at=bag_at,
        witness=_signed(second, at=bag_at),
        seen_version=order.version,
        by=stay.nurse,
        at=bag_at,
    )
    reading = computed_reading(order, dose=order.initial_dose_mg_per_kg_h)
    start_infusion(
        stay.admission.pk,
        effective_at=at,
        pump=pump,
        first=reading,
        second=reading,
        witness=_signed(second, at=at),
        line_checked=True,
        seen_version=order.version,
        by=stay.nurse,
        at=at,
    )


def _signed(by: Actor, *, at: datetime) -> Signed:
    """The signature of somebody who does not exist: a demonstration has nobody who could type a password."""
    return replace(of_session(by, at=at), method=SignatureMethod.PASSWORD)


def _by(person: User) -> Actor:
    return Actor.person(person, channel=Channel.COMMAND)


def _entry(stay: Stay, seen_at: datetime, changed: Mapping[str, Any]) -> SetEntry:
    """A calm patient's set, asleep at night, pain easing with the hours; `changed` makes it another one."""
    number, person = stay.sets, stay.person
    wobble = _WOBBLE[number % len(_WOBBLE)]
    hour = seen_at.astimezone(ZoneInfo(ZONE)).hour
    asleep = any(hour in hours for hours in NIGHT) and not changed
    hours_in = max(0, int((seen_at - stay.started_at) / _HOUR))
    calm: dict[str, Any] = {
        "heart_rate": person.heart_rate + wobble,
        "systolic": person.systolic + 2 * wobble,
        "diastolic": person.systolic - 44 + wobble,
        "respiratory_rate": 15 + wobble // 2,
        "spo2": 97 + wobble % 2,
        "on_oxygen": False,
        "temperature": Decimal("36.7") + Decimal(wobble) / 10 if number % 3 == 0 else None,
        "consciousness": Consciousness.A,
        "sedation_scale": SedationScale.POSS,
        "sedation": "S" if asleep else "1",
        "psychotomimetic": 0,
        "pain": None if asleep else max(3, 8 - hours_in // 5),
    }
    return SetEntry(
        client_id=uuid.uuid4(),
        observed_at=seen_at,
        values=Values(**{**calm, **changed}),
        mobility=None if asleep else Mobility.NEEDS_HELP if hours_in % 7 == 6 else Mobility.STEADY,
        absent={Parameter.PAIN: AbsentReason.ASLEEP, Parameter.MOBILITY: AbsentReason.ASLEEP} if asleep else {},
    )


def _calm(stay: Stay, at: datetime) -> None:
    stay.chart_until(at)


def _due_within_a_minute(stay: Stay, at: datetime) -> None:
    stay.chart_until(at)


def _late(stay: Stay, at: datetime) -> None:
    stay.chart_until(stay.started_at + 30 * _MINUTE)


def _red_unseen(stay: Stay, at: datetime) -> None:
    stay.chart_until(at - _HOUR)
    stay.chart(at - 5 * _MINUTE, systolic=186, diastolic=98, heart_rate=104, psychotomimetic=1)


def _red_seen(stay: Stay, at: datetime) -> None:
    stay.chart_until(at - _HOUR)
    seen_at = at - 12 * _MINUTE
    stay.chart(seen_at, spo2=90, respiratory_rate=13, sedation="2")
    for alert in Alert.objects.open().filter(admission=stay.admission).order_by("pk"):
        acknowledge_alert(
            alert.pk, seen_rang_at=alert.rang_at, with_patient=True, by=stay.nurse, at=seen_at + 2 * _MINUTE
        )
    stay.chart(seen_at + 3 * _MINUTE, spo2=91, respiratory_rate=13, sedation="2")


def _stopped(stay: Stay, at: datetime) -> None:
    stopped_at = at - 50 * _MINUTE
    stay.chart_until(stopped_at - 20 * _MINUTE)
    stop_infusion(
        stay.admission.pk, effective_at=stopped_at, reason="course completed", by=stay.physician, at=stopped_at
    )
    stay.chart_until(at)


_F, _M = AdministrativeGender.FEMALE, AdministrativeGender.MALE
SCENES: tuple[Scene, ...] = (
    Scene(
        Person("1", "Brandt", "Johanna", _F, date(1979, 3, 14), Decimal("68.5"), 68, 122),
        26 * _HOUR + 20 * _MINUTE,
        "calm, sets on time",
        _calm,
    ),
    Scene(
        Person("2", "Whitfield", "Anna", _F, date(1993, 7, 2), Decimal("61.0"), 74, 114),
        45 * _MINUTE - timedelta(seconds=40),
        "a set falls due within a minute",
        _due_within_a_minute,
    ),
    Scene(
        Person("3", "Marchetti", "Lucia", _F, date(1990, 1, 25), Decimal("58.2"), 71, 118),
        54 * _MINUTE,
        "a set is late, and rings in a minute",
        _late,
    ),
    Scene(
        Person("4", "Okafor", "Ngozi", _F, date(1985, 5, 17), Decimal("74.3"), 78, 128),
        7 * _HOUR + 5 * _MINUTE,
        "a red pressure that nobody has seen",
        _red_unseen,
    ),
    Scene(
        Person("5", "Haddad", "Samir", _M, date(1974, 11, 8), Decimal("82.0"), 70, 126),
        10 * _HOUR + 12 * _MINUTE,
        "a red SpO2, the nurse is with the patient",
        _red_seen,
    ),
    Scene(
        Person("6", "Adeyemi", "Tunde", _M, date(1997, 9, 30), Decimal("77.4"), 66, 120),
        49 * _HOUR,
        "stopped, observed afterwards",
        _stopped,
    ),
)
