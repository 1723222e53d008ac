"""Pages of this app, under /<account>/."""

from django.urls import path

from smsadmin.exports.views import asking, progress

urlpatterns = [
    path("exports/", progress.exports, name="exports"),
    path("exports/new/", asking.export_new, name="export_new"),
    path("exports/<int:pk>/", progress.export, name="export"),
    path("exports/<int:pk>/download/", asking.export_download, name="export_download"),
    path("exports/<int:pk>/cancel/", asking.export_cancel, name="export_cancel"),
]
