"""One alert that rings at 02:16 of a ward's night, and what its life makes of it at an instant: no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.domain.alert_life import LivingAlert, class_of, step
from monitoring.domain.severity import Rule, Severity, Tier
from tests.unit.seed_protocol import RULES

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
NEW_YORK = ZoneInfo("America/New_York")
RANG = datetime(2026, 9, 23, 6, 16, tzinfo=UTC)  # 02:16 in New York
ALL = {Tier.NURSE: (1, 2), Tier.CHARGE_NURSE: (3,), Tier.PHYSICIAN: (4,)}
NURSE, CHARGE, PHYSICIAN, TEAM = Tier.NURSE, Tier.CHARGE_NURSE, Tier.PHYSICIAN, Tier.RAPID_RESPONSE
NOBODY = {
    NURSE: "no nurse works on this ward",
    CHARGE: "no charge nurse works on this ward",
    PHYSICIAN: "no physician works on this ward",
}


def ringing(rule=Rule.SYSTOLIC, severity=Severity.RED, **changed):
    """An alert that has just rung, nothing told yet."""
    return replace(LivingAlert(rule, severity, RANG), **changed)


def stepped(alert, at, *, staffed=ALL, followed_at=None, team=False, zone=NEW_YORK):
    """What the instant brings."""
    ladder = RULES.ladders[class_of(alert.rule, alert.severity)]
    return step(alert, ladder=ladder, staffed=staffed, followed_at=followed_at, zone=zone, rapid_response=team, at=at)


def lived(alert, instants, **how):
    """The alert after these instants, and all that was told: (ring, step, tier, skipped, when)."""
    told = []
    for at in instants:
        life = stepped(alert, at, **how)
        told += [(life.alert.rang_at, each.number, each.tier, each.skipped, at) for each in life.done]
        alert = life.alert
    return alert, told


def after(minutes, seconds=0):
    """So long after the ring."""
    return RANG + minutes * MINUTE + seconds * SECOND


def acknowledged(alert, at, holds):
    """The alert after somebody looked, whose look holds for so many minutes."""
    return replace(
        alert,
        acknowledged_at=at,
        acknowledgement_expires_at=at + holds * MINUTE,
        snoozed_until=None,
        next_escalation_at=None,
    )
