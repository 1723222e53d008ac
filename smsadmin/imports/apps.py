from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "smsadmin.imports"
    label = "imports"
