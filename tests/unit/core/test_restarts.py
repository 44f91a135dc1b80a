from core.restarts import STEADY_AFTER_S, WAITS_S, deaths_in_a_row, wait_before_restart_s


def test_a_first_death_is_mended_within_a_second():
    assert wait_before_restart_s(deaths_in_a_row(0, ran_for_s=0.1)) <= 1


def test_waits_grow_and_the_last_one_stays_for_ever():
    waits = [wait_before_restart_s(deaths) for deaths in range(1, 1001)]
    assert waits[: len(WAITS_S)] == list(WAITS_S)
    assert waits == sorted(waits)
    assert set(waits[len(WAITS_S) :]) == {WAITS_S[-1]}


def test_quick_deaths_add_up():
    deaths = 0
    for expected in (1, 2, 3):
        deaths = deaths_in_a_row(deaths, ran_for_s=STEADY_AFTER_S - 0.1)
        assert deaths == expected


def test_a_steady_life_forgives_the_deaths_before_it():
    assert deaths_in_a_row(7, ran_for_s=STEADY_AFTER_S) == 1
