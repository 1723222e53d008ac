"""The look-up box: a number in any spelling, a part of one, or a name leads to the page that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from logs.member_filters import ids_with_words
from logs.models import Message
from logs.querysets import WORD
from smsadmin import phones, places
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.listing.patience import TooSlow, time_limit
from smsadmin.members.models import Member


class LookupForm(forms.Form):
    number = forms.CharField(label=_("Number or name"), max_length=100, required=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was written, and what it can mean: a phone search, words, both or nothing."""

    text: str
    search: phones.PhoneSearch | None
    problem: str
    words: str

    @property
    def digits(self) -> str:
        return "".join(filter(str.isdecimal, self.text)) if self.text.isascii() else ""


def understand(text: str, region: str) -> Asked:
    """Letters make it a name or an id; without any it is a number, or an id that looks like one."""
    words = text if WORD.search(text) and not text.startswith(("+", "*")) and not text.endswith("*") else ""
    if any(map(str.isalpha, text)):
        return Asked(text, None, "", words)
    try:
        return Asked(text, phones.search(text, region), "", words)
    except phones.BadPhoneSearch as error:
        return Asked(text, None, str(error), words)


@require_safe
@permission("view_members")
def lookup(request: AccountRequest, account: Account) -> HttpResponse:
    form = LookupForm(request.GET)
    text = form.cleaned_data["number"].strip() if form.is_valid() else ""
    if not text:
        return render(request, "members/lookup.html", {"form": form, "asked": None})
    asked = understand(text, account.country)
    try:
        with time_limit():
            found = find(account, asked)
    except TooSlow:
        return render(request, "members/lookup.html", {"form": form, "asked": asked, "too_slow": True})
    if found:
        return redirect(found)
    return render(request, "members/lookup.html", {"form": form, "asked": asked, **ways_out(account, asked)})


def find(account: Account, asked: Asked) -> str:
    """The address that answers, or ''."""
    members = Member.objects.of(account)
    if asked.search:
        ids = list(members.matching_phone(asked.search).values_list("pk", flat=True)[:2])
        url = leading_to(account, ids, phone=asked.text)
        if url:
            return url
        if Message.objects.of(account).to_phone(asked.search).values("pk")[:1]:
            return address("messages", account, phone=asked.text, **{"from": "all"})
    return leading_to(account, ids_with_words(members, asked.words), q=asked.words) if asked.words else ""


def leading_to(account: Account, members: list[int], **filters: str) -> str:
    """One member: the page; several: the list, filtered."""
    if len(members) == 1:
        return reverse("member", args=[account.slug, members[0]])
    return address("members", account, **filters) if members else ""


def address(name: str, account: Account, **query: str) -> str:
    return f"{reverse(name, args=[account.slug])}?{urlencode(query)}"


def ways_out(account: Account, asked: Asked) -> dict[str, Any]:
    """Where to look next when nothing was found."""
    ways = {"country": places.country(account.country)}
    if asked.search and asked.search.kind == "exact" and len(asked.search.value) > 8:
        ways["by_end"] = address("lookup", account, number=f"*{asked.search.value[-6:]}")
        ways["end"] = f"*{asked.search.value[-6:]}"
    elif not asked.search and 4 <= len(asked.digits) <= 15:
        ways["by_end"] = address("lookup", account, number=f"*{asked.digits}")
        ways["end"] = f"*{asked.digits}"
    if asked.words and not asked.search:
        ways["in_texts"] = address("messages", account, q=asked.words)
    return ways
