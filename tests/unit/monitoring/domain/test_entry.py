"""A set as it is handed in: every reason why it cannot be taken, on both sides of 2 min, 30 min and 12 h (DOMAIN 4)."""

import uuid
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.co_signing import is_very_late
from monitoring.domain.entry import SetEntry, reasons_not_to_take
from monitoring.domain.values import (
    AbsentReason,
    Consciousness,
    Mobility,
    Parameter,
    SedationScale,
    Source,
    Symptom,
    Values,
    WarningSymptom,
)

NOW = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
CALM = Values(heart_rate=72, spo2=97, respiratory_rate=16)


def entry(before=timedelta(0), **own):
    """A calm entry seen so long before now."""
    return SetEntry(client_id=uuid.uuid4(), observed_at=NOW - before, **{"values": CALM, **own})


def reasons(of, *, admitted=20 * HOUR, correction=False):
    return reasons_not_to_take(of, admitted_at=NOW - admitted, at=NOW, is_correction=correction)


def codes(of, **context):
    return [reason.code for reason in reasons(of, **context)]


def test_a_calm_set_of_now_is_taken():
    assert codes(entry()) == []


@pytest.mark.parametrize(
    ("ahead", "found"), [(2 * MINUTE, []), (2 * MINUTE + SECOND, ["in_the_future"]), (HOUR, ["in_the_future"])]
)
def test_two_minutes_ahead_of_the_clock_are_allowed(ahead, found):
    assert codes(entry(-ahead)) == found


def test_a_time_ahead_says_how_far_and_what_is_allowed():
    (reason,) = reasons(entry(-90 * MINUTE))
    assert (reason.sentence, reason.field) == ("Seen 90 min ahead of the clock. 2 min is allowed.", "observed_at")


@pytest.mark.parametrize(
    ("late", "found"),
    [(30 * MINUTE, []), (30 * MINUTE + SECOND, ["late_reason_missing"]), (HOUR, ["late_reason_missing"])],
)
def test_from_half_an_hour_on_a_set_says_why_it_is_late(late, found):
    assert codes(entry(late)) == found
    assert codes(entry(late, late_reason="on paper")) == []
    assert codes(entry(late, late_reason="  ")) == found


def test_nothing_comes_too_late_to_be_charted_with_its_reason():
    assert codes(entry(13 * HOUR, late_reason="on paper")) == []
    assert codes(entry(13 * HOUR)) == ["late_reason_missing"]


@pytest.mark.parametrize(("late", "very"), [(12 * HOUR, False), (12 * HOUR + SECOND, True)])
def test_after_half_a_day_another_stands_beside_it(late, very):
    assert is_very_late(NOW - late, NOW) is very


@pytest.mark.parametrize("source", [Source.REPLAY, Source.IMPORT, Source.DOWNTIME, Source.MONITOR])
def test_what_comes_late_by_its_nature_is_not_asked_why(source):
    assert codes(entry(13 * HOUR, source=source)) == []


def test_a_correction_is_not_asked_why_it_is_late_but_never_lies_ahead():
    assert codes(entry(13 * HOUR), correction=True) == []
    assert codes(entry(-3 * MINUTE), correction=True) == ["in_the_future"]


@pytest.mark.parametrize(("before", "found"), [(HOUR, []), (HOUR + SECOND, ["before_admission"])])
def test_nothing_is_seen_before_the_admission(before, found):
    assert codes(entry(before, late_reason="on paper"), admitted=HOUR) == found


@pytest.mark.parametrize("parameter", list(Parameter))
def test_a_value_and_a_reason_why_it_is_missing_exclude_each_other(parameter):
    full = Values(
        72, 120, 80, 16, 97, False, None, D("36.8"), Consciousness.A, SedationScale.POSS, "1", 0, 3
    )  # fmt: skip
    of = entry(values=full, mobility=Mobility.STEADY, absent={parameter: AbsentReason.EQUIPMENT})
    (reason,) = reasons(of)
    assert (reason.code, reason.field) == ("absent_and_present", parameter.value)
    assert codes(entry(values=Values(), absent={parameter: AbsentReason.EQUIPMENT})) == []


@pytest.mark.parametrize(
    "something",
    [
        {"values": Values(pain=0)},
        {"values": Values(on_oxygen=False)},
        {"symptoms": (Symptom.NAUSEA,)},
        {"mobility": Mobility.STEADY},
        {"warning_symptoms": ()},
        {"warning_symptoms": (WarningSymptom.SYNCOPE,)},
        {"comment": "asleep"},
        {"absent": {Parameter.PAIN: AbsentReason.REFUSED}},
    ],
)
def test_any_one_thing_makes_a_set(something):
    assert codes(entry(**{"values": Values(), **something})) == []


@pytest.mark.parametrize("nothing", [Values(), Values(sedation_scale=SedationScale.POSS)])
def test_a_set_with_nothing_in_it_is_refused(nothing):
    assert codes(entry(values=nothing)) == ["empty"]


