from django.apps import AppConfig

from smsadmin.listing import tallies


class ConsentConfig(AppConfig):
    name = "consent"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from consent.desk import waiting  # models can be imported from here on only

        tallies.show("consent_desk", waiting)
