"""One patient at the bedside: who it is, the dose, what is open, what is due, the flowsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.urls import reverse

from accounts.actor import Actor
from accounts.roles import Permission
from infusion.domain.dose import dose_delivered, rate_ml_per_h
from infusion.domain.units import convert, rounded
from monitoring.presenters import words
from monitoring.presenters.alert_cards import AlertCard, alert_card
from monitoring.presenters.board import need
from monitoring.presenters.dues import DueItem, away_words, due_list
from monitoring.presenters.events import Events, events_panel
from monitoring.presenters.flowsheet import Flowsheet, flowsheet
from monitoring.presenters.spark import Spark, spark
from monitoring.selectors.bedside import Bedside, OrderFacts
from monitoring.selectors.board import AlertFacts, CourseFacts, DoseStep

_PER_CENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Unit:
    """The dose in one unit, as ordered and as the pump's rate delivers it."""

    name: str
    ordered: str
    delivered: str


@dataclass(frozen=True, slots=True)
class DosePanel:
    """The dose as it is now. `notice` stands above it after a stop."""

    title: str
    since: str
    dose: str
    no_dose: str
    sentence: str
    units: tuple[Unit, ...]
    order: tuple[words.NamedValue, ...]
    spark: Spark
    notice: str = ""


@dataclass(frozen=True, slots=True)
class BedsidePage:
    """The whole page. `key` changes with every settled change, so that a part is replaced only then."""

    admission_id: int
    key: str
    href: str
    board_href: str
    chart_href: str
    stop_href: str
    bed: str
    need: str
    need_words: str
    name: str
    person: str
    identity: tuple[words.NamedValue, ...]
    may_chart: bool
    may_stop: bool
    stop_advised: bool
    dose: DosePanel
    alerts: tuple[AlertCard, ...]
    due: tuple[DueItem, ...]
    nothing_due: str
    away: str
    events: Events
    flow: Flowsheet


def bedside_page(facts: Bedside, *, by: Actor, zone: ZoneInfo, at: datetime) -> BedsidePage:
    """The page as `by` may see it at `at`."""
    bed, admission = facts.bed, facts.admission
    felt = need(bed.alerts, bed.prompt, at=at)
    course = bed.course
    return BedsidePage(
        admission_id=admission.pk,
        key=f"{bed.person.version}.{felt.look}.{at.astimezone(zone):%d}",
        href=reverse("monitoring:bedside", args=[admission.pk]),
        board_href=reverse("monitoring:board", args=[admission.ward_id]),
        chart_href=reverse("monitoring:new_set", args=[admission.pk]),
        stop_href=reverse("monitoring:stop_infusion", args=[admission.pk]),
        bed=bed.person.bed,
        need=felt.look,
        need_words=felt.words,
        name=f"{bed.person.family_name.upper()}, {bed.person.given_name}",
        person=person_line(facts, zone=zone, at=at),
        identity=_identity(facts, zone=zone, at=at),
        may_chart=by.may(Permission.CHART),
        may_stop=by.may(Permission.MAKE_SAFE) and course is not None and course.state != "stopped",
        stop_advised=any(alert.stop_advised and alert.recovered_at is None for alert in bed.alerts),
        dose=dose_panel(course, facts.order, bed.steps, bed.alerts, zone=zone, at=at),
        alerts=tuple(alert_card(alert, facts, by=by, zone=zone, at=at) for alert in bed.alerts),
        due=due_list(facts, zone=zone, at=at),
        nothing_due="Nothing is due: the infusion has not started." if course is None else "Nothing is due any more.",
        away=away_words(bed.away, zone=zone, at=at),
        events=events_panel(facts.events, admission.pk, by=by, zone=zone, at=at),
        flow=flowsheet(
            facts.sets,
            steps=bed.steps,
            scale=admission.spo2_scale,
            thresholds=bed.thresholds,
            zone=zone,
            at=at,
        ),
    )


def person_line(facts: Bedside, *, zone: ZoneInfo, at: datetime) -> str:
    """ "M 52, born 4 Feb 1974, no. 4471 0932": enough to tell two people of one name apart."""
    patient = facts.admission.patient
    who = words.sex_and_age(patient.administrative_gender, patient.birth_date, at.astimezone(zone).date())
    return f"{who}, born {words.full_date(patient.birth_date)}, no. {patient.medical_record_number}"


