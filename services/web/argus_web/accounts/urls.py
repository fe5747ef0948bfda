from django.urls import path

from argus_web.accounts import doors, opened, people, views

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("account/password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("account/sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("invitation/", opened.invitation, name="invitation"),
    path("password/", opened.password_link, name="password_link"),
    path("people/", people.people, name="people"),
    path("people/roles/", people.roles, name="roles"),
    path("people/invitations/<int:invitation_id>/revoke/", people.revoke, name="invitation_revoke"),
    path("people/<int:user_id>/", people.person, name="person"),
    path("people/<int:user_id>/roles/", people.person_roles, name="person_roles"),
    path("people/<int:user_id>/close/", people.person_close, name="person_close"),
    path("people/<int:user_id>/reopen/", people.person_reopen, name="person_reopen"),
    path("people/<int:user_id>/sign-out/", people.person_sign_out, name="person_sign_out"),
    path("people/<int:user_id>/password-link/", people.person_password_link, name="person_password_link"),
    # Without a slash at the end: the proxy's question is never answered by a redirect.
    path("doors/<str:name>", doors.door, name="door"),
    path("doors/refused/<str:name>", doors.refused, name="door_refused"),
]
