"""The addresses of the API. An id that no row can have (`core.addresses`) is no address."""

from django.urls import path, re_path

from api import urls_of_stays
from api.views import (
    alerts,
    bags,
    description,
    me,
    orders,
    prompts,
    protocols,
    pump,
    pump_afterwards,
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
    path(
        "v1/increase-requests/<id:request_id>/withdrawals/",
        titration.RequestWithdrawals.as_view(),
        name="request_withdrawals",
    ),
    path(
        "v1/increase-requests/<id:request_id>/rejections/",
        titration.RequestRejections.as_view(),
        name="request_rejections",
    ),
    path(f"{_STAY}restart-approvals/", titration.RestartApprovals.as_view(), name="restart_approvals"),
    path("v1/approvals/<id:approval_id>/overrides/", titration.Overrides.as_view(), name="overrides"),
    path(f"{_STAY}approvals/", titration.Approvals.as_view(), name="approvals"),
    path(f"{_STAY}starts/", pump.Starts.as_view(), name="starts"),
    path(f"{_STAY}increases/", pump.Increases.as_view(), name="increases"),
    path(f"{_STAY}decreases/", pump.Decreases.as_view(), name="decreases"),
    path(f"{_STAY}pauses/", pump.Pauses.as_view(), name="pauses"),
    path(f"{_STAY}resumptions/", pump.Resumptions.as_view(), name="resumptions"),
    path(f"{_STAY}stops/", pump.Stops.as_view(), name="stops"),
    path(f"{_STAY}found-rates/", pump_afterwards.Found.as_view(), name="found_rates"),
    path(f"{_STAY}later-entries/", pump_afterwards.LaterEntries.as_view(), name="later_entries"),
    path(
        "v1/delivery-events/<id:event_id>/corrections/",
        pump_afterwards.EventCorrections.as_view(),
        name="event_corrections",
    ),
    path("v1/delivery-events/<id:event_id>/reasons/", pump_afterwards.EventReasons.as_view(), name="event_reasons"),
    path(
        "v1/delivery-events/<id:event_id>/withdrawals/",
        pump_afterwards.EventWithdrawals.as_view(),
        name="event_withdrawals",
    ),
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
    *urls_of_stays.urlpatterns,
    path("schema/", description.Schema.as_view(), name="schema"),
    path("docs/", description.docs, name="docs"),
    re_path(r"", description.Nowhere.as_view(), name="nowhere"),
]
