"""What the bedside says about requests and approvals that nobody executed yet: whether they still hold (DOMAIN 3, "Voided")."""

from infusion.domain.words import VoidCause
from monitoring.domain.alert_change import AlertChange
from monitoring.domain.alert_rules import Rule, Severity
from monitoring.domain.stay import StayFacts


def reconcile_pending(facts: StayFacts, alerts: AlertChange) -> VoidCause | None:
    """Why what is pending ends now; None where it holds, or nothing is pending.

    A red alert or too deep a sedation that began, or became worse, since then; a weight that is another one. What stood
    already when a physician allowed a restart does not undo it.
    """
    pending = facts.pending
    if pending is None:
        return None
    if not facts.is_present:
        return VoidCause.PATIENT_LEFT
    raised = {(each.finding.rule, each.finding.severity) for each in alerts.raised}
    raised |= {
        (alert.rule, alert.severity)
        for alert in facts.alerts
        if alert.is_open and alert.worse_at is not None and alert.worse_at > pending.since
    }
    if any(rule is Rule.SEDATION for rule, _ in raised):
        return VoidCause.SEDATION
    if any(severity is Severity.RED for _, severity in raised):
        return VoidCause.RED_ALERT
    return VoidCause.WEIGHT_CHANGE if pending.weight_has_changed else None
