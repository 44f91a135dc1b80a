from django.urls import path

from realtime import health, views

app_name = "realtime"
urlpatterns = [
    path("stream", views.stream, name="stream"),
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
]
