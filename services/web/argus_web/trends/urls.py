from django.urls import path

from argus_web.trends import views

urlpatterns = [path("", views.trends, name="trends")]
