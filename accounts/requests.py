"""From a request to the person behind it."""

from django.http import HttpRequest

from accounts.actor import Actor, Channel
from accounts.models import User


def actor_of(request: HttpRequest, channel: Channel = Channel.PAGE) -> Actor:
    """Who is asking, for an action's `by`. Only for requests of signed-in people."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("nobody is signed in: the view must be guarded")
    return Actor.person(user, channel=channel, request_id=request_id(request))


def request_id(request: HttpRequest) -> str:
    """The request's name in logs and in the trail."""
    return str(request.META.get("plateau.request_id", ""))
