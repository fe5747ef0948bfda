from django.urls import path

from argus_web.help import views

urlpatterns = [
    path("tour/seen/", views.tour_seen, name="tour_seen"),
]
