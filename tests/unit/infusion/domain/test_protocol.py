"""The dose part of a protocol and the reading of its content (DOMAIN 1 and 3)."""

import re
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest

import infusion
import monitoring
from infusion.domain.content import ContentError, Section
from infusion.domain.protocol import ProtocolContent
from infusion.domain.units import Rounding
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
