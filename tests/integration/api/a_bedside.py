"""A ward as programs see it: everybody's token, bodies as they are sent, and a patient made ready through the API alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.models import User
from accounts.roles import Role
from infusion.checking import computed_reading
from infusion.models import Order
from monitoring.models import LiverPanel
from patients.domain.screening import BriefingItem, ScreeningItem
from tests.calling import Caller, Hand, a_set
from tests.factories import HOUR, MINUTE, MORNING, PASSWORD, Stay, person, protocol, running, stay

PIN = "482913"
TEN = MORNING + 2 * HOUR


@dataclass
class Bedside:
    """One stay with its people: `nurse`, `second`, `charge`, `physician`, `other` (a second physician), `administrator`."""

    stay: Stay
    hand: Hand
    people: dict[str, User] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)

    def __post_init__(self) -> None:
        on = self.stay.ward
        self.people = {
            "nurse": self.stay.nurse,
            "second": person(Role.NURSE, ward=on),
            "charge": person(Role.CHARGE_NURSE, ward=on),
            "physician": self.stay.physician,
            "other": person(Role.PHYSICIAN, ward=on),
            "administrator": person(Role.ADMINISTRATOR, ward=on),
        }
        self.callers = {name: Caller(user) for name, user in self.people.items()}
        User.objects.filter(pk=self.people["second"].pk).update(pin=make_password(PIN))

    @property
    def id(self) -> int:
        return self.stay.id

    @property
    def order(self) -> Order:
        return Order.objects.get(admission_id=self.id, ended_at=None)

    def of_stay(self, who: str, path: str, /, **body: Any) -> Any:
        """Post to an address of the stay; a `client_id` of its own is added where none is given."""
        return self.post(who, f"admissions/{self.id}/{path}/", **{"client_id": str(uuid.uuid4()), **body})

    def post(self, who: str, path: str, /, **body: Any) -> Any:
        return self.callers[who].post(path, body)

    def get(self, who: str, path: str) -> Any:
        return self.callers[who].get(f"admissions/{self.id}/{path}")

    # ---- bodies ----

    def order_body(self, **changed: Any) -> dict[str, Any]:
        """A whole order under the shipped protocol; None takes an element away."""
        rules = protocol()
        whole = {
            "password": PASSWORD,
            "protocol": rules.pk,
            "drug": rules.drug,
            "route": "intravenous",
            "initial_dose_mg_per_kg_h": "0.1",
            "increment_mg_per_kg_h": "0.05",
            "step_interval_min": 120,
            "maximum_dose_mg_per_kg_h": "1",
            "pain_goal": 3,
            "concentration_mg_per_ml": "2",
            "planned_days": 5,
            "liver_max_age_h": 48,
            **changed,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def reading(self, dose: str = "0.1", **changed: Any) -> dict[str, str]:
        """What the pump shows when it is set for `dose`."""
        right = computed_reading(self.order, dose=Decimal(dose))
        shown = {
            "rate_ml_per_h": str(right.rate_ml_per_h),
            "concentration_mg_per_ml": str(right.concentration_mg_per_ml),
        }
        return {**shown, **changed}

    def witness(self, who: str = "second", secret: str = "") -> dict[str, str]:
        """A second person's name and secret: the second nurse's PIN, anybody else's password."""
        return {"username": self.people[who].username, "secret": secret or (PIN if who == "second" else PASSWORD)}

    def by_two(self, dose: str = "0.1", *, witness: str = "second", **changed: Any) -> dict[str, Any]:
        """An act that two people check, done now."""
        read = self.reading(dose)
        return {
            "effective_at": self.hand.at.isoformat(),
            "seen_version": self.order.version,
            "pump": "pump 3",
            "first": read,
            "second": {**self.witness(witness), **read},
            **changed,
        }

    def bag_body(self, **changed: Any) -> dict[str, Any]:
        label = {"lot": "A1", "expires_on": "2027-01-31", "volume_ml": "250", "concentration_mg_per_ml": "2"}
        return {
            "seen_version": self.order.version,
            "bag": {**label, "primed_ml": "10", "line_is_new": True},
            "hung_at": self.hand.at.isoformat(),
            "witness": self.witness(),
            **changed,
        }

    # ---- acts with their usual people ----

    def chart(self, **changed: Any) -> None:
        """A full calm set, now."""
        answer = self.callers["nurse"].post(f"admissions/{self.id}/sets/", a_set(self.hand.at, **changed))
        assert answer.status_code == 201, answer.content

    def request(self, dose: str = "0.15", *, by: str = "nurse", **changed: Any) -> Any:
        body = {"dose_mg_per_kg_h": dose, "seen_version": self.order.version, **changed}
        return self.of_stay(by, "increase-requests", **body)

    def approve(self, ceiling: str = "0.15", *, by: str = "physician", **changed: Any) -> Any:
        body = {"ceiling_mg_per_kg_h": ceiling, "seen_version": self.order.version, "password": PASSWORD, **changed}
        return self.of_stay(by, "approvals", **body)

    def execute(self, dose: str = "0.15", *, by: str = "nurse", **changed: Any) -> Any:
        return self.of_stay(by, "increases", **self.by_two(dose, **changed), dose_mg_per_kg_h=dose)

    def pause(self, *, by: str = "nurse", **changed: Any) -> Any:
        return self.of_stay(by, "pauses", **{"effective_at": self.hand.at.isoformat(), **changed})

    def stop(self, *, by: str = "nurse", **changed: Any) -> Any:
        return self.of_stay(by, "stops", **{"effective_at": self.hand.at.isoformat(), **changed})

    def resume(self, dose: str = "0.1", *, by: str = "nurse", **changed: Any) -> Any:
        return self.of_stay(by, "resumptions", **self.by_two(dose, **changed), dose_mg_per_kg_h=dose)

    def restart(self, dose: str = "0.1", *, by: str = "physician", **changed: Any) -> Any:
        body = {"dose_mg_per_kg_h": dose, "seen_version": self.order.version, "password": PASSWORD}
        return self.of_stay(by, "restart-approvals", **{**body, "reason": "the pressure is back in range", **changed})


