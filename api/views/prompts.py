"""What is due."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from api import answers
from api.describing import described
from api.operation import Operation, query
from api.paging import Paged, page
from api.shapes import prompt_shape
from audit.trail import record
from core import clock
from monitoring.domain.watching import PromptKind
from monitoring.models import Prompt, PromptState
from patients.selectors import visible_admission


class PromptsAsked(Paged):
    """Which prompts."""

    state = serializers.ChoiceField(
        choices=[*PromptState.values, "all"],
        default=PromptState.OPEN.value,
        error_messages={"invalid_choice": f"must be one of {', '.join(PromptState.values)}, all."},
    )
    kind = serializers.ChoiceField(
        choices=[*map(str, PromptKind), "all"],
        default="all",
        error_messages={"invalid_choice": f"must be one of {', '.join(PromptKind)}, all."},
    )


class Prompts(Operation):
    """The prompts of one stay."""

    permission = Permission.VIEW_WARD

    @described("list_prompts", tag="prompts", parameters=[PromptsAsked], answers={200: answers.ListedPrompts})
    def get(self, request: Request, admission_id: int) -> Response:
        """What is due for a patient, latest due first; how late it is, is counted at reading."""
        asked, by, at = query(PromptsAsked, request), self.by, clock.now()
        admission = visible_admission(admission_id, by=by)
        record("prompts.viewed", by=by, admission_id=admission.pk, patient_id=admission.patient_id)
        prompts = Prompt.objects.filter(admission=admission)
        if asked["state"] != "all":
            prompts = prompts.filter(state=asked["state"])
        if asked["kind"] != "all":
            prompts = prompts.filter(kind=asked["kind"])
        found = page(prompts, asked, by="due_at")
        return Response(found.shape(request, [prompt_shape(row, at=at) for row in found.rows]))
