"""Plain facts about people."""

from datetime import date


def age_in_years(born: date, on: date) -> int:
    """Completed years of age on that day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
