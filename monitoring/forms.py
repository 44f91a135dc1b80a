"""The forms: read what was typed, tell every mistake at its field, and forget nothing."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.errors import Malformed, Reason
from monitoring.domain.entry import SetEntry
from monitoring.domain.sedation import SedationScale
from monitoring.domain.severity import STOP_LIST, Rule
from monitoring.domain.values import (
    LIMITS,
    AbsentReason,
    Consciousness,
    Mobility,
    Parameter,
    Symptom,
    Values,
    WarningSymptom,
)
from monitoring.models.alerts import AlertNoteKind

if TYPE_CHECKING:
    from django.http import QueryDict

WHOLE = ("heart_rate", "systolic", "diastolic", "respiratory_rate", "spo2", "psychotomimetic", "pain")
_DECIMAL = re.compile(r"[0-9]{1,4}([.,][0-9]{1,3})?")
_DOSE = re.compile(r"[0-9](\.[0-9]{1,4})?", re.ASCII)
NOTE_KINDS = (AlertNoteKind.NOTE, AlertNoteKind.CALL, AlertNoteKind.ACTION)
# Beyond these years a time zone's arithmetic overflows.
_YEARS = range(1900, 2200)
_AIR = {"": None, "air": False, "oxygen": True}
# Minutes, as the field has them; a date alone would be read as midnight.
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_MANY = {"symptoms", "warning_symptoms", "confirmed"}
NO_WARNING = "none"  # asked, and there was none: not the same as nobody asked
_ONCE = {
    *WHOLE,
    *(f"absent_{each}" for each in Parameter),
    *("csrfmiddlewaretoken", "client_id", "opened_at", "observed_at", "corrects", "correction_reason", "late_reason"),
    *("oxygen", "oxygen_l_per_min", "temperature", "consciousness", "sedation_scale", "sedation", "mobility"),
    *("asleep_roused", "comment", "with_patient"),
}


class ChartForm:
    """Reads a posted form in the ward's zone at `at`. `errors` holds the sentences by field."""

    def __init__(self, data: QueryDict, *, zone: ZoneInfo, at: datetime) -> None:
        self.data = data
        self._zone = zone
        self._at = at
        self.errors: dict[str, list[str]] = {}

    def read(self) -> SetEntry | None:
        """The set as charted; None where something of it cannot be read. For saving."""
        entry = self.read_what_can_be()
        self._nothing_is_left_out()
        return None if self.errors else entry

    def read_what_can_be(self) -> SetEntry:
        """The set as far as it can be read, mistakes noted in `errors`. For foreseeing while somebody types."""
        self.errors = {}
        absent = self._absent()
        values = self._values()
        if self.data.get("asleep_roused"):
            values, absent = _asleep(values, absent)
        mobility = self._of(Mobility, self._text("mobility"), "mobility")
        ticked = (self._of(Symptom, each, "symptoms") for each in self.data.getlist("symptoms"))
        return SetEntry(
            client_id=self._client_id(),
            observed_at=self._observed_at(),
            values=values,
            symptoms=tuple(Symptom(each) for each in ticked if each),
            mobility=Mobility(mobility) if mobility else None,
            comment=self._text("comment", at_most=2000),
            absent=absent,
            confirmed=confirmed_in(self.data),
            late_reason=self._text("late_reason", at_most=200),
            warning_symptoms=self._warning_symptoms(),
        )

    @property
    def with_patient(self) -> bool:
        """ "I am with the patient", ticked on saving."""
        return bool(self.data.get("with_patient"))

    @property
    def correction_reason(self) -> str:
        """Why an earlier set is corrected."""
        return self._text("correction_reason", at_most=200)

    @property
    def reasons(self) -> list[Reason]:
        """The mistakes as reasons."""
        return [Reason("unreadable", each, name) for name, found in self.errors.items() for each in found]

    def _nothing_is_left_out(self) -> None:
        """A field that nobody reads, or one of two values under one name, would be lost without a word."""
        for name, values in self.data.lists():
            if name not in _ONCE | _MANY:
                self._complain("", f"This page sent a field that Plateau does not know: {name[:40]}. Open it again.")
            elif name in _ONCE and len(values) > 1:
                self._complain(name, f"Two values came for {name.replace('_', ' ')}. Type it once.")
        for name in {each.partition("=")[0] for each in self.data.getlist("confirmed")} - set(LIMITS):
            self._complain("", f"{name[:40]} is not a value that can be confirmed.")

    def _values(self) -> Values:
        numbers: dict[str, Any] = {name: self._whole(name) for name in WHOLE}
        sedation = self._text("sedation")
        scale = self._of(SedationScale, self._text("sedation_scale"), "sedation") if sedation else ""
        consciousness = self._of(Consciousness, self._text("consciousness"), "consciousness")
        air = self._text("oxygen")
        if air not in _AIR:
            self._complain("oxygen", "Oxygen is air or oxygen.")
        return Values(
            **numbers,
            on_oxygen=_AIR.get(air),
            oxygen_l_per_min=self._decimal("oxygen_l_per_min"),
            temperature=self._decimal("temperature"),
            consciousness=Consciousness(consciousness) if consciousness else None,
            sedation_scale=SedationScale(scale) if scale else None,
            sedation=sedation or None,
        )

    def _absent(self) -> dict[Parameter, AbsentReason]:
        reasons = {each: self._of(AbsentReason, self._text(f"absent_{each}"), each) for each in Parameter}
        return {each: AbsentReason(reason) for each, reason in reasons.items() if reason}

    def _warning_symptoms(self) -> tuple[WarningSymptom, ...] | None:
        ticked = self.data.getlist("warning_symptoms")
        if not ticked:
            return None
        found = [self._of(WarningSymptom, each, "warning_symptoms") for each in ticked if each != NO_WARNING]
        if found and NO_WARNING in ticked:
            self._complain("warning_symptoms", "None of these, or which of them: it cannot be both.")
        return tuple(WarningSymptom(each) for each in found if each)

    def _text(self, name: str, *, at_most: int = 40) -> str:
        text = str(self.data.get(name, "")).strip()
        if len(text) > at_most:
            self._complain(name, f"At most {at_most} characters fit. You typed {len(text)}.")
        if "\0" in text:
            self._complain(name, "There is a character in it that cannot be stored.")
            return ""
        return text

    def _complain(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, []).append(sentence)

    def _whole(self, name: str) -> int | None:
        text = self._text(name)
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) <= 4:
            return int(text)
        self._complain(name, f"A whole number is needed. You typed {text}.")
        return None

    def _decimal(self, name: str) -> Decimal | None:
        text = self._text(name)
        if not text:
            return None
        if _DECIMAL.fullmatch(text):
            return Decimal(text.replace(",", "."))
        self._complain(name, f"A number is needed. You typed {text}.")
        return None

    def _of(self, known: Any, code: str, name: str) -> str:
        if not code or code in {str(each) for each in known}:
            return code
        self._complain(name, f"{code} is not one of the choices.")
        return ""

    def _client_id(self) -> uuid.UUID:
        try:
            return uuid.UUID(self._text("client_id"))
        except ValueError:
            self._complain("", "This page has lost its number. Open the form again; nothing was saved.")
            return uuid.uuid4()

    def _observed_at(self) -> datetime:
        """The ward's time that was typed, as an instant.

        The field knows minutes and no summer time; where it was left as it opened, the opening instant counts.
        """
        opened_at = _instant(self._text("opened_at"))
        typed = self._text("observed_at")
        if opened_at is not None and typed in ("", local_minute(opened_at, self._zone)):
            return opened_at
        try:
            naive = datetime.fromisoformat(typed) if _LOCAL.fullmatch(typed) else None
        except ValueError:
            naive = None
        if naive is None or naive.year not in _YEARS:
            self._complain("observed_at", "The time it was seen is needed, as date and time.")
            return opened_at or self._at
        return self._in_zone(naive)

    def _in_zone(self, naive: datetime) -> datetime:
        first, second = (naive.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if local_minute(first, self._zone) != naive.strftime("%Y-%m-%dT%H:%M"):
            self._complain("observed_at", "That time did not exist: the clock went forward.")
        # The hour that comes twice in autumn: the later one, unless it has not come yet.
        return second if second <= self._at else first


def confirmation(name: str, data: QueryDict) -> str:
    """What a ticked confirmation sends: the field with the value that somebody looked at again."""
    return f"{name}={str(data.get(name, '')).strip()}"


def confirmed_in(data: QueryDict) -> frozenset[str]:
    """The fields whose value, as it stands now, was confirmed; another value typed afterwards was not."""
    ticked = set(data.getlist("confirmed"))
    return frozenset(name for name in LIMITS if confirmation(name, data) in ticked)


def local_minute(at: datetime, zone: ZoneInfo) -> str:
    """The ward's time as the browser's field holds it."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None and at.year in _YEARS else None


def _asleep(values: Values, absent: dict[Parameter, AbsentReason]) -> tuple[Values, dict[Parameter, AbsentReason]]:
    """ "Asleep, roused easily": alert when roused, POSS S, and pain not asked, where nothing else was charted."""
    woken = values.consciousness or Consciousness.A
    if values.sedation is None:
        values = replace(values, sedation_scale=SedationScale.POSS, sedation="S")
    if values.pain is None and Parameter.PAIN not in absent:
        absent = {**absent, Parameter.PAIN: AbsentReason.ASLEEP}
    return replace(values, consciousness=woken), absent


class ActForm:
    """Reads what a tap or a short form on a page of its own sends; unsent, it holds nothing but a new name for the act."""

    def __init__(self, data: QueryDict | None) -> None:
        self._data = data

    def said(self, name: str) -> str:
        """What was sent under this name; empty where nothing was."""
        return str(self._data.get(name, "")).strip() if self._data is not None else ""

    def text(self) -> str:
        """The words that were typed; how long they may be, the act says."""
        return self.said("text").replace("\0", "")

    def client_id(self) -> uuid.UUID:
        """The act's own name, so that a double tap is one act; a new one where none was sent. `Malformed` for no such name."""
        if self._data is None or not self.said("client_id"):
            return uuid.uuid4()
        try:
            return uuid.UUID(self.said("client_id"))
        except ValueError:
            raise _unreadable() from None

    def dose(self) -> Decimal:
        """A dose in mg/kg/h; `Malformed` for no number."""
        if not _DOSE.fullmatch(self.said("dose")):
            raise _unreadable()
        return Decimal(self.said("dose"))

    def minutes(self) -> int:
        """Whole minutes; `Malformed` for no such number."""
        text = self.said("minutes")
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise _unreadable()
        return int(text)

    def event(self) -> Rule:
        """An event of the stop list; `Malformed` for anything else."""
        if self.said("kind") not in set(STOP_LIST):
            raise _unreadable()
        return Rule(self.said("kind"))

    def note_kind(self) -> AlertNoteKind:
        """A note where nothing else was chosen; `Malformed` for what a person cannot choose."""
        kind = self.said("kind") or AlertNoteKind.NOTE
        if kind not in NOTE_KINDS:
            raise _unreadable()
        return AlertNoteKind(kind)


def _unreadable() -> Malformed:
    return Malformed("malformed", "This page sent something that cannot be read. Nothing was saved; open it again.")
