"""Doses, spans and times of day as sentences say them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction


def dose_words(dose: Decimal) -> str:
    """A dose in mg/kg/h with at least two places.

    >>> dose_words(Decimal("0.3")), dose_words(Decimal("0.1250"))
    ('0.30', '0.125')
    """
    whole_hundredths = (Fraction(dose) * 100).denominator == 1
    return f"{dose:.2f}" if whole_hundredths else f"{dose.normalize():f}"


def number_words(number: Decimal) -> str:
    """A number without zeros that say nothing.

    >>> number_words(Decimal("70.00"))
    '70'
    """
    return f"{number.normalize():f}"


def span_words(span: timedelta) -> str:
    """A span in whole minutes, a begun one counted, in hours and minutes from two hours on.

    >>> span_words(timedelta(minutes=119)), span_words(timedelta(minutes=134)), span_words(timedelta(hours=48))
    ('119 min', '2 h 14 min', '48 h')
    """
    minutes = -(-span // timedelta(minutes=1))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes // 60} h {minutes % 60:02d} min"


def time_words(instant: datetime, *, zone: tzinfo, at: datetime) -> str:
    """The time of day on the ward's clock, seen from `at`: with the day where it is another one, and with the name of
    the offset where the clock was changed in between (02:30 may come twice that night)."""
    there, here = instant.astimezone(zone), at.astimezone(zone)
    words = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%H:%M} on {there.day} {there:%B}"
    return words if there.utcoffset() == here.utcoffset() else f"{words} ({there:%Z})"
