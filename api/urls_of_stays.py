"""The addresses of wards, stays, and what is found out and recorded beside the observation sets."""

from django.urls import path

from api.views import admissions, assessments, before_order, emergencies, transfers, wards

_STAY = "v1/admissions/<id:admission_id>/"
_WARD = "v1/wards/<id:ward_id>/"
_TRANSFER = "v1/transfers/<id:transfer_id>/"

urlpatterns = [
    path("v1/admissions/", admissions.Admissions.as_view(), name="admissions"),
    path(_STAY, admissions.OneAdmission.as_view(), name="admission"),
    path(f"{_STAY}discharges/", admissions.Discharges.as_view(), name="discharges"),
    path(f"{_STAY}weights/", admissions.Weights.as_view(), name="weights"),
    path(f"{_STAY}failed-treatments/", before_order.FailedTreatments.as_view(), name="failed_treatments"),
    path(f"{_STAY}screenings/", before_order.Screenings.as_view(), name="screenings"),
    path(f"{_STAY}consents/", before_order.Consents.as_view(), name="consents"),
    path(f"{_STAY}consent-withdrawals/", before_order.ConsentWithdrawals.as_view(), name="consent_withdrawals"),
    path(f"{_STAY}transfers/", transfers.Transfers.as_view(), name="transfers"),
    path(f"{_STAY}liver-panels/", assessments.LiverPanels.as_view(), name="liver_panels"),
    path(f"{_STAY}mood-screens/", assessments.MoodScreens.as_view(), name="mood_screens"),
    path(f"{_STAY}falls-scores/", assessments.FallsScores.as_view(), name="falls_scores"),
    path(
        "v1/failed-treatments/<id:treatment_id>/supersedings/",
        before_order.Supersedings.as_view(),
        name="treatment_supersedings",
    ),
    path(
        "v1/failed-treatments/<id:treatment_id>/withdrawals/",
        before_order.TreatmentWithdrawals.as_view(),
        name="treatment_withdrawals",
    ),
    path("v1/screenings/<id:screening_id>/decisions/", before_order.Decisions.as_view(), name="screening_decisions"),
    path(f"{_TRANSFER}acceptances/", transfers.Acceptances.as_view(), name="transfer_acceptances"),
    path(f"{_TRANSFER}declines/", transfers.Declines.as_view(), name="transfer_declines"),
    path(f"{_TRANSFER}cancellations/", transfers.Cancellations.as_view(), name="transfer_cancellations"),
    path(
        "v1/liver-panels/<id:panel_id>/corrections/",
        assessments.LiverPanelCorrections.as_view(),
        name="liver_panel_corrections",
    ),
    path(
        "v1/mood-screens/<id:screen_id>/corrections/",
        assessments.MoodScreenCorrections.as_view(),
        name="mood_screen_corrections",
    ),
    path(
        "v1/falls-scores/<id:score_id>/corrections/",
        assessments.FallsScoreCorrections.as_view(),
        name="falls_score_corrections",
    ),
    path("v1/wards/", wards.Wards.as_view(), name="wards"),
    path(f"{_WARD}admissions/", admissions.AdmissionsOfWard.as_view(), name="admissions_of_ward"),
    path(f"{_WARD}beds/", wards.Beds.as_view(), name="beds"),
    path(f"{_WARD}members/", wards.Members.as_view(), name="members"),
    path(f"{_WARD}members/endings/", wards.MemberEndings.as_view(), name="member_endings"),
    path(f"{_WARD}emergency-access/", emergencies.EmergencyAccess.as_view(), name="emergency_access"),
    path("v1/emergency-access/", emergencies.Emergencies.as_view(), name="emergencies"),
    path(
        "v1/emergency-access/<id:membership_id>/endings/",
        emergencies.EmergencyEndings.as_view(),
        name="emergency_endings",
    ),
    path(
        "v1/emergency-access/<id:membership_id>/reviews/",
        emergencies.EmergencyReviews.as_view(),
        name="emergency_reviews",
    ),
    path(f"{_WARD}transfers/", transfers.TransfersToWard.as_view(), name="transfers_to_ward"),
]
