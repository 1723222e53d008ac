"""Pages of the message log, under /<account>/."""

from django.urls import path

from logs.views import gallery, guidance, lookup, member, members, messages, overview, settings

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("messages/", messages.MessageList.as_view(), name="messages"),
    path("messages/<uuid:pk>/", messages.message, name="message"),
    path("members/", members.MemberList.as_view(), name="members"),
    path("members/<int:pk>/", member.member, name="member"),
    path("look-up/", lookup.lookup, name="lookup"),
    path("settings/", settings.account_settings, name="settings"),
    path("help/", guidance.glossary_page, name="help"),
    path("help/investigate/", guidance.investigate, name="help_investigate"),
    path("help/codes/", guidance.codes_page, name="help_codes"),
    path("help/components/", gallery.components, name="help_components"),
]
