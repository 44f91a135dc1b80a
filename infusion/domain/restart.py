"""Whether a physician may let the pump flow again after a pause or a stop (DOMAIN 3, "Pause, resume, stop")."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core.errors import Reason
from infusion.domain.course import CourseState
from infusion.domain.gate_bedside import of_consent
from infusion.domain.order import is_too_fine
from infusion.domain.question import Question
from infusion.domain.shown import dose_words, time_words

_FIELD = "dose_mg_per_kg_h"


def reasons_not_to_allow_restart(question: Question, *, ordered: Decimal | None) -> tuple[Reason, ...]:
    """Every reason why a restart at `question.dose` (mg/kg/h) cannot be allowed; none of them is ever opened.

    The previous dose is `ordered`, the one that was last set on purpose (None before any): a pump that was found otherwise
    before its pause runs again at what was ordered, be that more or less than was found.

    The gate for increases does not ask here: what the patient shows is the physician's own judgement, frozen with it.
    """
    return (*of_consent(question), *_of_order(question), *_of_state(question), *_of_dose(question, ordered))


def _of_order(question: Question) -> Iterator[Reason]:
    order = question.order
    if order is None:
        yield Reason("no_order", "There is no signed order for this stay.")
    elif question.at >= order.expires_at:
        expired = time_words(order.expires_at, zone=question.zone, at=question.at)
        yield Reason("order_expired", f"The order expired at {expired}. It has to be renewed.")


def _of_state(question: Question) -> Iterator[Reason]:
    if question.delivery is None:
        yield Reason("not_started", "The infusion was not started yet: a first start needs no restart.")
    elif question.delivery.state is CourseState.RUNNING:
        yield Reason("running", "The infusion runs. There is nothing to restart.")


def _of_dose(question: Question, ordered: Decimal | None) -> Iterator[Reason]:
    dose, order = question.dose, question.order
    if is_too_fine(dose) or dose <= Decimal(0):
        yield Reason("dose_impossible", "The dose is above 0, with at most 4 places.", _FIELD)
        return
    if ordered is not None and dose > ordered:
        before = dose_words(ordered)
        yield Reason("above_previous", f"{dose_words(dose)} mg/kg/h is above the previous {before}.", _FIELD)
    if order is not None and dose > order.maximum:
        most = dose_words(order.maximum)
        yield Reason("above_maximum", f"{dose_words(dose)} mg/kg/h is above the maximum of {most}.", _FIELD)
