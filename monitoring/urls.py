from django.urls import path

from monitoring.views import acts, charting, pages

app_name = "monitoring"
urlpatterns = [
    path("", pages.home, name="home"),
    path("wards/<id:ward_id>/", pages.board, name="board"),
    path("wards/<id:ward_id>/rows/<id:admission_id>/", pages.board_row, name="board_row"),
    path("wards/<id:ward_id>/pulse", pages.pulse, name="pulse"),
    path("admissions/<id:admission_id>/", pages.bedside, name="bedside"),
    path("admissions/<id:admission_id>/sets/new", charting.new_set, name="new_set"),
    path("admissions/<id:admission_id>/sets/preview", charting.preview_set, name="preview_set"),
    path("admissions/<id:admission_id>/stop", acts.stop_infusion, name="stop_infusion"),
    path("admissions/<id:admission_id>/decrease", acts.decrease, name="decrease"),
    path("admissions/<id:admission_id>/events", acts.record_event, name="record_event"),
    path("sets/<id:set_id>/correct", charting.correct_set, name="correct_set"),
    path("events/<id:event_id>/withdraw", acts.withdraw_event, name="withdraw_event"),
    path("alerts/<id:alert_id>/acknowledge", acts.acknowledge_alert, name="acknowledge_alert"),
    path("alerts/<id:alert_id>/snooze", acts.snooze_alert, name="snooze_alert"),
    path("alerts/<id:alert_id>/note", acts.note_alert, name="note_alert"),
    path("alerts/<id:alert_id>/resolve", acts.resolve_alert, name="resolve_alert"),
]
