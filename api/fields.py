"""Fields that take what they say and nothing that merely looks like it. Messages go on from the field's name."""

import difflib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from drf_spectacular.drainage import set_override
from rest_framework import serializers
from rest_framework.fields import empty

from core.addresses import LARGEST_ID
from monitoring.domain.values import Limit

_UNKNOWN_AT_MOST = 20
_NAME_AT_MOST = 40
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_YEARS = range(1900, 2200)
_LARGEST = 999_999  # beyond every instrument; what a living patient can have is the domain's to say

_MISSING = {"required": "is missing.", "null": "must not be null."}


class Strict(serializers.Serializer[Any]):
    """A JSON object with these fields and no others: a mistyped name is a value that nobody would ever see."""

    default_error_messages = {**_MISSING, "invalid": "must be a JSON object."}

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown names together with whatever else is wrong."""
        unknown = [name for name in data if name not in self.fields] if isinstance(data, Mapping) else []
        errors: dict[str, Any] = {
            name[:_NAME_AT_MOST]: [serializers.ErrorDetail(self._hint(name), "unknown_field")]
            for name in unknown[:_UNKNOWN_AT_MOST]
        }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            found = error.detail if isinstance(error.detail, dict) else {}
            raise serializers.ValidationError({**errors, **found}) from error
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def _hint(self, name: str) -> str:
        close = difflib.get_close_matches(name[:_NAME_AT_MOST], list(self.fields), n=1)
        return "is not a field here." + (f" Is {close[0]} meant?" if close else "")


class Whole(serializers.IntegerField):
    """A whole number; neither text nor true or false. `of` is the domain's limit, for the description."""

    default_error_messages = {**_MISSING, "invalid": "must be a whole number, without quotes."}

    def __init__(self, of: Limit, **kwargs: Any) -> None:
        self.limit = of
        super().__init__(**{"required": False, "allow_null": True, "help_text": _span(of), **kwargs})
        span = {"minimum": int(of.least), "maximum": int(of.most)}
        set_override(self, "field", {"type": "integer", **span, "nullable": self.allow_null})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, Decimal) and abs(data) <= _LARGEST and data == data.to_integral_value():
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int) or abs(data) > _LARGEST:
            self.fail("invalid")
        return data


