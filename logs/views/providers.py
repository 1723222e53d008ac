"""Provider accounts: which there are and how they fare, adding one, changing one, its callback addresses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from logs import provider_accounts, provider_states
from logs.credentials import hook_url
from logs.models import ProviderAccount
from logs.provider_form import ProviderForm
from logs.providers import registry
from logs.providers.base import Adapter
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account


@require_safe
@permission("change_settings")
def providers(request: AccountRequest, account: Account) -> HttpResponse:
    at = timezone.now()
    shown = provider_states.all_of(account, at=at)
    context = {
        "providers": shown,
        "queue": provider_states.queue_of(account, at=at),
        "nothing_sends": provider_states.nothing_sends(shown),
    }
    return render(request, "settings/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def provider_new(request: AccountRequest, account: Account) -> HttpResponse:
    """The choice of the provider, then its form."""
    adapter = registry.adapter(request.GET.get("provider", ""))
    if adapter is None:
        return render(request, "settings/provider_choice.html", {"adapters": list(registry.adapters().values())})
    form = ProviderForm(request.POST or None, adapter=adapter)
    if request.method == "POST" and form.is_valid():
        try:
            made = provider_accounts.create(
                account=account, provider=adapter.name, entered=form.entered, by=request.user, at=timezone.now()
            )
        except provider_accounts.NameTaken as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("%(name)s is added, switched off. Try it with a test SMS.") % {"name": made})
            return redirect("provider", account=account.slug, pk=made.pk)
    return render(request, "settings/provider_new.html", {"form": form, "adapter": adapter})


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def provider(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    found = find(account, pk)
    adapter = registry.adapter(found.provider)
    if adapter is None:
        return render(request, "settings/provider_log_only.html", about(found))
    stored = provider_accounts.readable(found)
    form = ProviderForm(request.POST or None, adapter=adapter, instance=found, stored=stored)
    if request.method == "POST" and form.is_valid() and save(request, found, form):
        return redirect("provider", account=account.slug, pk=found.pk)
    context = {"form": form, "adapter": adapter, "addresses": addresses(found, adapter), **about(found)}
    return render(request, "settings/provider.html", context)


def save(request: AccountRequest, found: ProviderAccount, form: ProviderForm) -> bool:
    try:
        changes = provider_accounts.change(
            provider_account=found, entered=form.entered, by=request.user, at=timezone.now()
        )
    except provider_accounts.NameTaken as error:
        form.add_error("name", str(error))
        return False
    if changes:
        messages.success(request, _("The provider account is saved."))
    else:
        messages.info(request, _("Nothing was changed."))
    return True


@require_POST
@permission("change_settings")
def provider_switch(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    found = find(account, pk)
    enabled = request.POST.get("enabled") == "1"
    try:
        provider_accounts.switch(provider_account=found, enabled=enabled, by=request.user, at=timezone.now())
    except provider_accounts.NotReady as error:
        messages.error(request, str(error))
        return redirect("provider", account=account.slug, pk=pk)
    said = _("Messages go out through %(name)s again.") if enabled else _("Nothing goes out through %(name)s any more.")
    messages.success(request, said % {"name": found})
    return redirect("providers", account=account.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def provider_rotate(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """Another callback address: the question, then the act."""
    found = find(account, pk)
    if request.method != "POST":
        return render(request, "settings/provider_rotate.html", {"found": found})
    provider_accounts.rotate(provider_account=found, by=request.user, at=timezone.now())
    messages.success(request, _("The callback address is new. Enter it at the provider: the old one is dead."))
    return redirect("provider", account=account.slug, pk=pk)


def find(account: Account, pk: int) -> ProviderAccount:
    found = ProviderAccount.objects.filter(account=account, pk=pk).select_related("health").first()
    if found is None:
        raise Http404("no such provider account")
    found.account = account
    return found


def about(found: ProviderAccount) -> dict[str, Any]:
    at = timezone.now()
    queued = provider_states.queue_of(found.account, at=at).by_provider.get(found.pk, 0)
    return {"shown": provider_states.show(found, at=at, queued=queued), "found": found}


def addresses(found: ProviderAccount, adapter: Adapter) -> list[tuple[Any, str]]:
    """What to enter at the provider: (for what, address)."""
    url = hook_url(found)
    paths = ((_("Delivery status"), adapter.status_path), (_("Replies"), adapter.reply_path))
    wanted = [(label, f"{url}/{path.lstrip('/')}") for label, path in paths if path is not None]
    if len({address for _label, address in wanted}) == 1 and len(wanted) > 1:
        return [(_("Delivery status and replies"), wanted[0][1])]
    return wanted
