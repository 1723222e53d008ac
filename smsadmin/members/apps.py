from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "smsadmin.members"
    label = "members"
