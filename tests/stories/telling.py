"""How days on the ward are told in tests: who does what when, by the ward's own clock, through the real actions.

    day = a_patient_ready("2026-09-22 08:00")
    day.at("08:00").nurse.starts()
    day.at("10:04").nurse.charts(seen="09:50", pain=6)
    day.at("10:06").nurse.asks_for("0.15")

A time is the next one that the ward's clock shows; time never goes back. `effective_at` and `observed_at` may lie before.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from itertools import cycle
from zoneinfo import ZoneInfo

import pytest

from accounts.actor import Actor
from accounts.models import SignatureMethod
from accounts.roles import Role
from core.errors import DomainError
from infusion import actions
from infusion.checking import computed_reading
from infusion.domain.days import day_marks, day_stage
from infusion.domain.double_check import PumpReading
from infusion.domain.hold import reassessment_at
from infusion.domain.order import OrderElements
from infusion.domain.words import CheckedAct, PauseReason, TargetKind
from infusion.models import Approval, Bag, Course, IncreaseRequest, Order, PumpCheck
from infusion.selectors import dose_rules
from infusion.selectors.figures import figures_of
from monitoring.actions import acknowledge_alert, record_set
from monitoring.models import Alert, Prompt
from monitoring.sweeps import settle_due_stays
from patients.actions import discharge_patient, record_weight
from patients.models import Disposition, WeightSource
from tests.factories import MINUTE, Stay, actor, entry, person, signed, ward
from tests.integration.infusion.at_the_pump import BAG, liver_known, prepared

NEW_YORK = "America/New_York"


@contextmanager
def refused(*codes):
    """The act is refused for exactly these reasons; what was said is handed out."""
    with pytest.raises(DomainError) as caught:
        yield caught
    said = sorted(reason.code for reason in caught.value.reasons)
    assert said == sorted(codes), f"refused for {said}"
    assert all(reason.sentence.endswith(".") for reason in caught.value.reasons)


class Story:
    """A stay, the people around it, and the clock on the ward's wall."""

    def __init__(self, stay: Stay, second: Actor, *, at: datetime):
        self.stay, self.now = stay, at
        self.zone = ZoneInfo(stay.ward.time_zone)
        self.nurse = Somebody(self, stay.by_nurse)
        self.second = Somebody(self, second)
        self.charge = Somebody(self, actor(person(Role.CHARGE_NURSE, ward=stay.ward)))
        self.physician = Somebody(self, stay.by_physician)
        self.other_physician = Somebody(self, actor(person(Role.PHYSICIAN, ward=stay.ward)))

    def at(self, clock: str) -> "Story":
        """Go on to the next instant at which the ward's clock shows this time (or this date and time)."""
        self.now = self.instant(clock, since=self.now)
        return self

    def after(self, **span) -> "Story":
        """Go on by so much, whatever the clocks on the wall do."""
        self.now += timedelta(**span)
        return self

    def instant(self, clock: str, *, since: datetime) -> datetime:
        """The first instant from `since` on at which the clock shows that; a time of day the clock skips is none."""
        if len(clock) > len("00:00:00"):
            return datetime.fromisoformat(clock).replace(tzinfo=self.zone).astimezone(since.tzinfo)
        start = since if clock.count(":") == 2 else since.replace(second=0, microsecond=0)
        wanted = clock if clock.count(":") == 2 else f"{clock}:00"
        minutes = (start + number * MINUTE for number in range(25 * 60 + 1))
        seconds = timedelta(seconds=int(wanted[-2:]))
        return next(m + seconds for m in minutes
                    if m + seconds >= since and m.astimezone(self.zone).strftime("%H:%M") == wanted[:5])  # fmt: skip

    def back(self, clock: str) -> datetime:
        """The last instant at which the clock showed this time."""
        here = (self.now.replace(second=0) - number * MINUTE for number in range(25 * 60))
        return next(each for each in here if each.astimezone(self.zone).strftime("%H:%M") == clock)

    def shown(self, instant: datetime) -> str:
        """What the ward's clock shows then."""
        return instant.astimezone(self.zone).strftime("%a %H:%M")

    def watched_until(self, clock: str, *, late=(0, 4, 12, 0, 35, 7), **seen) -> "Story":
        """Sets are seen when they are due and charted so many minutes later, until the clock shows that."""
        end, delays = self.instant(clock, since=self.now), cycle(late)
        while (
            prompt := Prompt.objects.filter(admission_id=self.stay.id, kind="full_set", state="open").first()
        ) is not None:
            delay = next(delays)
            seen_at = max(prompt.due_at, self.now - 30 * MINUTE)
            if seen_at + delay * MINUTE >= end:
                break
            self.now = max(self.now, seen_at + delay * MINUTE)
            self.nurse.charts(seen=seen_at, **seen)
        self.now = end
        return self

    def swept(self) -> "Story":
        """What the clock alone brings about, up to now."""
        while settle_due_stays(at=self.now):
            pass
        return self

    @property
    def rings(self) -> dict[str, str]:
        """The severity of each rule of which an alert is open."""
        return dict(Alert.objects.filter(admission_id=self.stay.id, closed_at=None).values_list("rule", "severity"))

    @property
    def course(self) -> Course:
        return Course.objects.select_related("order").get(admission_id=self.stay.id)

    @property
    def order(self) -> Order:
        return Order.objects.get(admission_id=self.stay.id, ended_at=None)

    @property
    def dose(self) -> str:
        """What runs, as people say it."""
        return f"{self.course.dose_mg_per_kg_h:.2f}"

    @property
    def rate(self) -> D:
        return self.course.rate_ml_per_h

    @property
    def figures(self):
        return figures_of(self.stay.id, at=self.now)

    @property
    def mg(self) -> D:
        """What was given so far, to a millionth of a milligram."""
        return round(self.figures.cumulative_mg, 6)

    @property
    def approval(self) -> Approval:
        return Approval.objects.filter(admission_id=self.stay.id).latest("id")

    @property
    def due(self) -> str:
        """When the next set is due, by the ward's clock."""
        return self.shown(Prompt.objects.get(admission_id=self.stay.id, kind="full_set", state="open").due_at)

    @property
    def check(self) -> PumpCheck:
        """The look at the pump that was asked for last."""
        return PumpCheck.objects.filter(admission_id=self.stay.id).latest("id")

    @property
    def rules(self):
        return dose_rules(self.course.order.protocol_id)

    @property
    def day_stage(self) -> str:
        days = self.rules.days
        marks = day_marks(self.course.first_started_at, task=days.task, yellow=days.yellow, red=days.red)
        return day_stage(marks, self.now).value

    def reassessment(self, *, awake_pain=None) -> str:
        """When the hold's end is looked at, by the ward's clock."""
        done_at = self.figures.hold_done_at
        moved = reassessment_at(done_at, zone=self.zone, awake_pain=awake_pain, rule=self.rules.hold)
        return self.shown(moved)

    def right(self, dose) -> PumpReading:
        """What the pump should show for a dose under the open order."""
        return computed_reading(self.order, dose=D(dose))


