"""Who has been told of an alert, who is next and when, in the ward's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitoring.domain.severity import Tier
from monitoring.presenters import words
from monitoring.selectors.ladders import LadderShown

_NAMED_AT_MOST = 2  # more than these are a group, not somebody one could look for


def told_words(ladder: LadderShown, *, zone: ZoneInfo, at: datetime) -> str:
    """ "nurses 02:16, charge nurse 02:18 (L. Park)"; empty where nobody was told."""
    return ", ".join(
        _said(each.tier_words, each.names, words.clock(each.told_at, zone, now=at))
        for each in ladder.told
        if not each.skipped
    )


def skipped_words(ladder: LadderShown) -> str:
    """ "No charge nurse works on this ward.": why a step told nobody."""
    why = dict.fromkeys(each.skipped for each in ladder.told if each.skipped)
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in why)


def next_words(ladder: LadderShown, *, zone: ZoneInfo, at: datetime) -> str:
    """ "Next: physician 02:21 (E. Vance)."; empty where nobody comes next."""
    coming = ladder.next
    if coming is None:
        return ""
    clock = words.clock(coming.at, zone, now=at)
    if coming.tier is Tier.RAPID_RESPONSE:
        return f"Next: {coming.tier_words} {clock} ({coming.call})."
    if not coming.names:
        return f"Next: {coming.tier_words} {clock}, but none works on this ward."
    return f"Next: {_said(coming.tier_words, coming.names, clock)}{_again(ladder)}."


def short_words(ladder: LadderShown, *, zone: ZoneInfo, at: datetime) -> tuple[str, str]:
    """The same in few words, for a board's row: names alone, as far as there are few."""
    told = ", ".join(
        _short(each.tier_words, each.names, words.clock(each.told_at, zone, now=at))
        for each in ladder.told
        if not each.skipped
    )
    coming = ladder.next
    if coming is None:
        return told, ""
    return (
        told,
        f"Next: {_short(coming.tier_words, coming.names, words.clock(coming.at, zone, now=at))}{_again(ladder)}.",
    )


def _again(ladder: LadderShown) -> str:
    """Are the same people told once more? Then the page says so, lest it look like somebody else."""
    coming = ladder.next
    return ", again" if coming and any(each.tier is coming.tier and each.names for each in ladder.told) else ""


def _said(tier: str, names: Sequence[str], clock: str) -> str:
    if not names:
        return f"{tier} {clock}"
    if len(names) > _NAMED_AT_MOST:
        return f"{_many(tier)} {clock}"
    return f"{tier if len(names) == 1 else _many(tier)} {clock} ({', '.join(names)})"


def _short(tier: str, names: Sequence[str], clock: str) -> str:
    if not names or len(names) > _NAMED_AT_MOST:
        return f"{tier if not names else _many(tier)} {clock}"
    return f"{' and '.join(names)} {clock}"


def _many(tier: str) -> str:
    return f"{tier}s"
