"""Reading a protocol's content: JSON that people edit, so all its mistakes are told at once, each with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation


class ContentError(ValueError):
    """A protocol's content that cannot be used; `problems` holds every sentence, not only the first."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


class Section:
    """One object inside the content. What is wrong is noted and a stand-in returned, so that reading goes on.

    Decimal numbers are written as text ("0.05"), because JSON's own numbers become binary floats on the way.
    """

    def __init__(self, value: object, path: str, problems: list[str], *, open_ended: bool = False) -> None:
        self.path = path
        self._problems = problems
        self._open_ended = open_ended
        self._read: set[str] = set()
        self._parts: list[Section] = []
        self._values: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self._values = value
        else:
            self.complain(f"{path or 'The content'} must be an object.")

    @classmethod
    def root(cls, content: object) -> Section:
        """The whole content. Parts that nobody reads here belong to other readers and are left alone."""
        return cls(content, "", [], open_ended=True)

    def complain(self, sentence: str) -> None:
        """Note a problem in words."""
        self._problems.append(sentence)

    def is_sound(self) -> bool:
        """Whether nothing was found wrong so far; comparing numbers with each other makes sense only then."""
        return not self._problems

    def problem_count(self) -> int:
        """How many problems were found so far: unchanged means that what was read in between is as it stands there."""
        return len(self._problems)

    def section(self, key: str) -> Section:
        """The object under `key`."""
        part = Section(self._take(key), self._name(key), self._problems) if key in self._values else self._absent(key)
        self._parts.append(part)
        return part

    def sections(self, key: str) -> tuple[Section, ...]:
        """The list of objects under `key`, at least one."""
        value = self._take(key)
        if not isinstance(value, list) or not value:
            self.complain(f"{self._name(key)} must be a list with at least one entry.")
            return ()
        parts = tuple(Section(entry, f"{self._name(key)}[{n}]", self._problems) for n, entry in enumerate(value))
        self._parts.extend(parts)
        return parts

    def has(self, key: str) -> bool:
        """Whether `key` is there with a value."""
        return self._values.get(key) is not None

    def whole(self, key: str, *, least: int, most: int) -> int:
        """A whole number within `least`..`most`."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.complain(f"{self._name(key)} must be a whole number from {least} to {most}.")
            return least
        return value

    def whole_or_none(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number, or None where the key is absent or null."""
        if not self.has(key):
            self._read.add(key)
            return None
        return self.whole(key, least=least, most=most)

    def number(self, key: str, *, least: Decimal, most: Decimal) -> Decimal:
        """A decimal number within `least`..`most`, written as text or as a whole number."""
        number = _decimal(self._take(key))
        if number is None or not least <= number <= most:
            self.complain(f'{self._name(key)} must be a number from {least} to {most}, written as text like "0.05".')
            return least
        return number

    def numbers(self, key: str, *, least: Decimal, most: Decimal) -> tuple[Decimal, ...]:
        """A list of decimal numbers, at least one, each within `least`..`most`."""
        value = self._take(key)
        found = [_decimal(entry) for entry in value] if isinstance(value, list) else []
        good = tuple(number for number in found if number is not None and least <= number <= most)
        if not good or len(good) != len(found):
            self.complain(f"{self._name(key)} must be a list of numbers from {least} to {most}, written as text.")
            return (least,)
        return good

    def text(self, key: str, *, one_of: Collection[str] | None = None) -> str:
        """A text, one of `one_of` where given."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            self.complain(f"{self._name(key)} must be a text.")
            return ""
        if one_of is not None and value not in one_of:
            self.complain(f"{self._name(key)} must be one of {', '.join(sorted(one_of))}.")
            return ""
        return value

    def texts(self, key: str, *, pattern: re.Pattern[str]) -> tuple[str, ...]:
        """A list of texts, each matching `pattern` as a whole; it may be empty."""
        value = self._take(key)
        if not isinstance(value, list) or any(
            not isinstance(each, str) or not pattern.fullmatch(each) for each in value
        ):
            self.complain(f"{self._name(key)} must be a list of texts such as are written there.")
            return ()
        return tuple(value)

    def codes(self, key: str, *, one_of: Collection[str]) -> frozenset[str]:
        """A list of codes, all of them out of `one_of`; it may be empty."""
        value = self._take(key)
        if not isinstance(value, list) or any(not isinstance(entry, str) or entry not in one_of for entry in value):
            self.complain(f"{self._name(key)} must be a list of codes out of {', '.join(sorted(one_of))}.")
            return frozenset()
        return frozenset(value)

    def wholes(self, key: str, *, one_of: Collection[int]) -> frozenset[int]:
        """A list of whole numbers, all of them out of `one_of`; it may be empty."""
        value = self._take(key)
        if not isinstance(value, list) or any(type(entry) is not int or entry not in one_of for entry in value):
            self.complain(f"{self._name(key)} must be a list out of {', '.join(str(n) for n in sorted(one_of))}.")
            return frozenset()
        return frozenset(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._take(key)
        if not isinstance(value, bool):
            self.complain(f"{self._name(key)} must be true or false.")
            return False
        return value

    def finish(self) -> None:
        """Raise `ContentError` with every problem, a key that nobody knows among them (it is a misspelt one)."""
        self._complain_of_strangers()
        if self._problems:
            raise ContentError(self._problems)

    def _complain_of_strangers(self) -> None:
        if not self._open_ended:
            for key in sorted(set(self._values) - self._read):
                self.complain(f"{self._name(key)} is not known here.")
        for part in self._parts:
            part._complain_of_strangers()

    def _take(self, key: str) -> object:
        self._read.add(key)
        return self._values.get(key)

    def _name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _absent(self, key: str) -> Section:
        self._read.add(key)
        self.complain(f"{self._name(key)} is missing.")
        # Its own list: one sentence about the missing part is enough, not one for each number in it.
        return Section({}, self._name(key), [])


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
