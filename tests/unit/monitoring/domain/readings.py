"""Readings of one patient, each so many minutes before the one in question, judged with the seed protocol's limits."""

from datetime import UTC, datetime, timedelta

from monitoring.domain.alert_rules import Direction, Reading, Severity, calm, findings
from monitoring.domain.news2 import news2
from monitoring.domain.values import Values
from tests.unit.seed_protocol import THRESHOLDS

AT = datetime(2025, 3, 4, 2, 16, tzinfo=UTC)
HIGH, LOW, NEITHER = Direction.HIGH, Direction.LOW, Direction.NEITHER
YELLOW, RED = Severity.YELLOW, Severity.RED


def reading(minutes_before=0, *, scale=1, **values):
    observed = Values(**values)
    return Reading(AT - timedelta(minutes=minutes_before), observed, news2(observed, scale=scale))


def look(current, earlier=(), *, scale=1, baseline=None):
    found = findings(current, earlier, scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)
    return {finding.key: finding for finding in found}


def calm_keys(current, *, scale=1, baseline=None):
    return calm(current, scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)


def outcome(key, current, earlier=(), **context):
    finding = look(current, earlier, **context).get(key)
    return None if finding is None else (finding.severity, finding.stop_advised)
