"""Sign-in and sign-out."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.decorators import needs, open_to_all
from accounts.models import User
from accounts.roles import Permission


class NameAndPassword(AuthenticationForm):
    """What the door asks for. Django's own form takes a name of any length, up to the database's refusal."""

    username = UsernameField(max_length=User._meta.get_field("username").max_length)


class SignIn(LoginView):
    """Name and password. A wrong pair says so without telling which of the two was wrong."""

    template_name = "accounts/sign_in.html"
    authentication_form = NameAndPassword
    redirect_authenticated_user = False


class SignOut(LogoutView):
    """Ends the session. Only by POST, so that a link cannot sign anybody out."""

    http_method_names = ["post", "options"]


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """Five wrong passwords for this name from this address: wait five minutes."""
    return render(request, "accounts/locked_out.html", status=429)


sign_in = open_to_all(SignIn.as_view())
sign_out = needs(Permission.SIGN_IN)(SignOut.as_view())
