"""Sending by hand: one SMS to a member, a test of a provider account, a message again; and taking one back."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from logs import segments
from logs.accepting import Ask, CannotResend, Rejected, Trial, accept, resend, try_out
from logs.canceling import TooLate, cancel
from logs.decision_facts import facts_of
from logs.dispatching import health
from logs.models import Message, Template
from logs.sending_form import OnceForm, SendForm, TemplateForm, TestForm
from logs.views.providers import about
from logs.views.providers import find as find_provider
from smsadmin import phones
from smsadmin.accounts.access import AccountRequest, permission
from smsadmin.accounts.models import Account
from smsadmin.members.models import Member

CHECK = "check"  # the button beside Send
# Where a form shows what is wrong with an ask; anything else is said above it.
FIELDS = {"to": "phone", "text": "text", "kind": "kind", "sender": "sender", "not_before": "not_before"}


@require_http_methods(["GET", "HEAD", "POST"])
@permission("send_messages")
def message_send(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """One SMS to a member: the form, what the rules would say of it, then the page of the message."""
    member = Member.objects.of(account).filter(pk=pk).first()
    if member is None:
        raise Http404("no such member")
    template_form = TemplateForm(request.GET if request.GET.get("template") else None, account=account)
    template = template_form.cleaned_data["template"] if template_form.is_valid() else None
    form = SendForm(request.POST or None, template=template, member=member)
    trial = None
    if request.method == "POST" and form.is_valid():
        if CHECK in request.POST:
            trial = check(account, form, form.ask(member))
        elif sent := send(request, account, form, form.ask(member)):
            return sent
    context = {
        "member": member,
        "phone": phones.show(member.phone),
        "form": form,
        "template": template,
        "template_form": template_form if Template.objects.filter(account=account).exclude(body="").exists() else None,
        "measure": measured(template.body if template else form["text"].value()),
        "can_send": health.can_send(account.pk),
        "trial": trial,
        "facts": facts_of(json.dumps(trial.verdict.facts)) if trial else [],
        "problems": problems(form),
    }
    part = "members/_send_trial.html" if request.htmx and CHECK in request.POST else "members/send.html"
    response = render(request, part, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_settings")
def provider_test(request: AccountRequest, account: Account, pk: int) -> HttpResponse:
    """One SMS through exactly this provider account, then the page of the message."""
    found = find_provider(account, pk)
    form = TestForm(request.POST or None, region=account.country)
    context = about(found)
    is_sound = request.method == "POST" and context["shown"].can_send and form.is_valid()
    if is_sound and (sent := send(request, account, form, form.ask(found.pk))):
        return sent
    return render(
        request, "settings/provider_test.html", {"form": form, "measure": measured(form["text"].value()), **context}
    )


def check(account: Account, form: Any, ask: Ask) -> Trial | None:
    """What would become of it; None where it is no message, and the form says why."""
    tried = try_out(account=account, ask=ask, at=timezone.now())
    if isinstance(tried, Rejected):
        complain(form, tried)
        return None
    return tried


def problems(form: Any) -> list[str]:
    """What the form complains of, in lines, for where it is not drawn again."""
    return [
        f"{form.fields[name].label}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]


def complain(form: Any, answer: Rejected) -> None:
    field = FIELDS.get(answer.field, "")
    form.add_error(field if field in form.fields else None, answer.reason)


def measured(text: Any) -> segments.Measure | None:
    return segments.measure(str(text)) if text else None


def send(request: AccountRequest, account: Account, form: Any, ask: Ask) -> HttpResponse | None:
    """To the message's page, which tells what became of it, also where our own rules stopped it; None where it is no
    message, and the form says why."""
    (answer,) = accept(account=account, asks=[ask], sms_user=None, by=request.user, at=timezone.now())
    if isinstance(answer, Rejected):
        complain(form, answer)
        return None
    if answer.repeated:
        messages.info(request, _("This was asked for already, and is not sent twice. This is the message."))
    elif answer.state.outcome.is_final:
        messages.warning(request, _("It was not sent. %(why)s") % {"why": answer.sentence})
    return redirect("message", account=account.slug, pk=answer.id)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("send_messages")
def message_resend(request: AccountRequest, account: Account, pk: UUID) -> HttpResponse:
    """The question, then a new message with the same text."""
    found = find_message(account, pk)
    if request.method != "POST":
        return ask_first(
            request,
            found,
            _("Send it again?"),
            _("The same text goes out once more, as a message of its own. It passes the same checks as every message."),
            _("Send again"),
        )
    try:
        answer = resend(message=found, by=request.user, at=timezone.now(), once=once(request))
    except CannotResend as error:
        messages.error(request, str(error))
        return redirect("message", account=account.slug, pk=pk)
    if answer.repeated:
        messages.info(request, _("It was sent again already, and is not sent twice. This is the message."))
    elif answer.state.outcome.is_final:
        messages.warning(request, _("It was not sent. %(why)s") % {"why": answer.sentence})
    else:
        messages.success(request, _("It is sent again. This is the new message."))
    return redirect("message", account=account.slug, pk=answer.id)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("send_messages")
def message_cancel(request: AccountRequest, account: Account, pk: UUID) -> HttpResponse:
    """The question, then the end of a message that has not left."""
    found = find_message(account, pk)
    if request.method != "POST":
        text = _("It does not leave, and ends as canceled. What was reserved for it is given back.")
        return ask_first(request, found, _("Cancel this message?"), text, _("Cancel sending"), danger=True)
    try:
        cancel(message=found, by=request.user, at=timezone.now())
        messages.success(request, _("It is canceled: nothing of it has left."))
    except TooLate as error:
        messages.error(request, str(error))
    return redirect("message", account=account.slug, pk=pk)


def once(request: AccountRequest) -> UUID | None:
    form = OnceForm(request.POST)
    return form.cleaned_data["once"] if form.is_valid() else None


def find_message(account: Account, pk: UUID) -> Message:
    found = Message.objects.of(account).filter(pk=pk).first()
    if found is None:
        raise Http404("no such message")
    found.account = account
    return found


def ask_first(
    request: AccountRequest, found: Message, title: str, text: str, confirm: str, danger: bool = False
) -> HttpResponse:
    """The question as a page: for those without the dialog."""
    back_url = reverse("message", args=[request.account.slug, found.pk])
    context: dict[str, Any] = {"title": title, "text": text, "confirm": confirm, "back_url": back_url, "danger": danger}
    context["once"] = OnceForm()["once"]
    return render(request, "logs/question.html", context)
