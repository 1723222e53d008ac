"""Pages about the block list that show messages, or belong to those that do, under /<account>/."""

from django.urls import path

from blocklist.views import removal
from logs.views import failure_rules, removal_queue, wrong_numbers

urlpatterns = [
    path("blocks/<int:pk>/removal/", removal.removal_new, name="removal_new"),
    path("blocks/requests/", removal.removal_requests, name="removal_requests"),
    path("blocks/requests/queue/", removal_queue.removal_queue, name="removal_queue"),
    path("blocks/policy/", failure_rules.failure_rules, name="failure_rules"),
    path("blocks/wrong-numbers/", wrong_numbers.wrong_numbers, name="wrong_numbers"),
]