def test_refusals_alone_make_a_set():
    refused = dict.fromkeys(Parameter, AbsentReason.REFUSED)
    assert codes(entry(values=Values(), absent=refused)) == []


@pytest.mark.parametrize(("name", "most"), [("comment", 2000), ("late_reason", 200)])
def test_a_text_is_refused_that_does_not_fit(name, most):
    assert codes(entry(**{name: "x" * most})) == []
    (reason,) = reasons(entry(**{name: "x" * (most + 1)}))
    assert (reason.code, reason.field) == ("too_long", name)


def test_an_extreme_waits_for_its_confirmation():
    extreme = Values(heart_rate=220)
    assert codes(entry(values=extreme)) == ["unconfirmed"]
    assert codes(entry(values=extreme, confirmed=frozenset({"heart_rate"}))) == []


def test_every_reason_is_said_at_once():
    worst = entry(
        13 * HOUR,
        values=Values(heart_rate=220, spo2=104, systolic=80, diastolic=90, oxygen_l_per_min=D(2), sedation="9"),
        absent={Parameter.SPO2: AbsentReason.REFUSED},
        comment="x" * 2001,
    )
    assert sorted(codes(worst, admitted=HOUR)) == [
        "absent_and_present",
        "before_admission",
        "impossible",
        "late_reason_missing",
        "litres_without_oxygen",
        "sedation_without_scale",
        "systolic_not_above_diastolic",
        "too_long",
        "unconfirmed",
    ]


def test_a_time_without_a_zone_is_no_instant():
    with pytest.raises(ValueError, match="time zone"):
        SetEntry(client_id=uuid.uuid4(), observed_at=datetime(2026, 9, 22, 10, 0))  # noqa: DTZ001


CONTENT = {
    "observed_at": st.sampled_from([NOW, NOW - MINUTE]),
    "values": st.builds(
        Values,
        heart_rate=st.sampled_from([None, 72, 73]),
        on_oxygen=st.sampled_from([None, False, True]),
        temperature=st.sampled_from([None, D("36.8"), D("36.80"), D("37")]),
        sedation=st.sampled_from([None, "1"]),
        sedation_scale=st.just(SedationScale.POSS),
        pain=st.sampled_from([None, 0]),
    ),
    "symptoms": st.sampled_from([(), (Symptom.NAUSEA, Symptom.DIZZY), (Symptom.DIZZY, Symptom.NAUSEA)]),
    "mobility": st.sampled_from([None, Mobility.STEADY]),
    "comment": st.sampled_from(["", "None"]),
    "absent": st.sampled_from([{}, {Parameter.SPO2: AbsentReason.REFUSED}, {Parameter.SPO2: AbsentReason.ASLEEP}]),
    "confirmed": st.sampled_from([frozenset(), frozenset({"heart_rate", "spo2"})]),
    "late_reason": st.sampled_from(["", "on paper"]),
    "source": st.sampled_from([Source.BEDSIDE, Source.DOWNTIME]),
    "warning_symptoms": st.sampled_from(
        [None, (), (WarningSymptom.SYNCOPE,), (WarningSymptom.CHEST_PAIN, WarningSymptom.SYNCOPE)]
    ),
}
ENTRIES = st.builds(SetEntry, client_id=st.builds(uuid.uuid4), **CONTENT)


def content(of):
    own = {each.name: getattr(of, each.name) for each in fields(of) if each.name != "client_id"}
    return {**own, "symptoms": set(of.symptoms)}


@given(ENTRIES, ENTRIES)
def test_two_fingerprints_are_equal_if_and_only_if_the_contents_are(one, other):
    assert (one.fingerprint() == other.fingerprint()) is (content(one) == content(other))


@given(ENTRIES, st.sampled_from(sorted(CONTENT)), st.data())
def test_changing_any_one_thing_changes_the_fingerprint(one, name, data):
    other = replace(one, **{name: data.draw(CONTENT[name])})
    assert (one.fingerprint() == other.fingerprint()) is (content(one) == content(other))


def test_the_same_instant_in_another_zone_is_the_same_content():
    there = replace(entry(), observed_at=NOW.astimezone(timezone(2 * HOUR)))
    assert there.fingerprint() == entry().fingerprint()


def test_what_was_sent_before_warning_symptoms_were_asked_is_still_the_same_content():
    values = Values(heart_rate=72, temperature=D("36.8"))
    sent = SetEntry(uuid.uuid4(), NOW, values, symptoms=(Symptom.NAUSEA,), comment="as it was")
    assert sent.fingerprint().hex() == "0c4e16478bd732ac2193f1c6b994484ae2930eab53906c7dd267a17c6d2ee7dd"


def test_what_is_corrected_belongs_to_the_content():
    one = entry()
    assert len({one.fingerprint(), one.fingerprint(corrects=1), one.fingerprint(corrects=2)}) == 3


def test_a_scale_without_a_level_is_no_content():
    assert (
        entry(values=Values(pain=3)).fingerprint()
        == entry(values=Values(pain=3, sedation_scale=SedationScale.POSS)).fingerprint()
    )
