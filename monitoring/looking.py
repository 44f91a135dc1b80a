"""Somebody looked at an alert: how that is written, whether they said so of it or with a set that they charted."""

from datetime import datetime

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from core.errors import Forbidden
from infusion.models import Order, Protocol
from monitoring.domain.rules import AlertLife
from monitoring.domain.severity import LadderClass, Severity
from monitoring.models import Acknowledgement, Alert, Alerts, ObservationSet
from monitoring.selectors.rules import watch_rules

_ORDERED = Order.objects.filter(admission=OuterRef("admission"), ended_at=None).values("protocol_id")[:1]
_ACTIVE = Protocol.objects.filter(status=Protocol.Status.ACTIVE).order_by("-signed_at").values("pk")[:1]


def a_person(by: Actor) -> int:
    """Whoever looks, by their id; `Forbidden` for a process of Plateau's own."""
    if by.user_id is None:
        raise Forbidden("a_person_looks", "An alert is acknowledged by a person.")
    return by.user_id


def locked_alerts() -> Alerts:
    """Alerts to be changed, each with the protocol under which it lives."""
    alerts = Alert.objects.select_for_update(no_key=True, of=("self",))
    return alerts.annotate(lives_under=Coalesce(Subquery(_ORDERED), Subquery(_ACTIVE), output_field=BigIntegerField()))


def life_of(alert: Alert) -> AlertLife:
    """How long a look at it counts and how long it may be put off; of an alert out of `locked_alerts`."""
    return watch_rules(vars(alert)["lives_under"]).life


def acknowledge(alert: Alert, *, with_patient: bool, user_id: int, at: datetime) -> None:
    """Write that this person looked: nobody more is told, and where nothing follows it rings again.

    A task waits for its day, not for minutes: a look at one counts until it is done. What never rang rings no second time.
    Another person's look puts that time off no further: else two who look in turn would keep it silent.
    """
    Acknowledgement.objects.create(
        alert=alert, by_id=user_id, at=at, with_patient=with_patient, severity=alert.severity, number=alert.number
    )
    if alert.acknowledged_at is None:
        rings_again = alert.rang_at is not None and alert.ladder_class != LadderClass.TASK
        counts_for = life_of(alert).acknowledged_for(Severity(alert.severity))
        alert.acknowledgement_expires_at = at + counts_for if rings_again else None
    alert.acknowledged_at = at
    alert.acknowledged_by_id = user_id
    alert.snoozed_until = alert.next_escalation_at = None
    alert.save(
        update_fields=[
            "acknowledged_at", "acknowledged_by", "acknowledgement_expires_at", "snoozed_until", "next_escalation_at",
        ]
    )  # fmt: skip


def acknowledge_evidence(seen: ObservationSet, *, user_id: int, at: datetime) -> bool:
    """Whoever charted this set is with the patient: the alerts that rest on it and ring are acknowledged. Were there any?"""
    ringing = locked_alerts().open().filter(admission_id=seen.admission_id, evidence__contains=[seen.pk])
    alerts = list(ringing.filter(rang_at__isnull=False, acknowledged_at=None, recovered_at=None).order_by("id"))
    for alert in alerts:
        acknowledge(alert, with_patient=True, user_id=user_id, at=at)
    return bool(alerts)
