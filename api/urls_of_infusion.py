"""The addresses of protocols, orders, titration, the pump and its bags, and of one's own PIN."""

from django.urls import path

from api.views import (
    bags,
    course,
    me,
    orders,
    protocols,
    pump,
    pump_afterwards,
    pump_history,
    second_person,
    targets,
    titration,
)

_STAY = "v1/admissions/<id:admission_id>/"

urlpatterns = [
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
    path(f"{_STAY}set-backs/", pump_afterwards.SetBacks.as_view(), name="set_backs"),
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
    path(f"{_STAY}second-person-calls/", second_person.SecondPersonCalls.as_view(), name="second_person_calls"),
    path("v1/pump-checks/<id:check_id>/readings/", second_person.PumpCheckReadings.as_view(), name="pump_check"),
    path(f"{_STAY}course/", course.Course.as_view(), name="course"),
    path(f"{_STAY}tasks/", course.Tasks.as_view(), name="tasks"),
    path(f"{_STAY}hold-ends/", targets.HoldEnds.as_view(), name="hold_ends"),
    path(f"{_STAY}bag-changes/", bags.BagChanges.as_view(), name="bag_changes"),
    path(f"{_STAY}bag-closings/", bags.BagClosings.as_view(), name="bag_closings"),
    path(f"{_STAY}targets/", targets.Targets.as_view(), name="targets"),
    path(f"{_STAY}bags/", bags.Bags.as_view(), name="bags"),
    path("v1/me/pin/", me.Pin.as_view(), name="own_pin"),
    path("v1/protocols/", protocols.Protocols.as_view(), name="protocols"),
    path("v1/protocols/shipped/", protocols.ShippedProtocols.as_view(), name="shipped_protocols"),
    path("v1/protocols/<id:protocol_id>/", protocols.OneProtocol.as_view(), name="protocol"),
    path("v1/protocols/<id:protocol_id>/signatures/", protocols.ProtocolSignatures.as_view(), name="sign_protocol"),
    path("v1/protocols/<id:protocol_id>/retirements/", protocols.ProtocolRetirements.as_view(), name="retire_protocol"),
]
