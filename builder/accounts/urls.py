from django.urls import path

from builder.accounts import api

urlpatterns = [
    path("me/", api.MeView.as_view(), name="me"),
    path("auth/sign-in/", api.SignInView.as_view(), name="sign-in"),
    path("auth/sign-out/", api.SignOutView.as_view(), name="sign-out"),
    path("auth/sign-up/", api.SignUpView.as_view(), name="sign-up"),
    path("auth/password/", api.PasswordView.as_view(), name="password"),
    path("tokens/", api.TokenListView.as_view(), name="token-list"),
    path("tokens/<uuid:pk>/", api.TokenView.as_view(), name="token"),
    path("invites/", api.InviteListView.as_view(), name="invite-list"),
    path("invites/<uuid:pk>/", api.InviteView.as_view(), name="invite"),
    path("people/", api.PersonListView.as_view(), name="person-list"),
]
