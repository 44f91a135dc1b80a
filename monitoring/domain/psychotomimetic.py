"""The psychotomimetic score 0-3 [default: our own, no published instrument behind it; DOMAIN 4]."""

from __future__ import annotations

WORDS: dict[int, str] = {
    0: "none",
    1: "mild, not distressing",
    2: "distressing but redirectable",
    3: "frightening, paranoid, unsafe",
}

# The gate for an increase (DOMAIN 3) asks for at most this.
MOST_FOR_AN_INCREASE = 1


def words(score: int) -> str:
    """The score as the ward says it: `2: distressing but redirectable`."""
    return f"{score}: {WORDS[score]}"


def is_acceptable(score: int) -> bool:
    """Whether a dose may be increased at this score."""
    return score <= MOST_FOR_AN_INCREASE
