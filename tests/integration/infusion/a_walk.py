"""A walk of random acts around one stay: how an act is done, and what is looked at after each.

A refusal is fine and leaves nothing behind but a double check; anything else that is raised is a fault.
"""

from collections import Counter
from decimal import Decimal as D
from random import Random

from django.db import transaction

from accounts.models import SignatureMethod
from accounts.roles import Role
from core.errors import DomainError
from infusion import actions
from infusion.domain.double_check import PumpReading
from infusion.models import Bag, DeliveryEvent
from monitoring.actions import acknowledge_alert, record_set
from patients.actions import record_weight
from tests.factories import MORNING, actor, person, signed
from tests.integration.infusion import a_record as law
from tests.integration.infusion.at_the_pump import prepared

NURSES = ("nurse", "second", "charge")
DOCTORS = ("physician", "other physician")
PEOPLE = (*NURSES, *DOCTORS, "nurse of another ward")

SIGNED = {
    "sign_order", "end_course", "reject_request", "approve_increase", "override_gate", "allow_restart", "end_hold_early",
}  # fmt: skip
OTHER_ACTS = {"record_set": record_set, "acknowledge_alert": acknowledge_alert, "record_weight": record_weight}

RULES: list[tuple[str, dict[str, tuple]]] = []
done: Counter[str] = Counter()


def rule(*, often=2, **choices):
    """An act of the walk, with what is drawn for it; `often` is its weight among the others."""

    def keep(act):
        RULES.extend([(act.__name__, choices)] * often)
        return act

    return keep


class Walk:
    """One stay, six people, and a clock. Which acts they may do is said by whoever walks (`rule`)."""

    def __init__(self, stay, people):
        self.stay, self.people, self.at = stay, people, MORNING
        self.before = law.read(stay.id)

    # What the people know, and how they act.

    @property
    def course(self):
        return self.before.course

    @property
    def dose(self):
        return self.course.dose_mg_per_kg_h if self.course else D("0.10")

    def seen(self, right=True):
        order = self.before.order
        return (order.version if order else 1) + (not right)

    def read(self, dose, right=True, strength=None):
        """What the pump should show; or another number."""
        order = self.before.order
        if order is None or not 0 <= dose <= 50:
            return PumpReading(D("3.5"), D(2))
        strength = strength or order.concentration_mg_per_ml
        rate = (dose * order.dosing_weight_kg / strength).quantize(D("0.1"), "ROUND_DOWN")
        return PumpReading(rate if right else rate + D("0.1"), strength)

    def witness(self, name):
        return signed(self.people[name], at=self.at, method=SignatureMethod.PIN)

    def do(self, name, by, *args, **how):
        """One act by somebody; what it made, None where it was refused. Every law is looked at afterwards."""
        who_signs = self.people[by]
        if name in SIGNED:
            how["signed"] = signed(who_signs, at=self.at)
        act = OTHER_ACTS.get(name) or getattr(actions, name)
        before, made = self.before, None
        try:
            made = act(*args, **how, by=who_signs, at=self.at)
        except DomainError as refused:
            self.refused = refused
        self.before = after = law.read(self.stay.id)
        done[name if made is not None else f"{name} refused"] += 1
        law.history_stands(before, after)
        law.one_of_each(after)
        law.projection_is_a_replay(after, at=self.at)
        if made is None:
            assert all(reason.sentence.endswith((".", "?")) for reason in self.refused.reasons)
            assert law.changed_rows(before, after) <= {"DoubleCheck"}
            return None
        law.nothing_pending_stands_on_broken_ground(before, after)
        law.decisions_are_signed(before, after)
        self.look_at_events(name, before, after)
        return made

    def look_at_events(self, name, before, after):
        for bag in law.new_rows(before, after, Bag):
            law.bag_is_signed(after, bag)
        for event in law.new_rows(before, after, DeliveryEvent):
            if event.source != "bedside" or event.supersedes_id is not None or event.kind == "found":
                continue
            if event.kind == "bag_changed":
                ran = law.naively.setting_at(before.events, event.effective_at)
                assert (ran.flows, ran.dose) == (True, event.dose_mg_per_kg_h)
                if ran.concentration == event.concentration_mg_per_ml:
                    assert ran.rate == event.rate_ml_per_h
                else:
                    law.two_people_checked(after, event)
            elif event.kind == "rate_changed" and name == "execute_increase":
                law.increase_is_allowed(before, after, event, at=self.at)
                law.rate_never_exceeds_the_dose(after, event)
                law.two_people_signed(before, after, event, may_be_alone=False)
            elif event.kind == "rate_changed":
                assert event.dose_mg_per_kg_h < law.naively.setting_at(before.events).dose
                law.rate_never_exceeds_the_dose(after, event)
            elif event.kind in ("started", "resumed"):
                if event.kind == "resumed":
                    law.resume_is_allowed(before, event, at=self.at)
                else:
                    assert event.dose_mg_per_kg_h == before.order.initial_dose_mg_per_kg_h
                law.rate_never_exceeds_the_dose(after, event)
                law.two_people_signed(before, after, event, may_be_alone=event.kind == "resumed")

    def do_safely(self, name, by, *args, why, **how):
        """An act after which nobody's wish for more may stand."""
        made = self.do(name, by, *args, **how)
        if made is not None and not getattr(made, "sentence", "").endswith("nothing was changed."):
            law.nothing_is_pending(self.before, why)


def walk(of, *, seeds, acts):
    """For each seed a story of that many acts; every one begins at the same prepared patient."""
    stay = prepared()
    people = {
        "nurse": stay.by_nurse,
        "second": stay.second,
        "charge": actor(person(Role.CHARGE_NURSE, ward=stay.ward)),
        "physician": stay.by_physician,
        "other physician": actor(person(Role.PHYSICIAN, ward=stay.ward)),
        "nurse of another ward": actor(person(Role.NURSE)),
    }
    done.clear()
    for seed in seeds:
        savepoint = transaction.savepoint()
        tell(of(stay, people), drawn(Random(seed), acts))
        transaction.savepoint_rollback(savepoint)


def drawn(dice, acts):
    """A story: acts and what they are done with, drawn before anything happens, so that a part of it is a story too."""
    story = [("start", {"by": "nurse", "other": "second", "right": True, "also_right": True})]
    for _ in range(acts - 1):
        name, choices = dice.choice(RULES)
        story.append((name, {key: dice.choice(among) for key, among in choices.items()}))
    return story


def tell(ward, story):
    """Act by act; a law that breaks says after which."""
    for number, (name, how) in enumerate(story):
        try:
            getattr(ward, name)(**how)
        except Exception as broken:
            broken.add_note("\n".join(f"    {each!r}," for each in story[: number + 1]))
            raise
