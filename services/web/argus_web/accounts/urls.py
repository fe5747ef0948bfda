from django.urls import path

from argus_web.accounts import doors, views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("account/password/", views.PasswordChangeView.as_view(), name="password_change"),
    # Without a slash at the end: the proxy's question is never answered by a redirect.
    path("doors/<str:name>", doors.door, name="door"),
    path("doors/refused/<str:name>", doors.refused, name="door_refused"),
]
