"""The addresses of the API. An id that no row can have (`core.addresses`) is no address."""

from django.urls import path, re_path

from api import urls_of_infusion, urls_of_stays, urls_of_watching
from api.views import alerts, description, prompts, sets

app_name = "api"
urlpatterns = [
    path("v1/admissions/<id:admission_id>/sets/", sets.Sets.as_view(), name="sets"),
    path("v1/sets/<id:set_id>/corrections/", sets.Corrections.as_view(), name="corrections"),
    path("v1/admissions/<id:admission_id>/prompts/", prompts.Prompts.as_view(), name="prompts"),
    path("v1/admissions/<id:admission_id>/alerts/", alerts.AlertsOfStay.as_view(), name="alerts_of_stay"),
    path("v1/wards/<id:ward_id>/alerts/", alerts.AlertsOfWard.as_view(), name="alerts_of_ward"),
    path("v1/alerts/<id:alert_id>/acknowledgements/", alerts.Acknowledgements.as_view(), name="acknowledgements"),
    path("v1/admissions/<id:admission_id>/alert-notes/", alerts.AlertNotes.as_view(), name="alert_notes"),
    path("v1/alerts/<id:alert_id>/notes/", alerts.NotesOfAlert.as_view(), name="notes_of_alert"),
    path("v1/alerts/<id:alert_id>/snoozes/", alerts.Snoozes.as_view(), name="snoozes"),
    path("v1/alerts/<id:alert_id>/resolutions/", alerts.Resolutions.as_view(), name="resolutions"),
    *urls_of_infusion.urlpatterns,
    *urls_of_stays.urlpatterns,
    *urls_of_watching.urlpatterns,
    path("schema/", description.Schema.as_view(), name="schema"),
    path("docs/", description.docs, name="docs"),
    re_path(r"", description.Nowhere.as_view(), name="nowhere"),
]
