"""Who may be treated: the questions before an order, and what makes them decided (DOMAIN 3, "Before the order")."""

from enum import StrEnum


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
