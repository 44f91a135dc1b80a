"""What somebody saw when they asked or decided, as plain values that stay as they were (DOMAIN 3, "frozen")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.errors import Reason
from infusion.domain.question import Question

_MINUTE = timedelta(minutes=1)


def frozen_view(question: Question, *, reasons: Sequence[Reason], not_before: datetime | None) -> dict[str, Any]:
    """Vital signs, sedation, mind, pain, dose, open alerts and liver enzymes, each with its time and its age in minutes.

    Numbers are text, so that none is rounded on its way through JSON.
    """
    seen, order, delivery, ceiling = question.readiness, question.order, question.delivery, question.live_ceiling
    return {
        "seen_at": question.at.isoformat(),
        "order_version": order.version if order else None,
        "dose_mg_per_kg_h": _text(delivery.dose) if delivery else None,
        "delivery": str(delivery.state) if delivery else "not started",
        "dose_changed": _aged(question.at, delivery.dose_changed_at if delivery else None),
        "asked_mg_per_kg_h": _text(question.dose),
        "ceiling_mg_per_kg_h": _text(ceiling.dose) if ceiling else None,
        "full_set": _aged(question.at, seen.full_set_at),
        "vitals": [{"name": name, "value": value} for name, value in seen.vitals],
        "sedation": {
            "scale": seen.sedation_scale,
            "code": seen.sedation,
            "consciousness": seen.consciousness,
            **_aged(question.at, seen.sedation_at),
        },
        "psychotomimetic": {"score": seen.psychotomimetic, **_aged(question.at, seen.psychotomimetic_at)},
        "pain": {"rating": seen.pain, "asleep": seen.asleep, **_aged(question.at, seen.pain_at)},
        "red_alerts": [
            {"sentence": alert.sentence, **_aged(question.at, alert.raised_at)} for alert in seen.red_alerts
        ],
        "yellow_alerts": list(seen.yellow_alerts),
        "liver": (
            {
                "worst": seen.liver.worst,
                "times_upper_limit": _text(seen.liver.worst_uln),
                **_aged(question.at, seen.liver.collected_at),
            }
            if seen.liver
            else None
        ),
        "reasons": [{"code": reason.code, "sentence": reason.sentence, "kind": str(reason.kind)} for reason in reasons],
        "not_before": not_before.isoformat() if not_before else None,
    }


def _aged(at: datetime, seen_at: datetime | None) -> dict[str, Any]:
    if seen_at is None:
        return {"at": None, "age_min": None}
    return {"at": seen_at.isoformat(), "age_min": (at - seen_at) // _MINUTE}


def _text(number: Decimal) -> str:
    return f"{number:f}"
