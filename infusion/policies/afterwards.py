"""What is told afterwards of the pump: what somebody had ordered by then, and what a telling must not bring about.

What really was is always kept. It counts as ordered only where it was: what nobody ordered is kept as a pump found so.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.errors import Reason
from infusion.domain.course import CourseFacts, CourseState, course, deliberate_setting, ordered_dose
from infusion.domain.delivery import Event
from infusion.domain.pause import Halt, needs_physicians_restart
from infusion.domain.readiness import Readiness
from infusion.domain.words import ApprovalKind, PauseReason
from infusion.models import Approval, Course, Order
from infusion.policies.delivery import plain
from infusion.selectors import dose_rules
from infusion.selectors.pump import Pump


def before(pump: Pump, effective_at: datetime, *, without: int | None = None) -> tuple[Event, ...]:
    """The acts at the pump up to that time; `without` leaves one out, with what it corrected: it is told anew."""
    gone: set[int | None] = set()
    told = pump.event(without) if without is not None else None
    while told is not None:
        gone.add(told.id)
        told = pump.event(told.supersedes) if told.supersedes is not None else None
    return tuple(each for each in pump.events if each.effective_at <= effective_at and each.id not in gone)


def last_set_by(pump: Pump) -> int | None:
    """The id of the act that last set a dose on purpose."""
    setting = deliberate_setting(pump.events)
    return setting.id if setting is not None else None


def allowed_dose(pump: Pump, order: Order, *, effective_at: datetime, without: int | None = None) -> Decimal:
    """The highest dose in mg/kg/h that somebody had ordered for that time: what had been set on purpose by then (the
    initial dose before a start), or a physician's ceiling for an increase that stood then."""
    set_before = ordered_dose(before(pump, effective_at, without=without))
    ceilings = _stood(order.admission_id, ApprovalKind.INCREASE, effective_at)
    return max([order.initial_dose_mg_per_kg_h if set_before is None else set_before, *ceilings])


def may_have_flowed_again(pump: Pump, order: Order, dose: Decimal, seen: Readiness, *, effective_at: datetime) -> bool:
    """Whether a halted pump could be let flow at `dose` mg/kg/h at that time: without a physician, or by their restart."""
    then = course(before(pump, effective_at))
    if then is None or then.state is CourseState.RUNNING:
        return True
    rules = dose_rules(order.protocol_id).pause
    needs = needs_physicians_restart(
        _halt(then),
        red_is_open=bool(seen.red_alerts),
        last_red_at=seen.last_red_at,
        at=effective_at,
        restart_after=rules.restart_after,
        red_within=rules.red_within,
    )
    return not needs or any(dose <= each for each in _stood(order.admission_id, ApprovalKind.RESTART, effective_at))


def reasons_not_to_let_flow(was: Course | None, now: Course, *, is_set_anew: bool) -> list[Reason]:
    """A correction says what was; it lets no halted pump run, and raises no running one, unless its own reading was wrong.

    `is_set_anew`: the corrected act is the one that set what runs now, and its reading is what is corrected. A pump that
    differs from what was ordered may be told at any time.
    """
    if was is None or now.state != CourseState.RUNNING or now.found_differing_at is not None:
        return []
    ran = was.rate_ml_per_h * was.concentration_mg_per_ml if was.state == CourseState.RUNNING else Decimal(0)
    if now.rate_ml_per_h * now.concentration_mg_per_ml <= ran or (is_set_anew and was.state == CourseState.RUNNING):
        return []
    recorded = f"runs at {plain(was.dose_mg_per_kg_h)} mg/kg/h" if ran else f"is {was.state}"
    sentence = (
        f"So the pump would run at {plain(now.dose_mg_per_kg_h)} mg/kg/h now; by the record it {recorded}. "
        "If it runs so, record how it was found."
    )
    return [Reason("correction_lets_flow", sentence, "effective_at")]


def _stood(admission_id: int, kind: ApprovalKind, effective_at: datetime) -> Sequence[Decimal]:
    """The ceilings of that kind that stood at that time, whatever became of them since."""
    ended_at = Coalesce(F("closed_at"), F("expires_at"))
    stood = Approval.objects.annotate(ended_at=ended_at).filter(
        Q(expires_at__gt=effective_at), ended_at__gte=effective_at, approved_at__lte=effective_at,
        admission_id=admission_id, kind=kind,
    )  # fmt: skip
    return list(stood.values_list("ceiling_mg_per_kg_h", flat=True))


def _halt(then: CourseFacts) -> Halt:
    is_stop = then.state is CourseState.STOPPED
    since = then.stopped_at if is_stop else then.paused_at
    return Halt(since or then.changed_at, is_stop, PauseReason(then.pause_reason) if then.pause_reason else None)
