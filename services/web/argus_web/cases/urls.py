from django.urls import path

from argus_web.cases import views

urlpatterns = [
    path("", views.alert_list, name="alerts"),
    path("<int:alert_id>/", views.alert, name="alert"),
    path("<int:alert_id>/decision/", views.alert_decision, name="alert_decision"),
]