@dataclass
class Somebody:
    """A person and what they do; each act happens at the story's time."""

    story: Story
    who: Actor

    def does(self, act, /, *args, **how):
        return act(*args, **how, by=self.who, at=self.story.now)

    def at_the_stay(self, act, /, **how):
        return self.does(act, self.story.stay.id, **how)

    def signed(self, method=SignatureMethod.PASSWORD):
        return signed(self.who, at=self.story.now, method=method)

    def seen(self, **how):
        return {"seen_version": self.story.order.version, **how}

    def _witness(self, other):
        """The second person: the one named, else the nurse who is not this one."""
        other = other or (self.story.second if self.who != self.story.second.who else self.story.nurse)
        return other.signed(SignatureMethod.PIN)

    # At the bedside.

    def charts(self, seen=None, **changed):
        """A full set, seen at a time before (a clock time or an instant); late ones say why."""
        seen_at = self.story.back(seen) if isinstance(seen, str) else seen or self.story.now
        why = {"late_reason": "busy next door"} if self.story.now - seen_at > 30 * MINUTE else {}
        return self.at_the_stay(record_set, entry=entry(seen_at, **why, **changed))

    def looks_at_alerts(self):
        for alert in Alert.objects.filter(admission_id=self.story.stay.id, closed_at=None):
            self.does(acknowledge_alert, alert.pk, seen_rang_at=alert.rang_at)

    def weighs(self, kg):
        return self.at_the_stay(record_weight, kg=D(kg), source=WeightSource.MEASURED, measured_at=self.story.now)

    def takes_blood(self):
        liver_known(self.story.stay, at=self.story.now)

    # From the order to the dose.

    def signs(self, protocol, elements):
        return self.at_the_stay(actions.sign_order, protocol=protocol, elements=elements, signed=self.signed())

    def renews_the_order(self, **changed):
        """The next version: the same, in the newest weight, for another 72 h, but for what is named."""
        order = self.story.order
        names = [
            "drug", "route", "initial_dose_mg_per_kg_h", "increment_mg_per_kg_h", "step_interval", "pain_goal",
            "maximum_dose_mg_per_kg_h", "concentration_mg_per_ml", "planned_days", "liver_max_age", "endpoint",
        ]  # fmt: skip
        elements = OrderElements(**{name: getattr(order, name) for name in names})
        return self.at_the_stay(
            actions.sign_order, protocol=order.protocol, elements=replace(elements, **changed),
            replaces_version=order.version, signed=self.signed(),
        )  # fmt: skip

    def ends_the_course(self, reason="relief"):
        return self.at_the_stay(actions.end_course, reason=reason, signed=self.signed(), **self.seen())

    def asks_for(self, dose):
        return self.at_the_stay(actions.request_increase, dose=D(dose), **self.seen())

    def approves(self, ceiling, *, valid_for=None, **overrides):
        """Of the request that waits, or as the physician's own increase."""
        waiting = IncreaseRequest.objects.filter(admission_id=self.story.stay.id, state="waiting").first()
        return self.at_the_stay(
            actions.approve_increase, request_id=waiting and waiting.pk, ceiling=D(ceiling), valid_for=valid_for,
            overrides=overrides, signed=self.signed(), **self.seen(),
        )  # fmt: skip

    def rejects(self, request, reason):
        return self.does(actions.reject_request, request.pk, reason=reason, signed=self.signed(), **self.seen())

    def raises_to(self, dose, *, done=None, checked_by=None):
        """At the pump and with a second person; `done` is when, where it is recorded later."""
        right = self.story.right(dose)
        return self.at_the_stay(
            actions.execute_increase, dose=D(dose), effective_at=self._when(done), first=right, second=right,
            witness=self._witness(checked_by), **self.seen(),
        )  # fmt: skip

    def allows_restart(self, dose):
        return self.at_the_stay(
            actions.allow_restart, dose=D(dose), reason="seen at the bed", signed=self.signed(), **self.seen()
        )

    def declares_target(self, kind=TargetKind.RELIEF, *, pain=2):
        return self.at_the_stay(actions.declare_target, kind=kind, pain=pain, **self.seen())

    def ends_the_hold(self, reason):
        return self.at_the_stay(actions.end_hold_early, reason=reason, signed=self.signed(), **self.seen())

    # At the pump.

    def _when(self, done):
        return self.story.back(done) if isinstance(done, str) else self.story.now

    def starts(self, *, checked_by=None):
        right = self.story.right(self.story.order.initial_dose_mg_per_kg_h)
        return self.at_the_stay(
            actions.start_infusion, effective_at=self.story.now, pump="P-7", first=right, second=right,
            witness=self._witness(checked_by), line_checked=True, **self.seen(),
        )  # fmt: skip

    def lowers_to(self, dose, *, done=None, reason=""):
        return self.at_the_stay(
            actions.decrease, effective_at=self._when(done), dose_mg_per_kg_h=D(dose), reason=reason
        )

    def pauses(self, reason: PauseReason | None = None, *, done=None, minutes=30):
        return self.at_the_stay(
            actions.pause_infusion, effective_at=self._when(done), reason=reason,
            until_at=self.story.now + minutes * MINUTE,
        )  # fmt: skip

    def resumes(self, dose, *, alone="", checked_by=None):
        right = self.story.right(dose)
        two = {} if alone else {"second": right, "witness": self._witness(checked_by)}
        return self.at_the_stay(
            actions.resume_infusion, effective_at=self.story.now, dose_mg_per_kg_h=D(dose), first=right,
            single_signed_reason=alone, **two, **self.seen(),
        )  # fmt: skip

    def stops(self, *, done=None):
        return self.at_the_stay(actions.stop_infusion, effective_at=self._when(done))

    def takes_back(self, tap):
        return self.does(actions.undo_tap, tap.event.pk)

    def finds(self, rate, concentration=None):
        strength = D(concentration) if concentration else self.story.course.concentration_mg_per_ml
        return self.at_the_stay(
            actions.record_found, reading=PumpReading(D(rate), strength), effective_at=self.story.now, note="round"
        )

    def looks_at_the_pump(self, rate):
        read = PumpReading(D(rate), self.story.course.concentration_mg_per_ml)
        return self.does(actions.check_pump, self.story.check.pk, reading=read)

    def calls_a_second_person(self, act=CheckedAct.RESUME):
        return self.at_the_stay(actions.call_second_person, act=act)

    def tells_from_paper(self, kind, rate, *, done):
        read = PumpReading(D(rate), self.story.course.concentration_mg_per_ml)
        return self.at_the_stay(
            actions.enter_afterwards, kind=kind, effective_at=self._when(done), reading=read, note="downtime sheet"
        )

    def changes_the_bag(self, *, infused, left, new=BAG, checked_by=None, read=None):
        """Another bag of the same; with `read` (mL/h) two people check the rate, too."""
        today = self.story.now.astimezone(self.story.zone).date()
        reading = read and PumpReading(D(read), new.concentration_mg_per_ml)
        return self.at_the_stay(
            actions.change_bag, seen_bag=hung(self.story).pk, new=replace(new, expires_on=today + timedelta(days=20)),
            used=actions.UsedBag(D(infused), left_ml=D(left)), changed_at=self.story.now,
            first=reading, second=reading, witness=self._witness(checked_by), **self.seen(),
        )  # fmt: skip

    def takes_the_bag_down(self, *, infused, wasted):
        return self.at_the_stay(
            actions.close_bag, seen_bag=hung(self.story).pk, used=actions.UsedBag(D(infused), wasted_ml=D(wasted)),
            closed_at=self.story.now, witness=self._witness(None),
        )  # fmt: skip

    def lets_go(self, disposition=Disposition.HOME, reason=""):
        return self.at_the_stay(discharge_patient, disposition=disposition, reason=reason)


def a_patient_ready(clock: str, *, zone: str = NEW_YORK) -> Story:
    """Screened, consented, ordered, weighed, with a bag hanging, a quarter of an hour before the clock shows that."""
    at = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    made = prepared(at=at, on=ward(time_zone=zone))
    return Story(made, made.second, at=at)


def a_patient_running(clock: str, *, zone: str = NEW_YORK) -> Story:
    """The same, started then at the initial dose."""
    story = a_patient_ready(clock, zone=zone)
    story.nurse.starts()
    return story


def hung(story: Story) -> Bag:
    """The bag that hangs."""
    return Bag.objects.get(admission_id=story.stay.id, closed_at=None)
