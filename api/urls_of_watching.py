"""The addresses of events, own limits and intervals, looks, time off the ward, co-signatures."""

from django.urls import path

from api.views import co_signing, events, looks, off_ward, own_rules

_STAY = "v1/admissions/<id:admission_id>/"

urlpatterns = [
    path(f"{_STAY}adverse-events/", events.AdverseEvents.as_view(), name="adverse_events"),
    path(
        "v1/adverse-events/<id:event_id>/withdrawals/",
        events.EventWithdrawals.as_view(),
        name="adverse_event_withdrawals",
    ),
    path(f"{_STAY}limits/", own_rules.Limits.as_view(), name="limits"),
    path("v1/limits/<id:limit_id>/endings/", own_rules.LimitEndings.as_view(), name="limit_endings"),
    path(f"{_STAY}set-intervals/", own_rules.SetIntervals.as_view(), name="set_intervals"),
    path(
        "v1/set-intervals/<id:interval_id>/endings/",
        own_rules.SetIntervalEndings.as_view(),
        name="set_interval_endings",
    ),
    path(f"{_STAY}reviews/", looks.Reviews.as_view(), name="reviews"),
    path(f"{_STAY}reassessments/", looks.Reassessments.as_view(), name="reassessments"),
    path(f"{_STAY}line-checks/", looks.LineChecks.as_view(), name="line_checks"),
    path(f"{_STAY}times-off-ward/", off_ward.TimesOffWard.as_view(), name="times_off_ward"),
    path("v1/times-off-ward/<id:off_ward_id>/returns/", off_ward.Returns.as_view(), name="returns"),
    path(f"{_STAY}sets/awaiting-co-signature/", co_signing.AwaitingCoSignature.as_view(), name="awaiting_co_signature"),
    path("v1/sets/<id:set_id>/co-signatures/", co_signing.CoSignatures.as_view(), name="co_signatures"),
]
