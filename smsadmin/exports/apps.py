from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "smsadmin.exports"
    label = "exports"
