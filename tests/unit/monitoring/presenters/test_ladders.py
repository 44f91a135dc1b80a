"""Who has been told of an alert, who is next and when, in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.domain.severity import Tier
from monitoring.presenters.ladders import next_words, short_words, skipped_words, told_words
from monitoring.selectors.ladders import LadderShown, NextStep, ToldStep

ZONE = ZoneInfo("UTC")
RANG = datetime(2026, 9, 22, 2, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AT = RANG + 4 * MINUTE


def told(step, tier, minutes, *names, skipped=""):
    return ToldStep(step, tier, tier.value.replace("_", " "), names, RANG + minutes * MINUTE, skipped)


def coming(tier, minutes, *names, call=""):
    said = "rapid-response team" if tier is Tier.RAPID_RESPONSE else tier.value.replace("_", " ")
    return NextStep(2, tier, said, names, RANG + minutes * MINUTE, call)


def ladder(*steps, then=None):
    return LadderShown(1, "physiological_red", RANG, 1, steps, then, False)


NURSES = told(0, Tier.NURSE, 0, "K. Boyd", "R. Reyes", "T. Abe")
CHARGE = told(1, Tier.CHARGE_NURSE, 2, "L. Park")


def test_a_red_night_says_who_knows_and_who_is_next():
    shown = ladder(NURSES, CHARGE, then=coming(Tier.PHYSICIAN, 5, "E. Vance"))
    assert told_words(shown, zone=ZONE, at=AT) == "nurses 02:16, charge nurse 02:18 (L. Park)"
    assert next_words(shown, zone=ZONE, at=AT) == "Next: physician 02:21 (E. Vance)."


def test_the_same_people_told_once_more_are_told_again():
    shown = ladder(NURSES, then=coming(Tier.NURSE, 10, "K. Boyd", "R. Reyes"))
    assert next_words(shown, zone=ZONE, at=AT) == "Next: nurses 02:26 (K. Boyd, R. Reyes), again."
    assert short_words(shown, zone=ZONE, at=AT)[1] == "Next: K. Boyd and R. Reyes 02:26, again."


def test_two_people_are_named_and_three_are_a_group():
    two = told(0, Tier.NURSE, 0, "K. Boyd", "R. Reyes")
    assert told_words(ladder(two), zone=ZONE, at=AT) == "nurses 02:16 (K. Boyd, R. Reyes)"
    assert told_words(ladder(NURSES), zone=ZONE, at=AT) == "nurses 02:16"


def test_a_tier_without_people_is_said_once_and_not_counted_as_told():
    nobody = told(1, Tier.CHARGE_NURSE, 2, skipped="no charge nurse works on this ward")
    shown = ladder(NURSES, nobody, nobody)
    assert told_words(shown, zone=ZONE, at=AT) == "nurses 02:16"
    assert skipped_words(shown) == "No charge nurse works on this ward."
    assert skipped_words(ladder(NURSES)) == ""


def test_the_next_step_says_that_nobody_is_there_or_how_to_call_the_team():
    alone = ladder(NURSES, then=coming(Tier.CHARGE_NURSE, 2))
    assert next_words(alone, zone=ZONE, at=AT) == "Next: charge nurse 02:18, but none works on this ward."
    team = ladder(NURSES, then=coming(Tier.RAPID_RESPONSE, 10, call="telephone 4444"))
    assert next_words(team, zone=ZONE, at=AT) == "Next: rapid-response team 02:26 (telephone 4444)."
    assert next_words(ladder(NURSES), zone=ZONE, at=AT) == ""


def test_a_step_of_another_day_says_which():
    tomorrow = ladder(then=coming(Tier.PHYSICIAN, 24 * 60 + 284, "E. Vance"))
    assert next_words(tomorrow, zone=ZONE, at=AT) == "Next: physician Wed 07:00 (E. Vance)."


def test_a_boards_row_says_it_in_names():
    shown = ladder(NURSES, CHARGE, then=coming(Tier.PHYSICIAN, 5, "E. Vance"))
    assert short_words(shown, zone=ZONE, at=AT) == ("nurses 02:16, L. Park 02:18", "Next: E. Vance 02:21.")
    assert short_words(ladder(NURSES), zone=ZONE, at=AT) == ("nurses 02:16", "")
