from django.apps import AppConfig


class ListingConfig(AppConfig):
    name = "smsadmin.listing"
    label = "listing"
