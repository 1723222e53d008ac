"""Settings of consent: rules, keywords, texts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent import settings_changes
from consent.models import ConsentText
from consent.wording import NAMES, Wording, own_words, rules_of, wording_of
from logs import segments
from logs.consent_forms import RulesForm, TextsForm, WordsForm, language_asked, valid_language
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account

BAD_REQUEST = 400


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def consent_rules(request: AccountRequest, account: Account) -> HttpResponse:
    form = RulesForm(request.POST or None, instance=rules_of(account))
    if request.method == "POST" and form.is_valid():
        changes = settings_changes.change_rules(
            account=account, values=form.cleaned_data, by=request.user, at=timezone.now()
        )
        return saved(request, changes, reverse("consent_rules", args=[account.slug]))
    return render(request, "settings/consent_rules.html", {"form": form, "part": "consent_rules"})


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def consent_words(request: AccountRequest, account: Account) -> HttpResponse:
    asked = language_asked(given(request), rules_of(account).language)
    if not (language := valid_language(asked)):
        return unknown(request, "settings/consent_words.html", "consent_words", asked)
    own = {family: words for (tag, family), words in own_words(account).items() if tag == language}
    form = WordsForm(request.POST or None, language=language, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            changes = settings_changes.change_words(
                account=account, language=language, words=form.cleaned_data, by=request.user, at=timezone.now()
            )
            return saved(request, changes, f"{reverse('consent_words', args=[account.slug])}?language={language}")
        except settings_changes.Ambiguous as error:
            for clash in error.clashes:
                form.tell_clash(clash.word, clash.families)
    context = {"form": form, "own": own, **about("consent_words", asked, language)}
    return render(request, "settings/consent_words.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def consent_texts(request: AccountRequest, account: Account) -> HttpResponse:
    asked = language_asked(given(request), rules_of(account).language)
    if not (language := valid_language(asked)):
        return unknown(request, "settings/consent_texts.html", "consent_texts", asked)
    own = dict(ConsentText.objects.filter(account=account, language=language).values_list("kind", "text"))
    form = TextsForm(request.POST or None, language=language, own=own)
    if request.method == "POST" and form.is_valid():
        changes = settings_changes.change_texts(
            account=account, language=language, texts=form.cleaned_data, by=request.user, at=timezone.now()
        )
        return saved(request, changes, f"{reverse('consent_texts', args=[account.slug])}?language={language}")
    wording = wording_of(account)
    context = {
        "form": form,
        "counted": [(field, count(wording, field.name, language, str(field.value() or ""))) for field in form.answers],
        "own": own,
        "wording": wording,
        "keyword": wording.keyword(language),
        **about("consent_texts", asked, language),
    }
    return render(request, "settings/consent_texts.html", context)


def count(wording: Wording, kind: str, language: str, text: str) -> segments.Measure:
    """Of the text as it is sent, with every placeholder filled."""
    return segments.measure(wording.fill(text or wording.text(kind, language), language))


def given(request: AccountRequest) -> str | None:
    return request.POST.get("language", request.GET.get("language"))


def about(part: str, asked: Any, language: str) -> dict[str, Any]:
    return {"part": part, "asked": asked, "language": language, "languages": NAMES.items()}


def unknown(request: AccountRequest, template: str, part: str, asked: Any) -> HttpResponse:
    """A language that we do not have: said at its field, and nothing saved."""
    return render(request, template, {**about(part, asked, ""), "form": None}, status=BAD_REQUEST)


def saved(request: AccountRequest, changes: dict[str, list[Any]], url: str) -> HttpResponse:
    if changes:
        messages.success(request, _("Saved. It holds from now on."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect(url)
