"""A stay on which the gate for an increase is open, made through the real actions; and the acts with their usual people."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal as D

from accounts.actor import Actor
from accounts.models import SignatureMethod, User
from accounts.roles import Role
from infusion.actions import approve_increase, execute_increase, request_increase
from infusion.checking import computed_reading
from infusion.domain.double_check import PumpReading
from infusion.models import Approval, Course, DeliveryEvent, IncreaseRequest, Order
from monitoring.actions import record_set
from monitoring.models import LiverPanel
from tests.factories import HOUR, MINUTE, MORNING, Stay, actor, entry, person, running, signed

# Two hours after the start: the first step is due.
TEN = MORNING + 2 * HOUR


@dataclass
class ACourse:
    """A running stay with a second nurse beside the first."""

    stay: Stay
    second: User

    @property
    def id(self) -> int:
        return self.stay.id

    @property
    def by_nurse(self) -> Actor:
        return self.stay.by_nurse

    @property
    def by_physician(self) -> Actor:
        return self.stay.by_physician

    @property
    def order(self) -> Order:
        return Order.objects.get(admission_id=self.id, ended_at=None)

    @property
    def course(self) -> Course:
        return Course.objects.get(admission_id=self.id)

    def chart(self, at: datetime, **changed) -> None:
        """A full calm set, seen and recorded at `at`; keywords change its values."""
        record_set(self.id, entry=entry(at, **changed), by=self.by_nurse, at=at)

    def request(self, dose="0.15", *, at=TEN, **changed) -> IncreaseRequest:
        usual = {"dose": D(dose), "seen_version": 1, "by": self.by_nurse, "at": at}
        return request_increase(self.id, **{**usual, **changed})

    def approve(self, ceiling="0.15", *, at=TEN, by: Actor | None = None, **changed) -> Approval:
        who = by or self.by_physician
        given = {"ceiling": D(ceiling), "seen_version": 1, "signed": signed(who, at=at), **changed}
        return approve_increase(self.id, by=who, at=at, **given)

    def execute(self, dose="0.15", *, at=TEN, **changed) -> DeliveryEvent:
        right = None if {"first", "second"} <= set(changed) else computed_reading(self.order, dose=D(dose))
        usual = {
            "dose": D(dose),
            "effective_at": at,
            "first": right,
            "second": right,
            "witness": self.witness(at=at),
            "seen_version": 1,
            "by": self.by_nurse,
            "at": at,
        }
        return execute_increase(self.id, **{**usual, **changed})

    def witness(self, *, at, method=SignatureMethod.PIN):
        return signed(actor(self.second), at=at, method=method)


def a_course(*, at: datetime = MORNING, ready_at: datetime | None = TEN) -> ACourse:
    """An infusion started at `at`, with normal liver enzymes, and a calm full set 5 min before `ready_at`."""
    stay = running(at=at)
    LiverPanel.objects.create(
        admission_id=stay.id, collected_at=at - 3 * HOUR, recorded_at=at - 2 * HOUR, recorded_by=stay.nurse,
        alt=D(30), alt_upper=D(40),
    )  # fmt: skip
    made = ACourse(stay, person(Role.NURSE))
    if ready_at is not None:
        made.chart(ready_at - 5 * MINUTE)
    return made


def reading(rate, concentration="2") -> PumpReading:
    return PumpReading(D(rate), D(concentration))
