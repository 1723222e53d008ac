"""Addresses of the API, under /api/v1/."""

from django.urls import path

from smsadmin.api import consent_events, messages

urlpatterns = [
    path("consent-events", consent_events.ConsentEvents.as_view(), name="api_consent_events"),
    path("messages", messages.Messages.as_view(), name="api_messages"),
    path("messages/<uuid:pk>", messages.OneMessage.as_view(), name="api_message"),
]
