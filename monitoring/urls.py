from django.urls import path

from monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("", views.home, name="home"),
    path("wards/<id:ward_id>/", views.board, name="board"),
    path("wards/<id:ward_id>/rows/<id:admission_id>/", views.board_row, name="board_row"),
    path("wards/<id:ward_id>/pulse", views.pulse, name="pulse"),
    path("admissions/<id:admission_id>/", views.bedside, name="bedside"),
    path("admissions/<id:admission_id>/sets/new", views.new_set, name="new_set"),
    path("admissions/<id:admission_id>/sets/preview", views.preview_set, name="preview_set"),
    path("admissions/<id:admission_id>/stop", views.stop_infusion, name="stop_infusion"),
    path("sets/<id:set_id>/correct", views.correct_set, name="correct_set"),
    path("alerts/<id:alert_id>/acknowledge", views.acknowledge_alert, name="acknowledge_alert"),
]
