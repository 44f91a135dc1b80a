"""Sign-ins, sign-outs and failures leave an entry in the trail."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.actor import Actor, Channel
from accounts.guessing import key_of
from accounts.models import User
from accounts.requests import request_id
from audit.trail import record


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("person.signed_in", by=Actor.person(user, channel=Channel.PAGE, request_id=request_id(request)))


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record("person.signed_out", by=Actor.person(user, channel=Channel.PAGE, request_id=request_id(request)))


@receiver(user_login_failed)
def failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """At whose door: the person's id, or for a name that nobody has a key by which guesses can be counted.

    Never what was typed: people type their password where the name belongs.
    """
    tried = str(credentials.get("username", ""))
    person = User.objects.filter(username__iexact=tried).values_list("pk", flat=True).first()
    content = {"name_key": key_of(tried)} if person is None else {"person": person}
    if request is not None:
        content["address"] = request.META.get("REMOTE_ADDR", "")
    record("person.sign_in_failed", by=Actor.process("sign-in", channel=Channel.PAGE), content=content)
