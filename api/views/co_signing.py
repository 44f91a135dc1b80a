"""Very late entries of nurses: which await another's name, and putting one's own beside them."""

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import answers, watching_answers
from api.bodies import CLIENT_ID, Posting, example
from api.describing import WRITING, described
from api.naming import with_names
from api.operation import Operation, body, query
from api.paging import Paged, page
from api.shapes import set_shape
from api.watching_shapes import co_signature_shape
from audit.trail import record
from core import clock
from monitoring.actions import co_sign_set
from monitoring.models import ObservationSet
from monitoring.selectors.watching import sets_awaiting_co_signature
from patients.selectors import visible_admission


class AwaitingCoSignature(Operation):
    """The sets of one stay that await a co-signature."""

    permission = Permission.VIEW_WARD

    @described(
        "list_sets_awaiting_co_signature", tag="sets", parameters=[Paged], answers={200: answers.ListedSets}
    )  # fmt: skip
    def get(self, request: Request, admission_id: int) -> Response:
        """What nurses charted more than 12 h after it was seen and nobody has stood beside yet; newest first."""
        asked, by = query(Paged, request), self.by
        admission = visible_admission(admission_id, by=by)
        record("sets.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        rows = ObservationSet.objects.filter(pk__in=sets_awaiting_co_signature(admission.pk))
        found = page(rows.annotate(recorder=F("recorded_by__display_name")), asked, by="observed_at")
        results = [set_shape(row, recorded_by=row.recorder or "", corrected_by_id=None) for row in found.rows]
        return Response(found.shape(request, results))


class CoSignatures(Operation):
    """The co-signature of one set."""

    permission = Permission.CO_SIGN

    @described(
        "co_sign_set",
        tag="sets",
        takes=Posting,
        answers={200: watching_answers.CoSignature, 201: watching_answers.CoSignature},
        refused=WRITING,
        examples=[example("Co-signed", client_id=CLIENT_ID)],
    )
    def post(self, request: Request, set_id: int) -> Response:
        """Put one's name beside another's entry of what was seen more than 12 h before."""
        sent, by, at = body(Posting, request), self.by, clock.now()
        row = co_sign_set(set_id, client_id=sent["client_id"], by=by, at=at)
        with_names(row, by)
        return Response(co_signature_shape(row), status=200 if row.sent_again else 201)
