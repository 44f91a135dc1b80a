"""What concerns only oneself."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from accounts.signing import set_pin
from api import answers
from api.bodies import SECRET_IN_EXAMPLES, Signing, example
from api.describing import WRITING, described
from api.fields import Secret
from api.operation import Operation, body
from core import clock


class PinToSet(Signing):
    """One's own PIN for witnessing at a bedside."""

    pin = Secret(help_text="Six digits, neither all the same nor counting up or down.")


class Pin(Operation):
    """One's own PIN."""

    permission = Permission.WITNESS

    @described(
        "set_own_pin",
        tag="people",
        takes=PinToSet,
        answers={200: answers.Done},
        refused=WRITING,
        examples=[example("A new PIN", password=SECRET_IN_EXAMPLES, pin=SECRET_IN_EXAMPLES)],
    )
    def post(self, request: Request) -> Response:
        """Set the six digits with which one witnesses at a bedside; it also opens a PIN that was locked."""
        sent = body(PinToSet, request)
        set_pin(self.by, password=sent["password"], pin=sent["pin"], at=clock.now())
        return Response({"sentence": "Your PIN is set."})