class RowId(serializers.IntegerField):
    """The `id` or version of something, as an answer gave it; neither text nor true or false."""

    default_error_messages = {
        **_MISSING,
        "invalid": "must be the id of one, a whole number without quotes.",
        "min_value": "must be the id of one, a whole number without quotes.",
        "max_value": "must be the id of one, a whole number without quotes.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Exact(serializers.Field[Decimal, Any, str, Any]):
    """A decimal number, as a JSON number or, exactly as an instrument shows it, as text: 36.8 or "36.8"."""

    default_error_messages = {**_MISSING, "invalid": 'must be a number such as 36.8 or "36.8".'}

    def __init__(self, of: Limit, **kwargs: Any) -> None:
        self.limit = of
        super().__init__(**{"required": False, "allow_null": True, "help_text": _span(of), **kwargs})
        number = {"type": "number", "minimum": float(of.least), "maximum": float(of.most)}
        digits = max(3, len(f"{of.most:.0f}"))
        text = {"type": "string", "pattern": rf"^\d{{1,{digits}}}(\.\d{{1,{of.places}}})?$"}
        set_override(self, "field", {"oneOf": [number, text], "nullable": self.allow_null})

    def to_internal_value(self, data: Any) -> Decimal:
        """36.80 and 36.8 are the same reading, so that sent again they are the same content."""
        if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
            self.fail("invalid")
        if isinstance(data, str) and not _NUMBER.fullmatch(data):
            self.fail("invalid")
        try:
            number = Decimal(data)
            if abs(number) > _LARGEST:
                self.fail("invalid")
            rounded = number.quantize(Decimal(1).scaleb(-self.limit.places))
        except InvalidOperation:
            self.fail("invalid")
        if not number:
            return abs(rounded)  # -0 is 0
        return rounded if rounded == number else number

    def to_representation(self, value: Decimal) -> str:
        return str(value)


class Quantity(Exact):
    """A decimal number that the record can hold exactly: within its limits, and no finer than it is kept."""

    default_error_messages = {
        "outside": "must be a number from {least} to {most}.",
        "too_fine": "must have at most {places} places after the point.",
    }

    def to_internal_value(self, data: Any) -> Decimal:
        number = super().to_internal_value(data)
        if not self.limit.is_possible(number):
            self.fail("outside", least=self.limit.least, most=self.limit.most)
        places = -int(number.normalize().as_tuple().exponent)
        if places > self.limit.places:
            self.fail("too_fine", places=self.limit.places)
        return number


class Flag(serializers.BooleanField):
    """true or false, not "yes", not 1."""

    default_error_messages = {**_MISSING, "invalid": "must be true or false, without quotes."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Word(serializers.ChoiceField):
    """One of the ward's words, as text (a sedation level or ACVPU letter is a code, never a number)."""

    default_error_messages = {**_MISSING, "invalid_choice": "must be one of {allowed}."}

    def __init__(self, words: type[StrEnum] | tuple[StrEnum, ...], **kwargs: Any) -> None:
        self.words = tuple(words)
        super().__init__(choices=[word.value for word in self.words], **kwargs)

    def to_internal_value(self, data: Any) -> StrEnum:
        found = next((word for word in self.words if isinstance(data, str) and word.value == data), None)
        if found is None:
            self.fail("invalid_choice", allowed=", ".join(word.value for word in self.words))
        return found


class Text(serializers.CharField):
    """Text, trimmed; a number is not text."""

    default_error_messages = {
        **_MISSING,
        "invalid": "must be text, in quotes.",
        "blank": "must not be empty.",
        "max_length": "must be at most {max_length} characters long.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)

    def run_validation(self, data: Any = empty) -> Any:
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            if "null_characters_not_allowed" in (error.get_codes() or ()):
                raise serializers.ValidationError("must not contain the null character.", "invalid") from error
            raise


class Secret(Text):
    """A password or PIN: taken as it was typed, never trimmed, never answered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=200, write_only=True, **kwargs)
        set_override(self, "field", {"type": "string", "format": "password", "maxLength": 200, "writeOnly": True})


class Instant(serializers.DateTimeField):
    """A time with its offset from UTC. A time without one is refused: nobody can say which hour of the night it was."""

    default_error_messages = {
        **_MISSING,
        "invalid": "must be a time with its offset from UTC, such as 2026-09-22T08:15:00Z or 2026-09-22T04:15:00-04:00.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            self.fail("invalid")
        try:
            instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")
        if instant.year not in _YEARS:
            self.fail("invalid")
        return instant


class Day(serializers.DateField):
    """A day of the calendar."""

    default_error_messages = {**_MISSING, "invalid": "must be a day such as 2027-01-31."}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if day.year not in _YEARS:
            self.fail("invalid")
        return day


class Name(serializers.UUIDField):
    """A UUID in its usual writing; the sender's own name for what it sends."""

    default_error_messages = {
        **_MISSING,
        "invalid": "must be a UUID such as 0b6ad0f4-3c3e-4b9b-9f0e-0a6f5a3a2f11.",
    }

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("invalid")
        return uuid.UUID(data)


class Content(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """A JSON object whose inside somebody else judges."""

    default_error_messages = {**_MISSING, "invalid": "must be a JSON object."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        set_override(self, "field", {"type": "object", "additionalProperties": True})

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class Reasons(serializers.DictField):
    """A reason in words by the code of what it opens."""

    child = Text(max_length=500)
    default_error_messages = {**_MISSING, "not_a_dict": "must be a JSON object."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "default": dict, **kwargs})

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, dict) and any(len(code) > _NAME_AT_MOST for code in data):
            raise serializers.ValidationError("has a code that the gate never says.", "unknown_field")
        reasons: dict[str, str] = super().to_internal_value(data)
        return reasons


class Several(serializers.ListField):
    """A list without order and doubles."""

    default_error_messages = {
        **_MISSING,
        "not_a_list": "must be a list.",
        "max_length": "must have at most {max_length} entries.",
    }


def _span(limit: Limit) -> str:
    """The help text of a number: its unit, what can be charted, and what takes a confirmation."""
    words = f"{limit.words}{f' in {limit.unit}' if limit.unit else ''}: {limit.least} to {limit.most}."
    if limit.sure_from is None and limit.sure_until is None:
        return words
    sure = " or ".join(
        filter(
            None,
            (
                f"below {limit.sure_from}" if limit.sure_from is not None else "",
                f"above {limit.sure_until}" if limit.sure_until is not None else "",
            ),
        )
    )
    return f"{words} Rare ones ({sure}) are named in `confirmed`."
