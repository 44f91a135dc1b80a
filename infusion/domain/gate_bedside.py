"""The part of the gate for an increase that looks at the patient: alerts, sets, sedation, mind, pain, liver (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from core.errors import Kind, Reason
from infusion.domain.question import Question
from infusion.domain.shown import number_words, span_words, time_words

_AWAKE = "A"


def of_consent(question: Question) -> Iterator[Reason]:
    """Who withdrew the consent gets no more of the drug."""
    if question.consent_withdrawn:
        yield Reason("consent_withdrawn", "The patient withdrew the consent.")


def _of_alerts(question: Question) -> Iterator[Reason]:
    for alert in question.readiness.red_alerts:
        yield Reason("red_alert", f"A red alert is not resolved: {alert.sentence.rstrip('.')}.")


def _of_set(question: Question) -> Iterator[Reason]:
    seen, overdue = question.readiness.full_set_at, question.readiness.set_overdue_since
    most = _most(question)
    if seen is None:
        yield Reason("full_set_missing", "No full set of observations was charted.")
    elif question.at - seen > most:
        yield Reason(
            "full_set_old",
            f"The last full set is {span_words(question.at - seen)} old; {span_words(most)} is allowed here.",
        )
    if overdue is not None:
        since = time_words(overdue, zone=question.zone, at=question.at)
        yield Reason("set_overdue", f"A set of observations is overdue since {since}.")


def _of_sedation(question: Question) -> Iterator[Reason]:
    seen = question.readiness
    if seen.sedation is None or seen.sedation_scale is None:
        yield Reason("sedation_missing", "No sedation score was charted.")
        return
    score = f"{seen.sedation_scale.upper()} {seen.sedation}"
    if not _is_acceptable(question) or seen.consciousness not in (None, _AWAKE):
        yield Reason("sedation_not_acceptable", f"The patient is not awake enough for a higher dose ({score}).")
    if seen.sedation_at is not None and question.at - seen.sedation_at > _most(question):
        yield Reason("sedation_old", f"The sedation score is {span_words(question.at - seen.sedation_at)} old.")


def _is_acceptable(question: Question) -> bool:
    """POSS by its code; RASS within the limits and, as it has no code for sleep, in a patient who could be asked."""
    scale, code, rules = question.readiness.sedation_scale, question.readiness.sedation, question.rules.gate
    if scale == "poss":
        return code in rules.poss
    if scale != "rass" or question.readiness.asleep:
        return False
    try:
        return rules.rass_least <= int(code or "") <= rules.rass_most
    except ValueError:
        return False


def _of_mind(question: Question) -> Iterator[Reason]:
    score, seen = question.readiness.psychotomimetic, question.readiness.psychotomimetic_at
    most = question.rules.gate.psychotomimetic_most
    if score is None:
        yield Reason("psychotomimetic_missing", "No psychotomimetic score was charted.")
        return
    if score > most:
        yield Reason("psychotomimetic_high", f"The psychotomimetic score is {score}; {most} is allowed.")
    if seen is not None and question.at - seen > _most(question):
        yield Reason("psychotomimetic_old", f"The psychotomimetic score is {span_words(question.at - seen)} old.")


def _of_pain(question: Question) -> Iterator[Reason]:
    pain, seen = question.readiness.pain, question.readiness.pain_at
    if pain is None or (seen is not None and question.at - seen > _most(question)):
        yield _soft("pain_not_rated", "The patient has not rated their pain just now.")
    elif question.order is not None and pain <= question.order.pain_goal:
        yield _soft("pain_at_goal", f"Pain is {pain}: the goal of {question.order.pain_goal} is reached.")


def _of_liver(question: Question) -> Iterator[Reason]:
    liver, rules = question.readiness.liver, question.rules
    if liver is None:
        yield _soft("liver_missing", "No liver enzymes are recorded.")
        return
    most = rules.order.liver_max_age if question.order is None else question.order.liver_max_age
    age = question.at - liver.collected_at
    if age > most:
        yield _soft(
            "liver_old", f"The liver enzymes were collected {span_words(age)} ago; {span_words(most)} is allowed."
        )
    times = f"{liver.worst} is {number_words(liver.worst_uln)} times its upper limit"
    if liver.worst_uln >= rules.gate.liver_hard_uln:
        yield Reason("liver_high", f"{times}.")
    elif liver.worst_uln >= rules.gate.liver_soft_uln:
        yield _soft("liver_raised", f"{times}.")


def _most(question: Question) -> timedelta:
    return question.rules.gate.full_set_max_age(question.stage)


def _soft(code: str, sentence: str) -> Reason:
    return Reason(code, sentence, kind=Kind.SOFT)


# Asked one by one; their order is the order in which the sentences are shown.
BEDSIDE_RULES: tuple[Callable[[Question], Iterator[Reason]], ...] = (
    of_consent,
    _of_alerts,
    _of_set,
    _of_sedation,
    _of_mind,
    _of_pain,
    _of_liver,
)
