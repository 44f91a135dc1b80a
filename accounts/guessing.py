"""What is kept of a name that somebody tried to sign in with: enough to count guesses, never the name itself.

People type their password where the name belongs.
"""

import unicodedata
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def key_of(name: str) -> str:
    """The same key for every spelling that signs the same person in ("Nurse1", "nur\u017fe1"); it tells no name back.

    Upper case first: the database finds people by it, and it maps letters that folding keeps apart.
    """
    plain = unicodedata.normalize("NFKC", name).strip().upper().casefold()
    return salted_hmac("accounts.guessing", plain, algorithm="sha256").hexdigest()[:32]


def axes_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """By what the lock-out counts (`AXES_USERNAME_CALLABLE`)."""
    source: Any = credentials or (request.POST if request is not None else {})
    name = source.get("username")
    return None if name is None else key_of(str(name))
