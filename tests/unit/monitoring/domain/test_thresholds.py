"""Reading the alert limits of a protocol: wrong content is told, all of it and with its place (DOMAIN 5)."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from infusion.domain.content import ContentError
from monitoring.domain.severity import Direction
from monitoring.domain.thresholds import Rise, Side, StopWhen, Thresholds, WorseBy
from tests.unit.seed_protocol import THRESHOLDS, content


def problems(change):
    spoilt = content()
    change(spoilt["alerts"])
    try:
        Thresholds.from_content(spoilt)
    except ContentError as refused:
        return list(refused.problems)
    return []


def test_the_seed_protocol_holds_the_numbers_of_the_alert_table():
    assert (THRESHOLDS.second_from, THRESHOLDS.second_until) == (timedelta(minutes=5), timedelta(minutes=15))
    assert THRESHOLDS.still_after == timedelta(minutes=2)
    assert THRESHOLDS.systolic_rise == Rise(from_mmhg=150, above_baseline=30)
    assert THRESHOLDS.worse_by == WorseBy(respiration=3, spo2=2, systolic=10, heart_rate=10)
    assert THRESHOLDS.spo2[2] == Side(Direction.LOW, 87, 85, 83, StopWhen.STILL)
    assert THRESHOLDS.temperature_high == Side(Direction.HIGH, D("38.1"), D("39.1"))
    assert THRESHOLDS.temperature_low == Side(Direction.LOW, None, 35)


def test_whole_limits_are_whole_numbers():
    assert isinstance(THRESHOLDS.heart_rate_high.red, int)


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            lambda a: a["heart_rate"]["high"].update(yellow=131),
            ["alerts.heart_rate.high.yellow 131 must come before red 131."],
        ),
        (lambda a: a["heart_rate"]["high"].update(yellow=130), []),
        (
            lambda a: a["heart_rate"]["low"].update(yellow=40),
            ["alerts.heart_rate.low.yellow 40 must come before red 40."],
        ),
        (
            lambda a: a["heart_rate"]["high"].update(stop=130),
            ["alerts.heart_rate.high.stop 130 must not come before red 131."],
        ),
        (
            lambda a: a["heart_rate"]["low"].update(stop=41),
            ["alerts.heart_rate.low.stop 41 must not come before red 40."],
        ),
        (lambda a: a["spo2"].pop("scale_2"), ["alerts.spo2.scale_2 is missing."]),
        (
            lambda a: a["spo2"]["scale_1"].update(stop_when="soon"),
            ["alerts.spo2.scale_1.stop_when must be one of at_once, still, twice."],
        ),
        (
            lambda a: a["spo2"].update(new_oxygen_stops_on_scale=[3]),
            ["alerts.spo2.new_oxygen_stops_on_scale must be a list out of 1, 2."],
        ),
        (
            lambda a: a["second_reading_min"].update({"from": 11, "until": 10}),
            ["alerts.second_reading_min.from is above until."],
        ),
        (lambda a: a["second_reading_min"].update({"from": 15}), []),
        (lambda a: a["consciousness"].update(stop=["A"]), ["alerts.consciousness.stop must be among red."]),
        (
            lambda a: a["consciousness"].update(red=["X"]),
            ["alerts.consciousness.red must be a list of codes out of A, C, P, U, V."],
        ),
        (lambda a: a["consciousness"].update(yellow=["C"]), ["alerts.consciousness.yellow is not known here."]),
        (
            lambda a: a["sedation"]["poss"].update(yellow=["3", "4"]),
            ["alerts.sedation.poss: a code is either yellow or red."],
        ),
        (
            lambda a: a["psychotomimetic"].pop("red"),
            ['alerts.psychotomimetic.red must be a number from -5 to 400, written as text like "0.05".'],
        ),
        (
            lambda a: a["systolic"]["rise"].update({"from": 49}),
            ["alerts.systolic.rise.from must be a whole number from 50 to 300."],
        ),
        (
            lambda a: a["news2"].pop("yellow_at_a_single_three"),
            ["alerts.news2.yellow_at_a_single_three must be true or false."],
        ),
        (
            lambda a: a["respiration"].update(worse_by=0),
            ["alerts.respiration.worse_by must be a whole number from 1 to 60."],
        ),
        (lambda a: a.update(hart_rate={}), ["alerts.hart_rate is not known here."]),
        (
            lambda a: a["temperature"]["high"].update(red=39.1),
            ['alerts.temperature.high.red must be a number from -5 to 400, written as text like "0.05".'],
        ),
    ],
)
def test_wrong_limits_say_what_is_wrong(change, sentences):
    assert problems(change) == sentences


def test_a_protocol_without_alerts_is_refused():
    with pytest.raises(ContentError, match=r"alerts is missing\."):
        Thresholds.from_content({})


def test_a_limit_may_be_left_out_and_then_never_rings():
    def change(alerts):
        del alerts["heart_rate"]["high"]["yellow"], alerts["heart_rate"]["high"]["stop"]

    spoilt = content()
    change(spoilt["alerts"])
    side = Thresholds.from_content(spoilt).heart_rate_high
    assert side.severity(130) is None
    assert not side.stops(300)
