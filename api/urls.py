"""The addresses of the API. An id that no row can have (`core.addresses`) is no address."""

from django.urls import path, re_path

from api.views import alerts, description, me, prompts, protocols, sets

app_name = "api"
urlpatterns = [
    path("v1/admissions/<id:admission_id>/sets/", sets.Sets.as_view(), name="sets"),
    path("v1/sets/<id:set_id>/corrections/", sets.Corrections.as_view(), name="corrections"),
    path("v1/admissions/<id:admission_id>/prompts/", prompts.Prompts.as_view(), name="prompts"),
    path("v1/admissions/<id:admission_id>/alerts/", alerts.AlertsOfStay.as_view(), name="alerts_of_stay"),
    path("v1/wards/<id:ward_id>/alerts/", alerts.AlertsOfWard.as_view(), name="alerts_of_ward"),
    path("v1/alerts/<id:alert_id>/acknowledgements/", alerts.Acknowledgements.as_view(), name="acknowledgements"),
    path("v1/me/pin/", me.Pin.as_view(), name="own_pin"),
    path("v1/protocols/", protocols.Protocols.as_view(), name="protocols"),
    path("v1/protocols/<id:protocol_id>/", protocols.OneProtocol.as_view(), name="protocol"),
    path("v1/protocols/<id:protocol_id>/signatures/", protocols.ProtocolSignatures.as_view(), name="sign_protocol"),
    path("v1/protocols/<id:protocol_id>/retirements/", protocols.ProtocolRetirements.as_view(), name="retire_protocol"),
    path("schema/", description.Schema.as_view(), name="schema"),
    path("docs/", description.docs, name="docs"),
    re_path(r"", description.Nowhere.as_view(), name="nowhere"),
]
