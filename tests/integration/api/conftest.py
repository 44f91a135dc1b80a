"""Callers of the API, and a clock moved by hand."""

from __future__ import annotations

from typing import Any

import pytest

from core import clock
from tests.calling import Caller, Hand
from tests.factories import Stay, running


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The clock that every edge reads, at 08:15 until the test moves it."""
    moved = Hand()
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return moved


@pytest.fixture
def patient(db: Any) -> Stay:
    """A patient whose infusion was started at 08:00: the first set is due at 08:15."""
    return running()


@pytest.fixture
def nurse(patient: Stay, hand: Hand) -> Caller:
    """A program with the token of the patient's nurse."""
    return Caller(patient.nurse)
