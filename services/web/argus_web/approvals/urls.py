from django.urls import path

from argus_web.approvals import views

urlpatterns = [
    path("", views.approvals, name="approvals"),
    path("<int:approval_id>/", views.approval, name="approval"),
]
