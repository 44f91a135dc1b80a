"""A set as the API takes it, and the entry that it means."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.fields import Exact, Flag, Instant, Name, Several, Strict, Text, Whole, Word
from core.errors import Reason, Refused
from monitoring.domain.entry import SetEntry
from monitoring.domain.values import (
    LIMITS,
    AbsentReason,
    Consciousness,
    Mobility,
    Parameter,
    SedationScale,
    Source,
    Symptom,
    Values,
    WarningSymptom,
)

# UCUM codes (DOMAIN 8). Nothing is converted: a value in another unit is refused, never guessed at.
UNITS: dict[str, str] = {
    "heart_rate": "/min",
    "systolic": "mm[Hg]",
    "diastolic": "mm[Hg]",
    "respiratory_rate": "/min",
    "spo2": "%",
    "oxygen_l_per_min": "L/min",
    "temperature": "Cel",
    "psychotomimetic": "{score}",
    "pain": "{score}",
}
# The other two come by commands of this installation, never from outside.
SOURCES = (Source.BEDSIDE, Source.ESCORT, Source.MONITOR, Source.DOWNTIME)
_VALUES = tuple(Values.__dataclass_fields__)


class Absent(Strict):
    """Why a parameter has no value."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {parameter.value: Word(AbsentReason, required=False) for parameter in Parameter}


class Units(Strict):
    """The UCUM code of the unit in which each value was measured, where the sender wants it checked."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {
            name: Text(required=False, max_length=20, help_text=f"`{code}` and nothing else")
            for name, code in UNITS.items()
        }


class SetContent(Strict):
    """One observation set. Any subset of values may be sent; null is the same as leaving it out: not observed."""

    client_id = Name(help_text="The sender's own name for this set: sent again with the same content, it is one row.")
    observed_at = Instant(help_text="When it was seen at the bedside, with the offset from UTC.")
    heart_rate = Whole(LIMITS["heart_rate"])
    systolic = Whole(LIMITS["systolic"])
    diastolic = Whole(LIMITS["diastolic"])
    respiratory_rate = Whole(LIMITS["respiratory_rate"])
    spo2 = Whole(LIMITS["spo2"])
    on_oxygen = Flag(required=False, allow_null=True, help_text="false: air")
    oxygen_l_per_min = Exact(LIMITS["oxygen_l_per_min"])
    temperature = Exact(LIMITS["temperature"])
    consciousness = Word(Consciousness, required=False, allow_null=True, help_text="ACVPU")
    sedation_scale = Word(SedationScale, required=False, allow_null=True)
    sedation = Text(
        required=False, allow_null=True, max_length=2, help_text="The code: POSS S, 1 to 4; RASS -5 to +4. Text."
    )
    psychotomimetic = Whole(LIMITS["psychotomimetic"])
    pain = Whole(LIMITS["pain"])
    symptoms = Several(child=Word(Symptom), required=False, default=list, max_length=len(Symptom))
    warning_symptoms = Several(
        child=Word(WarningSymptom),
        required=False,
        allow_null=True,
        default=None,
        max_length=len(WarningSymptom),
        help_text="Asked where the systolic pressure is red. Left out or null: not asked; empty: none of them.",
    )
    mobility = Word(Mobility, required=False, allow_null=True)
    comment = Text(required=False, default="", allow_blank=True, max_length=2000)
    absent = Absent(required=False, default=dict, help_text="Why a parameter has no value, by parameter.")
    confirmed = Several(
        child=serializers.ChoiceField(
            choices=list(LIMITS), error_messages={"invalid_choice": "is not a value that can be confirmed."}
        ),
        required=False,
        default=list,
        max_length=len(LIMITS),
        help_text="The rare values that a person looked at again.",
    )
    late_reason = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Why a set seen more than 30 min ago is charted only now.",
    )
    source = Word(  # type: ignore[assignment]  # also the name of a field's own property
        SOURCES,
        required=False,
        default=Source.BEDSIDE,
        help_text="downtime: written on paper meanwhile; escort: off the ward",
    )
    units = Units(required=False, default=dict)


class SetToRecord(SetContent):
    """A set, and whether whoever charts it stays with the patient."""

    with_patient = Flag(
        required=False,
        default=False,
        help_text="true: I am with the patient. It acknowledges the alerts that rest on this set and ring.",
    )


class SetCorrection(SetContent):
    """The whole set as it should have been: what is left out here is not observed in the new version either."""

    correction_reason = Text(max_length=200, allow_blank=True, help_text="Why it is corrected; never empty.")


def entry_of(data: Mapping[str, Any]) -> SetEntry:
    """The entry that the domain judges. `Refused` with every value whose unit is not ours."""
    _must_be_our_units(data["units"])
    warned = data["warning_symptoms"]
    return SetEntry(
        client_id=data["client_id"],
        observed_at=data["observed_at"],
        values=Values(**{name: data.get(name) for name in _VALUES}),
        symptoms=tuple(sorted(set(data["symptoms"]))),
        warning_symptoms=None if warned is None else tuple(sorted(set(warned))),
        mobility=data.get("mobility"),
        comment=data["comment"],
        absent={Parameter(name): why for name, why in data["absent"].items()},
        confirmed=frozenset(data["confirmed"]),
        late_reason=data["late_reason"],
        source=data["source"],
    )


def _must_be_our_units(units: Mapping[str, str]) -> None:
    reasons = [
        Reason("wrong_unit", f"{LIMITS[name].words} is taken in {UNITS[name]} (UCUM), not in {unit}.", name)
        for name, unit in units.items()
        if unit != UNITS[name]
    ]
    if reasons:
        sentence = "Nothing is saved: values are not converted." if len(reasons) > 1 else reasons[0].sentence
        raise Refused("wrong_unit", sentence, reasons)
