"""The product's addresses, and one more: a bare view that inserts one row, to measure callbacks beside."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from smsadmin.urls import urlpatterns as product


@csrf_exempt
@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (received_at, body) VALUES (%s, %s)", [timezone.now(), request.body])
    return HttpResponse()


urlpatterns = [path("bare/", bare), *product]
