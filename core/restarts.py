"""When a process that died is started again: a rule without processes."""

# A tuple, the last one for ever: a doubling number overflows one night. The first is short, because a ward waits.
WAITS_S = (0.5, 1.0, 2.0, 5.0, 10.0)
# Whoever ran this long was well; its next death is a first one again.
STEADY_AFTER_S = 30.0


def deaths_in_a_row(before: int, *, ran_for_s: float) -> int:
    """How many times a process has now died without having run steadily in between.

    >>> deaths_in_a_row(3, ran_for_s=2.0), deaths_in_a_row(3, ran_for_s=45.0)
    (4, 1)
    """
    return 1 if ran_for_s >= STEADY_AFTER_S else before + 1


def wait_before_restart_s(deaths: int) -> float:
    """Seconds to wait before the next start, after so many deaths in a row (1 is the first).

    >>> wait_before_restart_s(1), wait_before_restart_s(5), wait_before_restart_s(500)
    (0.5, 10.0, 10.0)
    """
    return WAITS_S[min(deaths, len(WAITS_S)) - 1]
