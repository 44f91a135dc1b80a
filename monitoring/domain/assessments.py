"""The words of what is looked at beside the observation sets: liver enzymes, mood, falls (DOMAIN 4)."""

from enum import StrEnum


class Analyte(StrEnum):
    """What is measured in the blood; bilirubin weighs in an alert, the four enzymes in the gate."""

    ALT = "alt"
    AST = "ast"
    ALP = "alp"
    GGT = "ggt"
    BILIRUBIN = "bilirubin"


class Mood(StrEnum):
    """The daily word for the mood."""

    LOW = "low"
    ANXIOUS = "anxious"
    IRRITABLE = "irritable"
    ELATED = "elated"
    USUAL = "usual"


class FallsScale(StrEnum):
    """The instrument of the falls score."""

    MORSE = "morse"
