"""Ports: what a lower app needs from an upper one, declared below and filled above.

An app low in the house (patients) must say "settle what follows from this" without importing those who know how
(monitoring). It declares a `Port`; the upper app fills it in `AppConfig.ready()`. A port that nobody filled fails the
system check, so a missing wire is found when the process starts and not at three in the morning.
"""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Unfilled(Exception):
    """The body of a port's signature ran: somebody called the declaration instead of asking the port."""


declared: list["Port[..., Any]"] = []


class Port(Generic[P, R]):
    """A named question or errand with one or more fillers, asked in the order in which they were filled."""

    def __init__(self, name: str, signature: Callable[P, R]) -> None:
        self.name = name
        self.__doc__ = signature.__doc__
        self._fillers: list[Callable[P, R]] = []
        declared.append(self)

    def fill(self, filler: Callable[P, R]) -> Callable[P, R]:
        """Let `filler` answer too. Filling twice with the same function is once (apps may be made ready twice)."""
        if filler not in self._fillers:
            self._fillers.append(filler)
        return filler

    @property
    def is_filled(self) -> bool:
        return bool(self._fillers)

    def ask_all(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Every filler's answer, in order."""
        return [filler(*args, **kwargs) for filler in self._fillers]


def port(name: str) -> Callable[[Callable[P, R]], Port[P, R]]:
    """Declare a port from a function whose signature and docstring say what is asked; its body never runs."""

    def declare(signature: Callable[P, R]) -> Port[P, R]:
        return Port(name, signature)

    return declare