def dose_panel(
    course: CourseFacts | None,
    order: OrderFacts | None,
    steps: Sequence[DoseStep],
    alerts: Sequence[AlertFacts],
    *,
    zone: ZoneInfo,
    at: datetime,
) -> DosePanel:
    """What flows now, what it really delivers, and the order behind it."""
    drawn = spark(steps, maximum=order.maximum_dose if order else None, alerts=alerts, at=at)
    facts = _order(order, zone=zone, at=at)
    if course is None:
        return DosePanel("Dose now", "", "", "not started", "", (), facts, drawn)
    since = f"since {words.clock(course.changed_at, zone, now=at)}, {words.span(at - course.changed_at)}"
    if course.state != "running":
        sentence = f"It was {words.dose(course.dose)} mg/kg/h before."
        return DosePanel("Dose now", since, "", course.state, sentence, (), facts, drawn, _notice(course, zone, at))
    if order is None:
        return DosePanel("Dose now", since, words.dose(course.dose), "", "", (), facts, drawn)
    units = _units(course, order)
    return DosePanel("Dose now", since, words.dose(course.dose), "", _delivers(course, order), units, facts, drawn)


def _notice(course: CourseFacts, zone: ZoneInfo, at: datetime) -> str:
    when = words.clock(course.changed_at, zone, now=at)
    if course.state == "stopped":
        return f"Stop recorded for {when}. Plateau does not drive the pump: it must be stopped there."
    return f"Paused since {when}."


def _delivers(course: CourseFacts, order: OrderFacts) -> str:
    asked = rate_ml_per_h(course.dose, order.dosing_weight_kg, order.concentration)
    delivered = dose_delivered(course.rate, order.dosing_weight_kg, order.concentration)
    said = f"Pump at {words.number(course.rate, 2)} mL/h"
    if asked == course.rate or course.dose == 0:
        return f"{said}. It delivers just what is ordered."
    away = (delivered - course.dose) / course.dose * _PER_CENT
    side = "under" if away < 0 else "over"
    turned = "rounded down" if course.rate < asked else "rounded"
    return (
        f"{said}, {turned} from {words.number(asked, 2)}. It delivers {delivered:.3f} mg/kg/h, "
        f"which is {abs(away):.1f} % {side} the order."
    )


def _units(course: CourseFacts, order: OrderFacts) -> tuple[Unit, ...]:
    delivered = dose_delivered(course.rate, order.dosing_weight_kg, order.concentration)

    def pair(unit: str, places: int) -> Unit:
        both = (convert(each, "mg/kg/h", unit, weight_kg=order.dosing_weight_kg) for each in (course.dose, delivered))
        return Unit(unit, *(f"{rounded(each, places)}" for each in both))

    asked = rate_ml_per_h(course.dose, order.dosing_weight_kg, order.concentration)
    rate = Unit(
        f"mL/h at {words.number(order.concentration, 3)} mg/mL",
        f"{rounded(Fraction(asked), 2)}",
        words.number(course.rate, 2),
    )
    return pair("mg/kg/h", 3), pair("mg/h", 2), pair("mcg/kg/min", 2), rate


def _order(order: OrderFacts | None, *, zone: ZoneInfo, at: datetime) -> tuple[words.NamedValue, ...]:
    if order is None:
        return ()
    ends = "Ends" if order.expires_at > at else "Ended"
    return (
        words.NamedValue("Order", f"{order.drug} {words.number(order.concentration, 3)} mg/mL"),
        words.NamedValue("Maximum", f"{words.dose(order.maximum_dose)} mg/kg/h"),
        words.NamedValue("Signed by", order.signed_by),
        words.NamedValue(ends, words.clock(order.expires_at, zone, now=at)),
    )


def _identity(facts: Bedside, *, zone: ZoneInfo, at: datetime) -> tuple[words.NamedValue, ...]:
    found = []
    if (order := facts.order) is not None:
        weighed = f"{order.weight_source}, {words.clock(order.weight_measured_at, zone, now=at)}"
        found.append(words.NamedValue("Dosing weight", f"{words.number(order.dosing_weight_kg, 2)} kg", weighed))
    if (course := facts.bed.course) is not None and course.state != "stopped":
        found.append(words.NamedValue("Day", str(words.day_of_course(course.first_started_at, at))))
    if facts.admission.spo2_scale == 2:
        found.append(words.NamedValue("SpO2 scale", "2", "target 88 to 92 %"))
    return tuple(found)
