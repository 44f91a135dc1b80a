"""The gate for an increase: every reason why a dose may not be raised, all of them at once (DOMAIN 3).

Hard reasons are never opened; a soft one is opened by a physician's own reason, under its code. What is looked at in the
patient is in `gate_bedside`. Each rule is asked by itself: no reason hides another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from core.errors import Kind, Reason
from infusion.domain.course import CourseState
from infusion.domain.dose import rate_ml_per_h
from infusion.domain.gate_bedside import BEDSIDE_RULES
from infusion.domain.order import is_too_fine, weight_has_changed
from infusion.domain.question import Question, hold_done_at, is_holding, lowest_in_24_h, step_counts_from
from infusion.domain.shown import dose_words, number_words, span_words, time_words
from infusion.domain.words import Stage

_HOURS_A_DAY = 24
_ML_PER_L = 1000

# Soft reasons that a physician may open before the gate says them, because only the execution asks.
OPENED_AHEAD = {
    "step_over_increment": "The step is larger than the ordered increment.",
    "step_interval_running": "The step interval has not passed.",
    "hold_running": "The hold at the target is not over.",
    "outside_window": "Doses are not raised at this time of the ward's day.",
}
# Asked once per order: opened for one version, it stays open for those that replace it.
ONCE_PER_ORDER = "dose_above_asked"


def reasons_not_to_increase(question: Question) -> tuple[Reason, ...]:
    """Every reason why the dose may not be raised so, hard ones first; a soft one that was opened is left out.

    The step interval, the hold and the ward's hours bind the execution; before it, `not_before` says them.
    """
    found = [reason for rule in _RULES for reason in rule(question)]
    if question.stage is Stage.EXECUTION:
        found += _of_time(question)
    standing = dict.fromkeys(each for each in found if each.kind is Kind.HARD or each.code not in question.opened)
    return tuple(sorted(standing, key=lambda reason: reason.kind is Kind.SOFT))


def not_before(question: Question) -> datetime | None:
    """The first instant from which time alone allows the step; None where that is now, or where no time can be said.

    The hold is a time only while its clock runs. What a physician opened does not count.
    """
    if question.order is None or question.delivery is None:
        return None
    ready = max([question.at, *(until for _code, until in _waits(question) if until is not None)])
    if question.window is not None and "outside_window" not in question.opened:
        ready = question.window.next_open(ready, question.zone)
    return ready if ready > question.at else None


def next_dose(question: Question) -> Decimal | None:
    """The dose that one step of the ordered increment leads to: at most the order's maximum and a standing ceiling.

    None where nothing runs, or where the dose is there already.
    """
    order, delivery, ceiling = question.order, question.delivery, question.live_ceiling
    if order is None or delivery is None or delivery.state is not CourseState.RUNNING:
        return None
    allowed = min(order.maximum, question.rules.maximum)
    if ceiling is not None and ceiling.dose > delivery.dose:
        allowed = min(allowed, ceiling.dose)
    following = min(max(delivery.dose + order.increment, question.rules.minimum), allowed)
    return following if following > delivery.dose else None


def _of_consent(question: Question) -> Iterator[Reason]:
    if question.consent_withdrawn:
        yield Reason("consent_withdrawn", "The patient withdrew the consent.")


def _of_order(question: Question) -> Iterator[Reason]:
    order = question.order
    if order is None:
        yield Reason("no_order", "There is no signed order for this stay.")
        return
    if question.at >= order.expires_at:
        yield Reason(
            "order_expired", f"The order expired at {_time(question, order.expires_at)}. It has to be renewed."
        )
    weighed = question.newest_weight
    if weighed is not None and weight_has_changed(order.dosing_weight_kg, weighed.kg, question.rules.order):
        yield Reason(
            "weight_changed",
            f"The patient weighs {number_words(weighed.kg)} kg now; the order rests on "
            f"{number_words(order.dosing_weight_kg)} kg. It takes a new version of the order.",
        )
    if order.weight_is_measured or (weighed is not None and weighed.is_measured):
        return
    most = question.rules.largest_with_unmeasured_weight
    if question.dose.is_finite() and question.dose > most:
        yield Reason(
            "weight_unmeasured", f"Until the patient is weighed no dose may be over {dose_words(most)} mg/kg/h."
        )
    if order.reweigh_by is not None and question.at > order.reweigh_by:
        yield Reason(
            "reweighing_overdue", f"The patient had to be weighed by {_time(question, order.reweigh_by)} and was not."
        )


def _of_delivery(question: Question) -> Iterator[Reason]:
    delivery = question.delivery
    if delivery is None:
        yield Reason("not_running", "The infusion was not started yet.")
        return
    if delivery.state is not CourseState.RUNNING:
        yield Reason("not_running", f"The infusion is {delivery.state}.")
    if delivery.found_differing_at is not None:
        yield Reason(
            "pump_differs",
            f"At {_time(question, delivery.found_differing_at)} the pump was found at another rate than ordered; it runs on so.",
        )
    order = question.order
    if (
        question.stage is Stage.EXECUTION
        and order
        and delivery.concentration_mg_per_ml != order.concentration_mg_per_ml
    ):
        yield Reason(
            "concentration_differs",
            f"The bag holds {number_words(delivery.concentration_mg_per_ml)} mg/mL, the order says "
            f"{number_words(order.concentration_mg_per_ml)} mg/mL. Change the bag first.",
        )


def _of_dose(question: Question) -> Iterator[Reason]:
    dose, rules, order = question.dose, question.rules, question.order
    if is_too_fine(dose):
        yield Reason("dose_too_fine", "The dose is no number with at most 4 places.", "dose_mg_per_kg_h")
        return
    most = rules.maximum if order is None else min(order.maximum, rules.maximum)
    if dose > most:
        yield _hard_dose("above_maximum", f"{dose_words(dose)} mg/kg/h is above the maximum of {dose_words(most)}.")
    if dose < rules.minimum:
        yield _hard_dose(
            "below_minimum", f"{dose_words(dose)} mg/kg/h is below the least dose of {dose_words(rules.minimum)}."
        )
    if question.delivery is not None and dose <= question.delivery.dose:
        yield _hard_dose(
            "not_an_increase",
            f"{dose_words(dose)} mg/kg/h is no increase: the ordered dose is {dose_words(question.delivery.dose)}.",
        )
    if dose > rules.ask_once_above:
        yield _soft_dose(
            ONCE_PER_ORDER, f"A dose over {dose_words(rules.ask_once_above)} mg/kg/h is asked for once per order."
        )
    if question.delivery is not None:
        yield from _of_rise(question, dose, lowest_in_24_h(question.delivery, at=question.at))


def _of_rise(question: Question, dose: Decimal, lowest: Decimal) -> Iterator[Reason]:
    most = question.rules.largest_rise_in_24_h
    if dose - lowest > most:
        yield _soft_dose(
            "rise_in_24_h",
            f"That is {dose_words(dose - lowest)} mg/kg/h more than the lowest dose of the last 24 h "
            f"({dose_words(lowest)}); {dose_words(most)} is usual at most.",
        )


def _of_step(question: Question) -> Iterator[Reason]:
    order, delivery, to = question.order, question.delivery, question.step_to
    if order is None or delivery is None or to is None or is_too_fine(to):
        return
    step, largest = to - delivery.dose, question.rules.largest_step
    if step > largest:
        yield _hard_dose(
            "step_over_largest", f"A step of {dose_words(step)} mg/kg/h is over the largest of {dose_words(largest)}."
        )
    elif step > order.increment:
        yield _soft_dose(
            "step_over_increment",
            f"A step of {dose_words(step)} mg/kg/h is over the ordered increment of {dose_words(order.increment)}.",
        )


def _of_pump(question: Question) -> Iterator[Reason]:
    order, rules = question.order, question.rules
    if order is None or is_too_fine(question.dose) or question.dose < 0:
        return
    kg, strength = order.dosing_weight_kg, order.concentration_mg_per_ml
    if kg >= rules.weight_ask_from_kg:
        yield _soft(
            "weight_large",
            f"The dosing weight of {number_words(kg)} kg is {number_words(rules.weight_ask_from_kg)} kg or more.",
        )
    tick = rules.pump_resolution_ml_per_h * strength / kg
    share = rules.order.tick_share
    if tick > share * order.increment:
        yield _soft(
            "pump_tick_coarse",
            f"One tick of the pump is {tick:.4f} mg/kg/h, over {number_words(share * 100)} % of a step.",
        )
    litres = rate_ml_per_h(question.dose, kg, strength) * _HOURS_A_DAY / _ML_PER_L
    if litres > rules.order.fluid_l_per_day:
        yield _soft(
            "fluid_large",
            f"{litres:.1f} L of fluid a day is more than {number_words(rules.order.fluid_l_per_day)} L.",
        )


def _of_approval(question: Question) -> Iterator[Reason]:
    ceiling = question.live_ceiling
    if question.stage is Stage.REQUEST:
        yield from _of_request(question)
    elif question.stage is Stage.EXECUTION:
        if ceiling is None:
            late = question.ceiling
            lapsed = (
                f" The one up to {dose_words(late.dose)} lapsed at {_time(question, late.expires_at)}." if late else ""
            )
            yield Reason("no_approval", f"No physician's approval stands.{lapsed}")
        elif not is_too_fine(question.dose) and question.dose > ceiling.dose:
            yield _hard_dose(
                "above_ceiling",
                f"{dose_words(question.dose)} mg/kg/h is above the approved {dose_words(ceiling.dose)}.",
            )


def _of_request(question: Question) -> Iterator[Reason]:
    ceiling = question.live_ceiling
    if question.request_waits_for is not None:
        waits = dose_words(question.request_waits_for)
        yield Reason("request_waiting", f"A request for {waits} mg/kg/h waits for a physician already.")
    if ceiling is not None and not is_too_fine(question.dose) and question.dose <= ceiling.dose:
        yield Reason(
            "approved_already",
            f"{dose_words(ceiling.dose)} mg/kg/h is approved until {_time(question, ceiling.expires_at)}: "
            "a step up to it needs no request.",
        )


def _of_people(question: Question) -> Iterator[Reason]:
    by, witness, ceiling = question.by, question.witness, question.live_ceiling
    if question.stage is Stage.APPROVAL and by is not None and by == question.requested_by:
        yield Reason("requester_is_approver", "Nobody approves their own request. Another physician has to.")
    if question.stage is not Stage.EXECUTION:
        return
    if by is not None and ceiling is not None and by == ceiling.approved_by:
        yield Reason("executor_is_approver", "Who approved the increase does not carry it out. Two others have to.")
    if witness is not None and ceiling is not None and witness == ceiling.approved_by:
        yield Reason("witness_is_approver", "Who approved the increase does not check it. Another person has to.")
    if witness is not None and witness == by:
        yield Reason("witness_is_executor", "The second person must be another one than the first.")


def _waits(question: Question) -> Iterator[tuple[str, datetime | None]]:
    """The clocks that run, those opened left out: code and until when (None: the clock stands still)."""
    order, delivery, rules = question.order, question.delivery, question.rules
    if order is None or delivery is None:
        return
    since = step_counts_from(delivery, reset_pause=rules.hold.reset_pause)
    if "step_interval_running" not in question.opened and since is not None:
        until = since + order.step_interval
        if question.at < until:
            yield "step_interval_running", until
    if "hold_running" not in question.opened and is_holding(delivery, target_hold=rules.target_hold):
        done = hold_done_at(delivery, target_hold=rules.target_hold)
        if done is None or question.at < done:
            yield "hold_running", done


def _of_time(question: Question) -> Iterator[Reason]:
    for code, until in _waits(question):
        because = (
            f"a step takes {span_words(question.order.step_interval)}"
            if code == "step_interval_running" and question.order
            else f"the target is held for {span_words(question.rules.target_hold)}"
        )
        when = (
            "Not yet"
            if until is None
            else f"Not before {_time(question, until)} (in {span_words(until - question.at)})"
        )
        yield _soft(code, f"{when}: {because}.")
    window = question.window
    if window is not None and not window.is_open(question.at.astimezone(question.zone)):
        yield _soft(
            "outside_window",
            f"Doses are raised from {window.opens:%H:%M} to {window.closes:%H:%M} on this ward.",
        )


def _time(question: Question, instant: datetime) -> str:
    return time_words(instant, zone=question.zone, at=question.at)


def _hard_dose(code: str, sentence: str) -> Reason:
    return Reason(code, sentence, "dose_mg_per_kg_h")


def _soft_dose(code: str, sentence: str) -> Reason:
    return Reason(code, sentence, "dose_mg_per_kg_h", Kind.SOFT)


def _soft(code: str, sentence: str) -> Reason:
    return Reason(code, sentence, kind=Kind.SOFT)


_RULES: tuple[Callable[[Question], Iterator[Reason]], ...] = (
    _of_people,
    _of_consent,
    _of_order,
    _of_delivery,
    _of_approval,
    _of_dose,
    _of_step,
    *BEDSIDE_RULES,
    _of_pump,
)
