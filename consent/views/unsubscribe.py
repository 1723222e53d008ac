"""The public page behind an unsubscribe link, in the account's name.

GET never changes consent: scanners of links, and phones that draw previews, open every address there is.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent import unsubscribing
from consent.links import link_of
from consent.models import ConsentRules, UnsubscribeLink
from consent.unsubscribing import Done

SHOWN_DIGITS = 4  # of the number: links are forwarded


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says; `evidence` is kept word for word with what the person decided."""

    title: str
    text: str
    button: str = ""

    @property
    def evidence(self) -> str:
        return "\n".join(filter(None, (self.title, self.text, f"[{self.button}]" if self.button else "")))


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    link = link_of(token)
    if link is None:
        return sealed_off(render(request, "consent/unsubscribe_unknown.html", status=404))
    timezone.activate(link.account.zone)
    if request.method == "POST":
        return sealed_off(act(request, link, token))
    if request.method == "GET":
        unsubscribing.note_opening(link, timezone.now())
    return sealed_off(render(request, "consent/unsubscribe.html", shown(link, request.GET.get("said", ""))))


def sealed_off(response: HttpResponse) -> HttpResponse:
    """The address is a key: it goes into no search engine and to no other site. (Not `no-referrer`: a browser then
    posts without saying from where, which the protection of forms refuses.)"""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def act(request: HttpRequest, link: UnsubscribeLink, token: str) -> HttpResponse:
    """Then back to the page, so that to reload it does nothing again."""
    rules = unsubscribing.rules_of(link)
    back = request.POST.get("act") == "back"
    verb = unsubscribing.resubscribe if back else unsubscribing.unsubscribe
    done = verb(
        link=link,
        shown=(out(link, rules, "") if back else question(link, rules)).evidence,
        ip=ip_of(request),
        user_agent=request.headers.get("User-Agent", ""),
        at=timezone.now(),
    )
    response = redirect("unsubscribe", token=token)
    response["Location"] += {Done.OUT: "?said=out", Done.IN: "?said=in", Done.NOTHING: "?said=again"}[done]
    return response


def ip_of(request: HttpRequest) -> str | None:
    """None where our own proxies do not say whom they speak for: no reason to keep anybody subscribed."""
    try:
        return get_adapter().get_client_ip(request) or None
    except (ImproperlyConfigured, PermissionDenied):
        return None


def shown(link: UnsubscribeLink, said: str) -> dict[str, object]:
    """What the page shows is where things stand; ``said`` only chooses the words."""
    rules, standing = unsubscribing.rules_of(link), unsubscribing.standing_of(link)
    context = {"name": name_of(link, rules), "zone": link.account.zone, "since": None, "act": "out", "tone": ""}
    if not unsubscribing.is_out(standing) or standing is None:
        words = back_in(link, rules) if said == "in" else question(link, rules)
        return {**context, "words": words, "tone": "good" if said == "in" else ""}
    words = out(link, rules, said) if unsubscribing.may_return(standing) else out_by_other_means(link, rules)
    return {**context, "words": words, "since": standing.since, "act": "back", "tone": "good"}


def question(link: UnsubscribeLink, rules: ConsentRules) -> Words:
    about = {"name": name_of(link, rules), "number": masked(link.phone)}
    what = (
        _("%(name)s will send no more text messages to the number ending in %(number)s.")
        if rules.stop_is_for_all
        else _("%(name)s will send no more marketing by text message to the number ending in %(number)s.")
    )
    return Words(_("Stop messages from %(name)s?") % about, what % about, _("Unsubscribe"))


def out(link: UnsubscribeLink, rules: ConsentRules, said: str) -> Words:
    about = {"name": name_of(link, rules), "number": masked(link.phone)}
    title = _("You are unsubscribed already") if said == "again" else _("You are unsubscribed")
    text = _("%(name)s sends no more messages to the number ending in %(number)s. Was it a mistake?") % about
    if not rules.stop_is_for_all:
        text = _("%(name)s sends no more marketing to the number ending in %(number)s. Was it a mistake?") % about
    return Words(title, text, _("Subscribe again"))


def out_by_other_means(link: UnsubscribeLink, rules: ConsentRules) -> Words:
    about = {"name": name_of(link, rules), "number": masked(link.phone)}
    text = _(
        "%(name)s sends no messages to the number ending in %(number)s. To get them again, reply START to one of them."
    )
    return Words(_("You are unsubscribed already"), text % about)


def back_in(link: UnsubscribeLink, rules: ConsentRules) -> Words:
    about = {"name": name_of(link, rules), "number": masked(link.phone)}
    text = _("%(name)s may send messages to the number ending in %(number)s again.") % about
    return Words(_("You are subscribed again"), text, _("Unsubscribe"))


def name_of(link: UnsubscribeLink, rules: ConsentRules) -> str:
    return rules.sender_name or link.account.name


def masked(phone: str) -> str:
    return phone[-SHOWN_DIGITS:]
