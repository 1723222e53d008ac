"""The whole surface on one screen. Tenant pages stand under /<account>/."""

from allauth.account import views as allauth
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path

from consent.views.unsubscribe import unsubscribe
from logs.views import hooks
from smsadmin.accounts import views as accounts

sign_in = [
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("sign-in/inactive/", login_not_required(allauth.account_inactive), name="account_inactive"),
    path("sign-in/again/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

urlpatterns = [
    path("", accounts.home, name="home"),
    path("healthz", accounts.healthz, name="healthz"),
    *sign_in,
    path("operator/", admin.site.urls),
    re_path(r"^hooks/(?P<provider>[a-z0-9_-]+)/(?P<token>[^/]+)(?:/(?P<path>.*))?$", hooks.hook, name="hook"),
    path("u/<str:token>/", unsubscribe, name="unsubscribe"),
    path("api/v1/", include("smsadmin.api.urls")),
    path("<slug:account>/", include("smsadmin.imports.urls")),
    path("<slug:account>/", include("smsadmin.exports.urls")),
    path("<slug:account>/", include("consent.urls")),
    path("<slug:account>/", include("blocklist.urls")),
    path("<slug:account>/", include("logs.block_list_urls")),
    path("<slug:account>/", include("logs.urls")),
]
