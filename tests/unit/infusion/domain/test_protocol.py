"""A protocol's rules and the reading of its content (DOMAIN 1 to 3)."""

import re
from datetime import time, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest

import infusion
import monitoring
from infusion.domain.content import ContentError, Section
from infusion.domain.protocol import ProtocolContent
from infusion.domain.rules import LATER_SECTIONS
from infusion.domain.units import Rounding
from infusion.domain.words import Stage
from infusion.seed import default_content, shipped_contents
from monitoring.domain.schedule import Schedule
from monitoring.domain.thresholds import Thresholds
from tests.unit.seed_protocol import content


def test_the_seed_protocol_says_what_the_article_and_the_defaults_say():
    protocol = ProtocolContent.from_content(content())
    assert (protocol.initial, protocol.increment, protocol.maximum) == (D("0.10"), D("0.05"), D("1.00"))
    assert protocol.target_hold == timedelta(hours=6)
    assert protocol.step_interval == timedelta(minutes=120)
    assert (protocol.minimum, protocol.largest_step, protocol.largest_rise_in_24_h) == (D("0.05"), D("0.1"), D("0.3"))
    assert (protocol.ask_once_above, protocol.largest_with_unmeasured_weight) == (D("0.6"), D("0.3"))
    assert protocol.concentrations_mg_per_ml == (D(1), D(2), D(5))
    assert (protocol.weight_least_kg, protocol.weight_most_kg, protocol.weight_ask_from_kg) == (D(30), D(200), D(120))
    assert (protocol.pump_resolution_ml_per_h, protocol.pump_rounding) == (D("0.1"), Rounding.DOWN)
    assert (protocol.drug, protocol.route) == ("ketamine", "intravenous")
    assert protocol.name == "Ketamine for refractory headache"


def test_the_seed_protocol_says_the_defaults_of_orders_gate_hold_and_pauses():
    protocol = ProtocolContent.from_content(content())
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    order, gate = protocol.order, protocol.gate
    assert (order.lifetime, order.tasks_before_expiry) == (72 * hour, (12 * hour, 4 * hour))
    assert (order.planned_days_least, order.planned_days_most) == (2, 9)
    assert (order.weight_change_share, order.reweigh_within) == (D("0.05"), 24 * hour)
    assert (order.liver_max_age, order.liver_extended) == (48 * hour, 72 * hour)
    assert (order.fluid_l_per_day, order.tick_share) == (D(3), D("0.1"))
    assert (protocol.approval.valid, protocol.approval.restart_valid) == (2 * hour, 2 * hour)
    assert [gate.full_set_max_age(stage) for stage in Stage] == [60 * minute, 60 * minute, 30 * minute]
    assert (gate.poss, gate.rass_least, gate.rass_most) == (frozenset({"1", "2"}), -1, 1)
    assert (gate.psychotomimetic_most, gate.liver_soft_uln, gate.liver_hard_uln) == (1, D(2), D(3))
    start, hold, days = protocol.start, protocol.hold, protocol.days
    assert (start.weight, start.liver, start.mood, start.falls) == (48 * hour, 48 * hour, 24 * hour, 24 * hour)
    assert start.full_set == 60 * minute
    assert (hold.reset_pause, hold.awake_pain) == (60 * minute, 7)
    assert (hold.night_from, hold.night_until, hold.moved_to) == (time(22), time(7), time(7, 30))
    assert (days.task, days.yellow, days.red) == (168 * hour, 192 * hour, 216 * hour)
    assert (protocol.pause.restart_after, protocol.pause.red_within) == (120 * minute, 15 * minute)
    acts, bag = protocol.acts, protocol.bag
    assert (acts.mistaken_tap, acts.decrease_check, acts.future_skew) == (5 * minute, 30 * minute, 2 * minute)
    assert (acts.single_signed_wait, acts.single_signed_check) == (10 * minute, 60 * minute)
    assert (acts.discharge_after_stop, bag.tolerance_share, bag.tolerance_mg) == (4 * hour, D("0.05"), D(10))


def test_every_shipped_protocol_can_be_read_and_says_that_it_is_to_be_reviewed():
    default, *others = shipped_contents()
    assert default == default_content() == content()
    assert [other["code"] for other in others] == ["lidocaine_headache"]
    for shipped in (default, *others):
        protocol = ProtocolContent.from_content(shipped)
        Schedule.from_content(shipped)
        Thresholds.from_content(shipped)
        assert shipped["drug"] == protocol.drug
        assert "physician of the hospital" in shipped["sources"][-1]
        assert "Nothing here is medical advice." in shipped["sources"][-1]


