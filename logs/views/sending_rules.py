"""What an account lets go out: rules, blocked words, credit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from logs import credit, rule_changes
from logs.models import BlockedWord, CreditEntry, SendingRules
from logs.rule_forms import RulesForm, TopUpForm, WordForm
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account, User
from smsadmin.listing.counts import Count

SHOWN_WORDS, SHOWN_ENTRIES = 500, 10


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def sending_rules(request: AccountRequest, account: Account) -> HttpResponse:
    """Each part of the page posts with what it does as ``act``; what is wrong is shown at its fields."""
    forms = forms_of(request, account)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act", ""))
        if act is not None and act(request, account, forms):
            return redirect("sending_rules", account=account.slug)
    return render(request, "settings/sending_rules.html", {**forms, **shown(request, account)})


def forms_of(request: AccountRequest, account: Account) -> dict[str, Any]:
    def data(act: str) -> Any:
        return request.POST if request.method == "POST" and request.POST.get("act") == act else None

    rules = SendingRules.objects.filter(account=account).first() or SendingRules(account=account)
    return {
        "rules_form": RulesForm(data("rules"), instance=rules),
        "word_form": WordForm(data("block"), operator=request.user.is_superuser, auto_id="word_%s"),
        "top_up_form": TopUpForm(data("top_up"), auto_id="credit_%s"),
    }


def shown(request: AccountRequest, account: Account) -> dict[str, Any]:
    balance = credit.balance(account)
    words = BlockedWord.objects.filter(visible_to(request.user, account)).order_by("word", "pk")[: SHOWN_WORDS + 1]
    return {
        "words": list(words)[:SHOWN_WORDS],
        "more_words": len(words) > SHOWN_WORDS,
        "balance": None if balance is None else str(Count(balance)),
        "is_empty": balance == 0,
        "entries": entries(account),
    }


def entries(account: Account) -> list[dict[str, Any]]:
    """The latest changes of the credit, each with who did it."""
    found = list(CreditEntry.objects.filter(account=account).order_by("-pk")[:SHOWN_ENTRIES])
    people = User.objects.in_bulk({entry.by_id for entry in found if entry.by_id})
    return [{"entry": entry, "by": people.get(entry.by_id or 0, "")} for entry in found]


def visible_to(user: Any, account: Account) -> Q:
    """An account's own words; operators see those of the installation too."""
    own = Q(account=account)
    return own | Q(account__isnull=True) if user.is_superuser else own


# ---- acts: True where it was done


def save_rules(request: AccountRequest, account: Account, forms: dict[str, Any]) -> bool:
    form = forms["rules_form"]
    if not form.is_valid():
        return False
    changes = rule_changes.change(account=account, values=form.cleaned_data, by=request.user, at=timezone.now())
    if changes:
        messages.success(request, _("The sending rules are saved. What waits is checked by them before it goes."))
    else:
        messages.info(request, _("Nothing was changed."))
    return True


def block_word(request: AccountRequest, account: Account, forms: dict[str, Any]) -> bool:
    form = forms["word_form"]
    if not form.is_valid():
        return False
    try:
        made = rule_changes.block_word(
            account=form.owner(account), word=form.cleaned_data["word"], by=request.user, at=timezone.now()
        )
    except rule_changes.AlreadyBlocked as error:
        form.add_error("word", str(error))
        return False
    messages.success(request, _("“%(word)s” stops every text that holds it.") % {"word": made.word})
    return True


def unblock_word(request: AccountRequest, account: Account, forms: dict[str, Any]) -> bool:
    key = request.POST.get("word", "")
    words = BlockedWord.objects.filter(visible_to(request.user, account))
    word = words.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if word is not None:
        rule_changes.unblock_word(word=word, by=request.user, at=timezone.now())
        messages.success(request, _("“%(word)s” stops nothing any more.") % {"word": word.word})
    return True


def top_up(request: AccountRequest, account: Account, forms: dict[str, Any]) -> bool:
    if not request.user.is_superuser:
        raise PermissionDenied
    form = forms["top_up_form"]
    if not form.is_valid():
        return False
    values = form.cleaned_data
    left = credit.top_up(
        account=account, segments=values["segments"], note=values["note"], by=request.user, at=timezone.now()
    )
    said = ngettext("The account has %(n)s segment now.", "The account has %(n)s segments now.", left)
    messages.success(request, said % {"n": Count(left)})
    return True


ACTS = {"rules": save_rules, "block": block_word, "unblock": unblock_word, "top_up": top_up}
