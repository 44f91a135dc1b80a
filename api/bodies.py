"""What many acts are sent with: the sender's own name for it, a reading of the pump, and who signs for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample

from accounts.actor import Actor
from accounts.signing import Signed, with_password, witness
from api.fields import Instant, Name, Quantity, RowId, Secret, Strict, Text
from infusion.domain.double_check import PumpReading
from monitoring.domain.values import Limit

# What an example shows in the place of a secret.
SECRET_IN_EXAMPLES = "…"
CLIENT_ID = "c5a8c0de-8f0f-4d8e-9b5f-0d7d8b0b6c01"


# What the record can hold; which of it is right is the domain's to say.
DOSE = Limit("Dose", "mg/kg/h", Decimal(0), Decimal("9999.9999"), places=4)
RATE = Limit("Rate", "mL/h", Decimal(0), Decimal("99999.99"), places=2)
CONCENTRATION = Limit("Concentration", "mg/mL", Decimal(0), Decimal("9999.999"), places=3)
VOLUME = Limit("Volume", "mL", Decimal(0), Decimal("99999.99"), places=2)


PAIN = Limit("Pain of an awake patient", "", Decimal(0), Decimal(10))
VALIDITY = Limit("Validity", "min", Decimal(1), Decimal(1440))


def example(name: str, **value: Any) -> OpenApiExample:
    """A body as it may be sent."""
    return OpenApiExample(name, value=value, request_only=True)


def minutes(number: int | None) -> timedelta | None:
    """A span that was sent in whole minutes."""
    return None if number is None else timedelta(minutes=number)


def made_at(instant: datetime, at: datetime) -> int:
    """201 for what was made just now, 200 for what the same request made before."""
    return 201 if instant == at else 200


class Posting(Strict):
    """Something new."""

    client_id = Name(help_text="The sender's own name for this: sent again with the same content, it is one row.")


class Signing(Strict):
    """An act that takes one's own password, typed for it."""

    password = Secret(help_text="Your own password. Five wrong ones in a row lock your signing for 5 min.")


class Seen(Strict):
    """An edit of what others edit, too."""

    seen_version = RowId(help_text="`version` of the order in force as you saw it; another one is refused with 409.")


class Witnessing(Strict):
    """The second person, who types this themselves."""

    username = Text(max_length=150, help_text="Their own sign-in name.")
    secret = Secret(help_text="Their password or six-digit PIN. Five wrong PINs in a row lock it.")


class Reading(Strict):
    """What one person reads on the pump and on the bag."""

    rate_ml_per_h = Quantity(RATE, required=True, allow_null=False)
    concentration_mg_per_ml = Quantity(CONCENTRATION, required=True, allow_null=False)


class SecondReading(Witnessing, Reading):
    """What the second person reads, blind, and who they are."""


class Effective(Posting):
    """An act at the pump."""

    effective_at = Instant(help_text="When it was done at the pump, with the offset from UTC.")


class MadeSafe(Posting):
    """What is recorded at once: nobody has to say when."""

    effective_at = Instant(
        required=False, allow_null=True, default=None, help_text="When it was done at the pump; left out, it was now."
    )


def dose_field(**kwargs: Any) -> Quantity:
    """A dose that has to be said."""
    return Quantity(DOSE, **{"required": True, "allow_null": False, **kwargs})


def note_field(most: int = 200, **kwargs: Any) -> Text:
    """Words that may be left out."""
    return Text(**{"required": False, "default": "", "allow_blank": True, "max_length": most, **kwargs})


def pump_field(**kwargs: Any) -> Text:
    """Which pump."""
    return note_field(40, help_text="The pump's own name or number.", **kwargs)


def reading_of(sent: Mapping[str, Any]) -> PumpReading:
    """A reading as the double check compares it."""
    return PumpReading(sent["rate_ml_per_h"], sent["concentration_mg_per_ml"])


def signed_by(by: Actor, sent: Mapping[str, Any], *, at: datetime) -> Signed:
    """Who asks, with the password that they sent; before any lock."""
    return with_password(by, sent["password"], at=at)


def witnessed(by: Actor, sent: Mapping[str, Any], *, at: datetime, field: str = "witness") -> Signed:
    """The second person, whose name and secret came as `field`; before any lock."""
    return witness(sent["username"], sent["secret"], by=by, at=at, field=field)