def test_the_second_protocol_has_numbers_of_its_own():
    first, second = (ProtocolContent.from_content(shipped) for shipped in shipped_contents())
    for name in ("initial", "increment", "maximum", "step_interval", "target_hold", "concentrations_mg_per_ml"):
        assert getattr(first, name) != getattr(second, name)
    for part in ("order", "approval", "gate", "hold", "days", "pause", "bag"):
        assert getattr(first, part) != getattr(second, part)


@pytest.mark.parametrize(
    ("part", "changes", "sentences"),
    [
        ("order", {"lifetime_h": 0}, ["order.lifetime_h must be a whole number from 1 to 744."]),
        ("order", {"lifetime_h": 1}, []),
        (
            "order",
            {"planned_days": {"least": 10, "most": 9}},
            ["order.planned_days.least must not be above order.planned_days.most."],
        ),
        ("order", {"planned_days": {"least": 9, "most": 9}}, []),
        ("order", {"liver_extended_h": 47}, ["order.liver_extended_h must be at least order.liver_max_age_h."]),
        ("order", {"liver_extended_h": 48}, []),
        (
            "order",
            {"weight_change_share": "0"},
            ['order.weight_change_share must be a number from 0.001 to 1, written as text like "0.05".'],
        ),
        ("approval", {"valid_min": None}, ["approval.valid_min must be a whole number from 1 to 10080."]),
        ("gate", {"poss": ["S"]}, ["gate.poss must be a list of codes out of 1, 2, 3, 4."]),
        ("gate", {"rass": {"least": 2, "most": 1}}, ["gate.rass.least must not be above gate.rass.most."]),
        ("gate", {"rass": {"least": 1, "most": 1}}, []),
        ("gate", {"liver_soft_uln": "3.01"}, ["gate.liver_soft_uln must not be above gate.liver_hard_uln."]),
        ("gate", {"liver_soft_uln": "3"}, []),
        ("hold", {"night_from": "24:00"}, ['hold.night_from must be a time of day like "22:00".']),
        ("hold", {"night_from": "23:59"}, []),
        ("hold", {"moved_to": 7}, ["hold.moved_to must be a text."]),
        ("days", {"yellow_h": 217}, ["days.task_h, days.yellow_h and days.red_h must follow each other."]),
        ("days", {"yellow_h": 216}, []),
        ("acts", {"mistaken_tap_mins": 5}, ["acts.mistaken_tap_mins is not known here."]),
        (
            "bag",
            {"tolerance_share": "-0.01"},
            ['bag.tolerance_share must be a number from 0 to 1, written as text like "0.05".'],
        ),
    ],
)
def test_a_wrong_part_beside_the_dose_says_what_is_wrong(part, changes, sentences):
    spoilt = content()
    spoilt[part].update(changes)
    assert problems(spoilt) == sentences


@pytest.mark.parametrize("part", LATER_SECTIONS)
def test_a_missing_part_is_one_sentence(part):
    spoilt = content()
    del spoilt[part]
    assert problems(spoilt)[0] == f"{part} is missing."
    assert all(sentence.startswith(f"{part}") for sentence in problems(spoilt))


