"""Pages outside of any account."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from smsadmin.accounts.models import Account


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Straight into the account, where there is one; else a choice."""
    accounts = list(Account.objects.open_to(request.user).order_by("name"))
    if len(accounts) == 1:
        return redirect("overview", account=accounts[0].slug)
    return render(request, "home.html", {"choices": accounts})


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """For a load balancer: 200 where the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
