"""When a screening is decided, and when a consent is one."""

from itertools import product

import pytest

from patients.domain.consent import reasons_not_to_consent, standing_consent
from patients.domain.screening import (
    LONGEST_NOTE,
    WORDS,
    Answer,
    Answers,
    BriefingItem,
    Decision,
    Ecg,
    PregnancyTest,
    Recommendation,
    ScreeningItem,
    reasons_not_to_decide,
    reasons_not_to_screen,
    standing,
)

YES, NO, NA = Answer.YES, Answer.NO, Answer.NOT_APPLICABLE


def answers(test=PregnancyTest.NEGATIVE, ecg=Ecg.NORMAL, **changed):
    """All no, but for the items named; None leaves one open."""
    by_item = {item: changed.get(item.value, NO) for item in ScreeningItem}
    return Answers({item: answer for item, answer in by_item.items() if answer is not None}, test, ecg)


def why(*items, reason="weighed against the pain"):
    return dict.fromkeys(items, reason)


def test_every_item_has_words():
    assert set(WORDS) == set(ScreeningItem)
    assert len(set(WORDS.values())) == len(ScreeningItem)


def test_nothing_recorded_is_not_decided():
    assert standing(None, None).sentence == "No screening is recorded."
    assert not standing(None, None).is_decided


@pytest.mark.parametrize("item", ScreeningItem)
@pytest.mark.parametrize("answer", [YES, NO, NA, None])
def test_each_item_alone_decides_as_its_answer_says(item, answer):
    found = standing(answers(**{item.value: answer}), None)
    assert found.is_decided == (answer in (NO, NA))
    assert (WORDS[item] in found.sentence) == (answer in (YES, None))


@pytest.mark.parametrize("item", ScreeningItem)
def test_a_yes_takes_a_physicians_word_with_its_own_reason(item):
    of = answers(**{item.value: YES})
    assert standing(of, Decision(True, why(item))).is_decided
    assert not standing(of, Decision(True, why(item, reason="  "))).is_decided
    other = next(each for each in ScreeningItem if each is not item)
    assert not standing(of, Decision(True, why(other))).is_decided
    assert not standing(of, Decision(False, why(item))).is_decided


def test_a_physician_who_declines_keeps_the_patient_from_treatment_without_any_yes():
    assert not standing(answers(), Decision(False, {})).is_decided
    assert standing(answers(), Decision(True, {})).is_decided


@pytest.mark.parametrize(
    ("test", "ecg", "counts"),
    [
        (PregnancyTest.NOT_APPLICABLE, Ecg.NOT_DONE, ()),
        (PregnancyTest.NEGATIVE, Ecg.NORMAL, ()),
        (PregnancyTest.POSITIVE, Ecg.NORMAL, (ScreeningItem.PREGNANCY,)),
        (PregnancyTest.NOT_DONE, Ecg.NORMAL, (ScreeningItem.PREGNANCY,)),
        (PregnancyTest.NEGATIVE, Ecg.ABNORMAL, (ScreeningItem.HEART,)),
        (PregnancyTest.POSITIVE, Ecg.ABNORMAL, (ScreeningItem.PREGNANCY, ScreeningItem.HEART)),
    ],
)
def test_a_test_that_is_positive_or_missing_and_an_abnormal_ecg_count_as_a_yes(test, ecg, counts):
    assert answers(test, ecg).yeses == counts
    assert standing(answers(test, ecg), None).is_decided == (not counts)
    assert standing(answers(test, ecg), Decision(True, why(*counts))).is_decided


def test_an_open_item_is_open_whatever_a_physician_says():
    of = answers(allergy=None)
    assert not standing(of, Decision(True, {})).is_decided
    assert [each.code for each in reasons_not_to_decide(of, Decision(True, {}))] == ["screening_incomplete"]


@pytest.mark.parametrize(("apnoea", "opioid"), list(product([YES, NO, NA, None], repeat=2)))
def test_sleep_apnoea_an_opioid_or_a_benzodiazepine_ask_for_etco2(apnoea, opioid):
    of = answers(sleep_apnoea=apnoea, opioid_or_benzodiazepine=opioid)
    assert of.recommends == ((Recommendation.ETCO2,) if YES in (apnoea, opioid) else ())


@pytest.mark.parametrize(
    ("decision", "codes"),
    [
        (Decision(True, {}), ["reason_missing", "reason_missing"]),
        (Decision(True, why(ScreeningItem.HEART)), ["reason_missing"]),
        (Decision(True, why(ScreeningItem.HEART, ScreeningItem.QT_PROLONGING)), []),
        (Decision(False, {}), ["reason_missing"]),
        (Decision(False, why(ScreeningItem.HEART)), []),
        (Decision(False, why(ScreeningItem.HEART, reason="x" * (LONGEST_NOTE + 1))), ["reason_too_long"]),
    ],
)
def test_a_decision_names_every_reason_that_is_missing(decision, codes):
    of = answers(heart=YES, qt_prolonging=YES)
    assert [each.code for each in reasons_not_to_decide(of, decision)] == codes


@pytest.mark.parametrize(
    ("of", "note", "codes"),
    [
        (answers(), "", []),
        (answers(allergy=None), "", []),
        (Answers({}, PregnancyTest.NEGATIVE, Ecg.NORMAL), "", ["empty"]),
        (answers(PregnancyTest.POSITIVE, pregnancy=NA), "", ["contradiction"]),
        (answers(PregnancyTest.POSITIVE, pregnancy=NO), "", []),
        (answers(), "x" * (LONGEST_NOTE + 1), ["too_long"]),
    ],
)
def test_answers_that_cannot_be_kept(of, note, codes):
    assert [each.code for each in reasons_not_to_screen(of, note=note)] == codes


@pytest.mark.parametrize("told", list(product([True, False], repeat=len(BriefingItem))))
def test_a_consent_is_one_with_the_whole_briefing_and_not_otherwise(told):
    briefed = [item for item, was in zip(BriefingItem, told, strict=True) if was]
    assert bool(reasons_not_to_consent(briefed)) == (not all(told))
    assert standing_consent(True, briefed)[0] == all(told)
    assert not standing_consent(False, briefed)[0]


def test_without_a_word_of_the_patient_there_is_no_consent():
    assert standing_consent(None, ()) == (False, "No consent is recorded.")
