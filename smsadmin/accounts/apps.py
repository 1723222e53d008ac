from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "smsadmin.accounts"
    label = "accounts"
    verbose_name = "people and accounts"
