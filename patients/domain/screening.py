"""Who may be treated: the questions before an order, and what makes them decided (DOMAIN 3, "Before the order")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import Reason

LONGEST_NOTE = 500  # characters


class ScreeningItem(StrEnum):
    """A question before the order. Any yes needs a physician's reason."""

    ALLERGY = "allergy"
    PREGNANCY = "pregnancy"
    HEART = "heart"
    PSYCHOSIS = "psychosis"
    RAISED_PRESSURE = "raised_pressure"
    LIVER_DISEASE = "liver_disease"
    SUBSTANCE_USE = "substance_use"
    SLEEP_APNOEA = "sleep_apnoea"
    OPIOID_OR_BENZODIAZEPINE = "opioid_or_benzodiazepine"
    DHE_OR_TRIPTAN = "dhe_or_triptan"
    QT_PROLONGING = "qt_prolonging"
    EARLIER_REACTION = "earlier_reaction"


class Answer(StrEnum):
    """To a question; "not applicable" where it cannot be true of this patient."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


class PregnancyTest(StrEnum):
    """The test, if applicable."""

    NOT_APPLICABLE = "not_applicable"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    NOT_DONE = "not_done"


class Ecg(StrEnum):
    """The electrocardiogram."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"
    NOT_DONE = "not_done"


class BriefingItem(StrEnum):
    """What the patient was told before consenting; all of it, or it is no consent."""

    DREAMS = "dreams"
    DOUBLE_VISION = "double_vision"
    HELP_TO_WALK = "help_to_walk"
    NO_DRIVING_OR_SIGNING = "no_driving_or_signing"


class Recommendation(StrEnum):
    """What a screening asks for beyond the usual."""

    ETCO2 = "etco2"  # breathed-out carbon dioxide is watched


WORDS: dict[ScreeningItem, str] = {
    ScreeningItem.ALLERGY: "allergy",
    ScreeningItem.PREGNANCY: "pregnancy or breast-feeding",
    ScreeningItem.HEART: "uncontrolled blood pressure or unstable heart disease",
    ScreeningItem.PSYCHOSIS: "psychosis",
    ScreeningItem.RAISED_PRESSURE: "raised intracranial or eye pressure",
    ScreeningItem.LIVER_DISEASE: "severe liver disease",
    ScreeningItem.SUBSTANCE_USE: "substance use",
    ScreeningItem.SLEEP_APNOEA: "sleep apnoea",
    ScreeningItem.OPIOID_OR_BENZODIAZEPINE: "opioid or benzodiazepine",
    ScreeningItem.DHE_OR_TRIPTAN: "DHE with vascular disease or a triptan",
    ScreeningItem.QT_PROLONGING: "QT-prolonging drugs",
    ScreeningItem.EARLIER_REACTION: "earlier reaction to the drug infused",
}
_WATCH_BREATHING = (ScreeningItem.SLEEP_APNOEA, ScreeningItem.OPIOID_OR_BENZODIAZEPINE)


@dataclass(frozen=True, slots=True)
class Answers:
    """One version of the answers: yes, no or not applicable to each item, the pregnancy test and the ECG."""

    by_item: Mapping[ScreeningItem, Answer]
    pregnancy_test: PregnancyTest
    ecg: Ecg

    @property
    def unanswered(self) -> tuple[ScreeningItem, ...]:
        """The items without an answer, in the order of the form."""
        return tuple(item for item in ScreeningItem if item not in self.by_item)

    @property
    def yeses(self) -> tuple[ScreeningItem, ...]:
        """The items that take a physician's reason, in the order of the form.

        A positive pregnancy test, or one that applies and was not done, counts as a yes to pregnancy, an abnormal ECG
        as a yes to the heart, whatever was ticked.
        """
        said = {item for item, answer in self.by_item.items() if answer is Answer.YES}
        if self.pregnancy_test in (PregnancyTest.POSITIVE, PregnancyTest.NOT_DONE):
            said.add(ScreeningItem.PREGNANCY)
        if self.ecg is Ecg.ABNORMAL:
            said.add(ScreeningItem.HEART)
        return tuple(item for item in ScreeningItem if item in said)

    @property
    def recommends(self) -> tuple[Recommendation, ...]:
        """EtCO2 with sleep apnoea, an opioid or a benzodiazepine (DOMAIN 4)."""
        watch = any(self.by_item.get(item) is Answer.YES for item in _WATCH_BREATHING)
        return (Recommendation.ETCO2,) if watch else ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A physician's word on one version of the answers, with a reason for each yes."""

    accepted: bool
    reasons: Mapping[ScreeningItem, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the screening lets an order be started, and in one sentence why not (or that it does)."""

    is_decided: bool
    sentence: str


def standing(answers: Answers | None, decision: Decision | None) -> Standing:
    """How the newest answers stand, with the newest decision on them.

    Decided is: every item answered and no yes, or a physician accepted with a reason for every yes. A physician who did
    not accept keeps the patient from treatment, with or without a yes.
    """
    if answers is None:
        return Standing(False, "No screening is recorded.")
    if missing := answers.unanswered:
        return Standing(False, f"The screening leaves open: {_listed(missing)}.")
    if decision is not None and not decision.accepted:
        return Standing(False, "A physician decided against treatment after the screening.")
    if not answers.yeses:
        return Standing(True, "The screening found nothing against treatment.")
    if decision is None:
        return Standing(False, f"A physician has to decide on the screening: {_listed(answers.yeses)}.")
    if without := tuple(item for item in answers.yeses if not decision.reasons.get(item, "").strip()):
        return Standing(False, f"The decision on the screening gives no reason for: {_listed(without)}.")
    return Standing(True, f"A physician accepted the screening: {_listed(answers.yeses)}.")


def reasons_not_to_screen(answers: Answers, *, note: str = "") -> list[Reason]:
    """Every reason why the answers cannot be kept as they are: nothing said at all, a contradiction, a note too long."""
    reasons = []
    if not answers.by_item:
        reasons.append(Reason("empty", "No question is answered.", "answers"))
    not_applicable = answers.by_item.get(ScreeningItem.PREGNANCY) is Answer.NOT_APPLICABLE
    if answers.pregnancy_test is PregnancyTest.POSITIVE and not_applicable:
        sentence = "Pregnancy is said not to apply, and the test is positive: look again."
        reasons.append(Reason("contradiction", sentence, "answers.pregnancy"))
    if len(note) > LONGEST_NOTE:
        reasons.append(Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note"))
    return reasons


def reasons_not_to_decide(answers: Answers, decision: Decision) -> list[Reason]:
    """Every reason why a decision cannot be signed: to accept takes a reason for each yes, to decline takes one at all."""
    given = {item for item, reason in decision.reasons.items() if reason.strip()}
    reasons = [
        Reason(
            "reason_too_long",
            f"The reason for {WORDS[item]} is longer than {LONGEST_NOTE} characters.",
            f"reasons.{item}",
        )
        for item, reason in decision.reasons.items()
        if len(reason) > LONGEST_NOTE
    ]
    if missing := answers.unanswered:
        reasons.append(Reason("screening_incomplete", f"The screening leaves open: {_listed(missing)}."))
    if not decision.accepted and not given:
        reasons.append(Reason("reason_missing", "Say why the patient is not treated.", "reasons"))
    if decision.accepted:
        reasons += [
            Reason("reason_missing", f"Say why treatment is right in spite of: {WORDS[item]}.", f"reasons.{item}")
            for item in answers.yeses
            if item not in given
        ]
    return reasons


def _listed(items: Iterable[ScreeningItem]) -> str:
    return ", ".join(WORDS[item] for item in items)