def test_nothing_but_the_seed_data_names_the_drug():
    naming = [
        path
        for app in (infusion, monitoring)
        for path in (Path(app.__file__).parent / "domain").glob("*.py")
        if re.search("ketamine", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert naming == []


@pytest.mark.parametrize(
    ("part", "changes", "sentences"),
    [
        ("dose", {"initial": "0.04"}, ["dose.initial 0.04 must lie from 0.05 to 1.00."]),
        ("dose", {"initial": "0.05"}, []),
        ("dose", {"maximum": "0.09"}, ["dose.initial 0.10 must lie from 0.05 to 0.09."]),
        ("dose", {"increment": "0.11"}, ["dose.increment 0.11 is above dose.largest_step 0.10."]),
        ("dose", {"increment": "0.10"}, []),
        (
            "dose",
            {"largest_with_unmeasured_weight": "0.09"},
            ["dose.largest_with_unmeasured_weight must be at least dose.initial."],
        ),
        (
            "dose",
            {"weight_kg": {"least": "200", "most": "200", "ask_from": "120"}},
            ["dose.weight_kg.least must be below dose.weight_kg.most."],
        ),
        (
            "dose",
            {"concentrations_mg_per_ml": ["1", "1.0"]},
            ["dose.concentrations_mg_per_ml names one concentration twice."],
        ),
        (
            "dose",
            {"initial": 0.1},
            ['dose.initial must be a number from 0.0001 to 10000, written as text like "0.05".'],
        ),
        (
            "dose",
            {"maximum": "one"},
            ['dose.maximum must be a number from 0.0001 to 10000, written as text like "0.05".'],
        ),
        (
            "dose",
            {"maximum": "NaN"},
            ['dose.maximum must be a number from 0.0001 to 10000, written as text like "0.05".'],
        ),
        (
            "dose",
            {"concentrations_mg_per_ml": ["1", "0"]},
            ["dose.concentrations_mg_per_ml must be a list of numbers from 0.0001 to 10000, written as text."],
        ),
        (
            "dose",
            {"concentrations_mg_per_ml": "1"},
            ["dose.concentrations_mg_per_ml must be a list of numbers from 0.0001 to 10000, written as text."],
        ),
        ("dose", {"unit": "mcg/kg/min"}, ["dose.unit must be one of mg/kg/h."]),
        ("dose", {"target_hold_h": "6"}, ["dose.target_hold_h must be a whole number from 1 to 240."]),
        ("dose", {"maximun": "1"}, ["dose.maximun is not known here."]),
        ("pump", {"rounding": "up"}, ["pump.rounding must be one of down, nearest."]),
        ("pump", {"rounding": "nearest"}, []),
    ],
)
def test_a_wrong_dose_part_says_what_is_wrong(part, changes, sentences):
    spoilt = content()
    spoilt[part].update(changes)
    assert problems(spoilt) == sentences


def problems(spoilt):
    try:
        ProtocolContent.from_content(spoilt)
    except ContentError as refused:
        return list(refused.problems)
    return []


def test_everything_that_is_wrong_is_said_at_once():
    spoilt = content()
    del spoilt["pump"]
    spoilt["drug"] = " "
    spoilt["dose"]["step_interval_min"] = 0
    spoilt["dose"]["weight_kg"]["extra"] = 1
    assert problems(spoilt) == [
        "pump is missing.",
        "drug must be a text.",
        "dose.step_interval_min must be a whole number from 1 to 10080.",
        "dose.weight_kg.extra is not known here.",
    ]


@pytest.mark.parametrize("nonsense", [None, [], "dose", 7])
def test_content_that_is_no_object_is_refused(nonsense):
    assert problems(nonsense)[0] == "The content must be an object."


def test_a_part_that_is_no_object_is_refused():
    assert "dose must be an object." in problems({**content(), "dose": []})


def test_other_parts_of_the_content_are_left_alone():
    assert problems({**content(), "something_for_others": {"x": 1}}) == []


def test_the_error_reads_as_its_sentences():
    with pytest.raises(ContentError, match=r"pump is missing\. drug must be a text\."):
        ProtocolContent.from_content({**{k: v for k, v in content().items() if k != "pump"}, "drug": ""})


@pytest.mark.parametrize(
    ("value", "good"),
    [([1, 2], True), ([], True), ([3], False), ([True], False), (["1"], False), (1, False), (None, False)],
)
def test_reads_lists_of_whole_numbers(value, good):
    root = Section.root({"scales": value})
    assert root.wholes("scales", one_of={1, 2}) == (frozenset(value) if good else frozenset())
    assert root.is_sound() is good


@pytest.mark.parametrize(
    ("value", "good"), [(["A"], True), ([], True), (["B"], False), ([["A"]], False), ("A", False), (None, False)]
)
def test_reads_lists_of_codes(value, good):
    root = Section.root({"codes": value})
    assert root.codes("codes", one_of={"A"}) == (frozenset(value) if good else frozenset())
    assert root.is_sound() is good


@pytest.mark.parametrize(("value", "good"), [(True, True), (False, True), (1, False), ("true", False), (None, False)])
def test_reads_flags(value, good):
    root = Section.root({"flag": value})
    assert root.flag("flag") is (value if good else False)
    assert root.is_sound() is good


@pytest.mark.parametrize(("value", "read"), [(5, D(5)), ("5", D(5)), ("0.05", D("0.05"))])
def test_reads_numbers_within_their_bounds(value, read):
    root = Section.root({"n": value})
    assert root.number("n", least=D("0.05"), most=D(5)) == read
    assert root.is_sound()


@pytest.mark.parametrize("value", ["5.01", "0.04", True, 0.5, None, "Infinity", [1]])
def test_refuses_numbers_beyond_their_bounds_and_binary_ones(value):
    root = Section.root({"n": value})
    root.number("n", least=D("0.05"), most=D(5))
    assert not root.is_sound()
