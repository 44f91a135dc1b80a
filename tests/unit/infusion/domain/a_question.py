"""A question to which the gate says yes, and what changes it: 70 kg, 2 mg/mL, 0.20 running since 08:00, asked at 10:00."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

from infusion.domain.course import CourseState
from infusion.domain.protocol import ProtocolContent
from infusion.domain.question import Ceiling, Delivery, OrderInForce, Question, Stretch, Weighed
from infusion.domain.readiness import LiverEnzymes, Readiness
from infusion.domain.words import Stage
from tests.unit.seed_protocol import content

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
RULES = ProtocolContent.from_content(content())
PHYSICIAN, NURSE, SECOND, REQUESTER = 1, 2, 3, 4

ORDER = OrderInForce(
    version=1,
    expires_at=AT + 48 * HOUR,
    dosing_weight_kg=D(70),
    weight_is_measured=True,
    reweigh_by=None,
    concentration_mg_per_ml=D(2),
    increment=D("0.05"),
    step_interval=2 * HOUR,
    maximum=D("1.00"),
    pain_goal=3,
    liver_max_age=48 * HOUR,
)
DELIVERY = Delivery(
    state=CourseState.RUNNING,
    dose=D("0.20"),
    concentration_mg_per_ml=D(2),
    dose_changed_at=AT - 2 * HOUR,
    recent=(
        Stretch(AT - 6 * HOUR, AT - 4 * HOUR, D("0.10")),
        Stretch(AT - 4 * HOUR, AT - 2 * HOUR, D("0.15")),
        Stretch(AT - 2 * HOUR, None, D("0.20")),
    ),
)
SEEN = Readiness(
    full_set_at=AT - 10 * MINUTE,
    sedation_scale="poss",
    sedation="1",
    sedation_at=AT - 10 * MINUTE,
    consciousness="A",
    psychotomimetic=0,
    psychotomimetic_at=AT - 10 * MINUTE,
    pain=6,
    pain_at=AT - 10 * MINUTE,
    liver=LiverEnzymes(AT - 20 * HOUR, D("0.9"), "ALT"),
)


def question(stage=Stage.EXECUTION, **changed):
    """The question with its own fields, those of the order, the delivery or what was seen changed by name."""
    parts = {"order": ORDER, "delivery": DELIVERY, "readiness": SEEN}
    for name, part in parts.items():
        own = {key: changed.pop(f"{name}_{key}") for key in part.__dataclass_fields__ if f"{name}_{key}" in changed}
        parts[name] = replace(part, **own)
    asked = Question(
        stage=stage,
        dose=D("0.25"),
        at=AT,
        rules=RULES,
        newest_weight=Weighed(D(70), is_measured=True),
        ceiling=None if stage is Stage.REQUEST else Ceiling(D("0.30"), AT + HOUR, PHYSICIAN),
        first_step=D("0.25") if stage is Stage.APPROVAL else None,
        by=PHYSICIAN if stage is Stage.APPROVAL else NURSE,
        witness=SECOND if stage is Stage.EXECUTION else None,
        requested_by=REQUESTER,
        **parts,
    )
    return replace(asked, **changed)
