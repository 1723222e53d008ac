"""Pages of the message log, under /<account>/."""

from django.urls import path

from logs.views import messages

urlpatterns = [
    path("messages/", messages.MessageList.as_view(), name="messages"),
    path("messages/<uuid:pk>/", messages.message, name="message"),
]
