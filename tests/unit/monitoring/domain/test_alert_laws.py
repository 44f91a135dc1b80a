"""Laws of the alert rules that no table of values can show (DOMAIN 5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.domain.alert_rules import Reading, Rule, calm, findings, is_worse
from monitoring.domain.news2 import news2
from monitoring.domain.values import SedationScale, Values
from tests.unit.seed_protocol import THRESHOLDS

AT = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)


def maybe(strategy):
    return st.none() | strategy


SETS = st.builds(
    Values,
    heart_rate=maybe(st.integers(20, 220)),
    systolic=maybe(st.integers(60, 240)),
    diastolic=maybe(st.integers(30, 150)),
    respiratory_rate=maybe(st.integers(2, 40)),
    spo2=maybe(st.integers(70, 100)),
    on_oxygen=maybe(st.booleans()),
    sedation_scale=st.just(SedationScale.POSS),
    sedation=maybe(st.sampled_from(["S", "1", "2", "3", "4"])),
    psychotomimetic=maybe(st.integers(0, 3)),
)
SCALES = st.sampled_from([1, 2])
BASELINES = maybe(st.integers(90, 150))

# Which way is sicker: heart rate, pressure and breathing have two ends, so each law looks at one of them.
SICKER_UPWARDS = {
    "heart_rate": (75, 220),
    "systolic": (120, 240),
    "respiratory_rate": (16, 40),
    "diastolic": (75, 150),
    "psychotomimetic": (0, 3),
}
SICKER_DOWNWARDS = {"heart_rate": (20, 75), "systolic": (60, 120), "respiratory_rate": (2, 16), "spo2": (70, 100)}


def reading(values, minutes_before, scale):
    return Reading(AT - timedelta(minutes=minutes_before), values, news2(values, scale=scale))


def ranks(values, earlier, scale, baseline):
    """How gravely each key rings, a stop advised counting highest."""
    found = findings(reading(values, 0, scale), earlier, scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)
    return {finding.key: (finding.severity.rank, finding.stop_advised) for finding in found}


@settings(max_examples=400)
@given(st.data(), SETS, st.lists(st.tuples(SETS, st.integers(0, 30)), max_size=3), SCALES, BASELINES)
def test_a_sicker_set_never_rings_less(data, values, before, scale, baseline):
    earlier = [reading(earlier_values, minutes, scale) for earlier_values, minutes in before]
    upwards = data.draw(st.booleans())
    spans = SICKER_UPWARDS if upwards else SICKER_DOWNWARDS
    field = data.draw(st.sampled_from(sorted(spans)))
    least, most = spans[field]
    span = st.integers(least, most)
    milder, sicker = sorted((data.draw(span), data.draw(span)), reverse=not upwards)
    if scale == 2 and field == "spo2" and values.on_oxygen is not False:
        # On oxygen, scale 2 scores a saturation above its target too: less is not sicker everywhere.
        values = replace(values, on_oxygen=False)
    mild = ranks(replace(values, **{field: milder}), earlier, scale, baseline)
    sick = ranks(replace(values, **{field: sicker}), earlier, scale, baseline)
    assert all(key in sick and sick[key] >= rank for key, rank in mild.items())


@given(SETS, st.lists(st.tuples(SETS, st.integers(0, 30)), max_size=3), SCALES, BASELINES)
def test_nothing_rings_and_is_calm_at_once(values, before, scale, baseline):
    earlier = [reading(earlier_values, minutes, scale) for earlier_values, minutes in before]
    current = reading(values, 0, scale)
    still = calm(current, scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)
    assert still.isdisjoint(ranks(values, earlier, scale, baseline))


@given(SETS, st.lists(st.tuples(SETS, st.integers(0, 30)), max_size=3), SCALES, BASELINES, st.randoms())
def test_the_order_of_the_earlier_readings_does_not_matter(values, before, scale, baseline, random):
    earlier = [reading(earlier_values, n + minutes / 60, scale) for n, (earlier_values, minutes) in enumerate(before)]
    shuffled = random.sample(earlier, len(earlier))
    assert ranks(values, earlier, scale, baseline) == ranks(values, shuffled, scale, baseline)


@given(SETS, SCALES, BASELINES)
def test_a_value_that_is_not_there_neither_rings_nor_calms(values, scale, baseline):
    current = reading(replace(values, heart_rate=None), 0, scale)
    found = findings(current, (), scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)
    still = calm(current, scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS)
    assert Rule.HEART_RATE not in {finding.rule for finding in found} | {rule for rule, _ in still}


@given(SETS, SCALES, BASELINES)
def test_the_same_finding_is_never_worse_than_itself(values, scale, baseline):
    current = reading(values, 0, scale)
    for finding in findings(current, (), scale=scale, baseline_systolic=baseline, thresholds=THRESHOLDS):
        assert not is_worse(finding, severity=finding.severity, number=finding.number)
