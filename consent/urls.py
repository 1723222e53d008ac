"""Pages of consent, under /<account>/."""

from django.urls import path

from consent.views import evidence, lookup, recording, report

urlpatterns = [
    path("consent/", report.ConsentReport.as_view(), name="consent"),
    path("consent/look-up/", lookup.consent_lookup, name="consent_lookup"),
    path("consent/record/", recording.consent_record, name="consent_record"),
    path("consent/evidence/", evidence.consent_evidence, name="consent_evidence"),
]
