"""The addresses of the API. An id that no row can have (`core.addresses`) is no address."""

from django.urls import path, re_path

from api.views import (
    alerts,
    bags,
    description,
    me,
    orders,
    prompts,
    protocols,
    pump_history,
    sets,
    targets,
    titration,
)

_STAY = "v1/admissions/<id:admission_id>/"

app_name = "api"
urlpatterns = [
    path("v1/admissions/<id:admission_id>/sets/", sets.Sets.as_view(), name="sets"),
    path("v1/sets/<id:set_id>/corrections/", sets.Corrections.as_view(), name="corrections"),
    path("v1/admissions/<id:admission_id>/prompts/", prompts.Prompts.as_view(), name="prompts"),
    path("v1/admissions/<id:admission_id>/alerts/", alerts.AlertsOfStay.as_view(), name="alerts_of_stay"),
    path("v1/wards/<id:ward_id>/alerts/", alerts.AlertsOfWard.as_view(), name="alerts_of_ward"),
    path("v1/alerts/<id:alert_id>/acknowledgements/", alerts.Acknowledgements.as_view(), name="acknowledgements"),
    path(f"{_STAY}orders/", orders.Orders.as_view(), name="orders"),
    path(f"{_STAY}course-ends/", orders.CourseEnds.as_view(), name="course_ends"),
    path(f"{_STAY}gate/", titration.Gate.as_view(), name="gate"),
    path(f"{_STAY}increase-requests/", titration.IncreaseRequests.as_view(), name="increase_requests"),
    path(f"{_STAY}approvals/", titration.Approvals.as_view(), name="approvals"),
    path(f"{_STAY}delivery-events/", pump_history.DeliveryEvents.as_view(), name="delivery_events"),
    path(f"{_STAY}segments/", pump_history.Segments.as_view(), name="segments"),
    path(f"{_STAY}double-checks/", pump_history.DoubleChecks.as_view(), name="double_checks"),
    path(f"{_STAY}pump-checks/", pump_history.PumpChecks.as_view(), name="pump_checks"),
    path(f"{_STAY}signatures/", pump_history.Signatures.as_view(), name="signatures"),
    path(f"{_STAY}targets/", targets.Targets.as_view(), name="targets"),
    path(f"{_STAY}bags/", bags.Bags.as_view(), name="bags"),
    path("v1/me/pin/", me.Pin.as_view(), name="own_pin"),
    path("v1/protocols/", protocols.Protocols.as_view(), name="protocols"),
    path("v1/protocols/shipped/", protocols.ShippedProtocols.as_view(), name="shipped_protocols"),
    path("v1/protocols/<id:protocol_id>/", protocols.OneProtocol.as_view(), name="protocol"),
    path("v1/protocols/<id:protocol_id>/signatures/", protocols.ProtocolSignatures.as_view(), name="sign_protocol"),
    path("v1/protocols/<id:protocol_id>/retirements/", protocols.ProtocolRetirements.as_view(), name="retire_protocol"),
    path("schema/", description.Schema.as_view(), name="schema"),
    path("docs/", description.docs, name="docs"),
    re_path(r"", description.Nowhere.as_view(), name="nowhere"),
]
