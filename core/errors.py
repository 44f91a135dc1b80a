"""Refusals. An action that must not happen raises one of these; edges turn it into a status and a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Whether a reason can be opened: never, or by a physician's own reason."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why something is refused: a code for machines, a sentence for people, the field it is about.

    A soft one says so: a physician's reason opens it.
    """

    code: str
    sentence: str
    field: str = ""
    kind: Kind = Kind.HARD


class DomainError(Exception):
    """Something the ward must not do, with every reason at once (nobody should mend one to meet the next).

    `status` is what DESIGN 9 says an edge answers: 400 malformed, 403 role, 404 other ward or absent,
    409 seen_version or lock, 422 rule.
    """

    status = 422

    def __init__(self, code: str, sentence: str, reasons: Iterable[Reason] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.reasons = tuple(reasons) or (Reason(code, sentence),)

    @property
    def fields(self) -> dict[str, list[str]]:
        """The sentences by the field they are about."""
        by_field: dict[str, list[str]] = {}
        for reason in self.reasons:
            if reason.field:
                by_field.setdefault(reason.field, []).append(reason.sentence)
        return by_field


class Malformed(DomainError):
    """What was sent cannot be read as what was asked for."""

    status = 400


class Forbidden(DomainError):
    """The person's role does not include the act."""

    status = 403


class NotFound(DomainError):
    """It is not there, or it is on a ward that this person does not work on: the answer is the same."""

    status = 404


class Conflict(DomainError):
    """Somebody else was first: the page is stale or the row is held."""

    status = 409


class Refused(DomainError):
    """A rule of the house or of the protocol says no."""

    status = 422


def refuse_for(reasons: Iterable[Reason], *, code: str, sentence: str) -> None:
    """Raise `Refused` with all `reasons`; nothing when there are none."""
    if found := tuple(reasons):
        raise Refused(code, found[0].sentence if len(found) == 1 else sentence, found)
