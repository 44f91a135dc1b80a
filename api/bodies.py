"""What many acts are sent with: the sender's own name for it, a reading of the pump, and who signs for it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.actor import Actor
from accounts.signing import Signed, with_password, witness
from api.fields import Name, Secret, Strict, Text

# What an example shows in the place of a secret.
SECRET_IN_EXAMPLES = "…"


class Posting(Strict):
    """Something new."""

    client_id = Name(help_text="The sender's own name for this: sent again with the same content, it is one row.")


class Signing(Strict):
    """An act that takes one's own password, typed for it."""

    password = Secret(help_text="Your own password. Five wrong ones in a row lock your signing for 5 min.")


class Witnessing(Strict):
    """The second person, who types this themselves."""

    username = Text(max_length=150, help_text="Their own sign-in name.")
    secret = Secret(help_text="Their password or six-digit PIN. Five wrong PINs in a row lock it.")


def signed_by(by: Actor, sent: Mapping[str, Any], *, at: datetime) -> Signed:
    """Who asks, with the password that they sent; before any lock."""
    return with_password(by, sent["password"], at=at)


def witnessed(by: Actor, sent: Mapping[str, Any], *, at: datetime) -> Signed:
    """The second person that `by` sent the name and secret of; before any lock."""
    return witness(sent["username"], sent["secret"], by=by, at=at)
