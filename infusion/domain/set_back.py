"""Whether a pump found below what was ordered may be set back to it, without a new approval (DOMAIN 3, "Arithmetic").

The ordered dose was approved once: what asks again is the patient and the time that went by, not the ladder of doses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.errors import Kind, Reason
from infusion.domain.course import CourseState
from infusion.domain.delivery import Event
from infusion.domain.gate_bedside import BEDSIDE_RULES
from infusion.domain.question import Question
from infusion.domain.readiness import PUMP_DIFFERS
from infusion.domain.shown import dose_words, number_words, span_words


def reasons_not_to_set_back(question: Question, setting: Event | None, *, is_halted: bool) -> tuple[Reason, ...]:
    """Every reason why the pump may not be set back to `setting`, the act that last set a dose (mg/kg/h) on purpose.

    What is hard of the bedside binds as for an increase: full set, sedation, red alerts. `is_halted`: a pause or stop was
    the last act that was meant, so that it is a resumption and no setting back. None of the reasons is ever opened. The red
    alert that the pump differs does not bind: setting it back is what answers it.
    """
    others = tuple(alert for alert in question.readiness.red_alerts if alert.rule != PUMP_DIFFERS)
    asked = replace(question, readiness=replace(question.readiness, red_alerts=others))
    bedside = (reason for rule in BEDSIDE_RULES for reason in rule(asked) if reason.kind is Kind.HARD)
    return (*_of_state(question, setting, is_halted=is_halted), *_of_dose(question, setting), *bedside)


def _of_state(question: Question, setting: Event | None, *, is_halted: bool) -> Iterator[Reason]:
    delivery, longest = question.delivery, question.rules.pause.restart_after
    if question.order is None:
        yield Reason("no_order", "There is no signed order for this stay.")
    if delivery is None or delivery.state is not CourseState.RUNNING:
        yield Reason("not_running", "The infusion does not run: it is resumed, not set back.")
        return
    if setting is None:
        yield Reason("never_set", "Nobody set this pump on purpose: there is nothing to set it back to. Stop it.")
        return
    if delivery.found_differing_at is None:
        yield Reason("nothing_differs", "The pump runs as it was set: there is nothing to set back.")
        return
    if is_halted:
        yield Reason(
            "meant_to_stand", "The pump was meant to stand still. Record its pause or stop, then let it resume."
        )
    if question.at - delivery.found_differing_at > longest:
        yield Reason(
            "found_long_ago",
            f"It was found so over {span_words(longest)} ago: much of the level is gone. Pause it; a physician names "
            "the dose of the restart.",
        )


def _of_dose(question: Question, setting: Event | None) -> Iterator[Reason]:
    delivery, order = question.delivery, question.order
    if delivery is None or setting is None or setting.dose_mg_per_kg_h is None:
        return
    ordered, hangs = setting.dose_mg_per_kg_h, setting.concentration_mg_per_ml
    if ordered <= delivery.dose:
        yield Reason(
            "not_below",
            f"{dose_words(delivery.dose)} mg/kg/h is not below the ordered {dose_words(ordered)}: record a decrease.",
        )
    if order is not None and ordered > order.maximum:
        yield Reason(
            "above_maximum", f"{dose_words(ordered)} mg/kg/h is above the maximum of {dose_words(order.maximum)}."
        )
    if hangs is not None and delivery.concentration_mg_per_ml != hangs:
        yield Reason(
            "concentration_differs",
            f"The bag holds {number_words(delivery.concentration_mg_per_ml)} mg/mL, {number_words(hangs)} mg/mL is "
            "ordered. Pause the pump and change the bag first.",
        )