def running_bedside(hand: Hand, *, at: datetime = TEN) -> Bedside:
    """An infusion that was started at 08:00, with normal liver enzymes and a full calm set 5 min before `at`."""
    made = Bedside(running(), hand)
    LiverPanel.objects.create(
        admission_id=made.id, collected_at=MORNING - 3 * HOUR, recorded_at=MORNING - 2 * HOUR,
        recorded_by=made.stay.nurse, alt=Decimal(30), alt_upper=Decimal(40),
    )  # fmt: skip
    hand.at = at - 5 * MINUTE
    made.chart()
    hand.at = at
    return made


def admitted_bedside(hand: Hand) -> Bedside:
    """A weighed patient in a bed at 07:40, of whom nothing else is known."""
    hand.at = MORNING - 20 * MINUTE
    return Bedside(stay(at=hand.at), hand)


def examined(made: Bedside) -> None:
    """Screening, consent, liver enzymes, mood, falls and a full set, recorded now."""
    now = made.hand.at.isoformat()
    for path, body in (
        ("screenings", {"answers": dict.fromkeys(map(str, ScreeningItem), "no"), "pregnancy_test": "not_applicable",
                        "ecg": "normal"}),
        ("consents", {"briefed": [str(item) for item in BriefingItem], "given_at": now}),
        ("liver-panels", {"collected_at": now, "alt": 30, "alt_upper": 40, "ast": 30, "ast_upper": 40, "alp": 80,
                          "alp_upper": 120, "ggt": 30, "ggt_upper": 60, "bilirubin": "0.8", "bilirubin_upper": "1.2"}),
        ("mood-screens", {"observed_at": now, "mood": "usual", "cssrs_1": False, "cssrs_2": False, "cssrs_6": False}),
        ("falls-scores", {"observed_at": now, "score": 35}),
    ):  # fmt: skip
        answer = made.of_stay("nurse", path, **body)
        assert answer.status_code == 201, (path, answer.content)
    made.chart()


def ready_bedside(hand: Hand) -> Bedside:
    """Everything that the start asks for, at 07:40: examined, ordered, a bag on the hook."""
    made = admitted_bedside(hand)
    examined(made)
    assert made.of_stay("physician", "orders", **made.order_body()).status_code == 201
    answer = made.of_stay("nurse", "bags", **made.bag_body())
    assert answer.status_code == 201, answer.content
    return made
