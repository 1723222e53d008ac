"""Pages of this app, under /<account>/."""

from django.urls import path

from smsadmin.imports.views import files, mapping, problems, progress

urlpatterns = [
    path("imports/", files.imports, name="imports"),
    path("imports/new/", files.import_new, name="import_new"),
    path("imports/presets/<int:pk>/delete/", mapping.import_preset_delete, name="import_preset_delete"),
    path("imports/<int:pk>/", progress.import_detail, name="import_detail"),
    path("imports/<int:pk>/mapping/", mapping.import_mapping, name="import_mapping"),
    path("imports/<int:pk>/check/", progress.import_check, name="import_check"),
    path("imports/<int:pk>/run/", progress.import_run, name="import_run"),
    path("imports/<int:pk>/cancel/", progress.import_cancel, name="import_cancel"),
    path("imports/<int:pk>/problems.csv", problems.import_problems_csv, name="import_problems_csv"),
]
