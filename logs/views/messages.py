"""Messages: the SMS list, and one message beside it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from logs import counting, live
from logs.accepting.resending import hindrance
from logs.filters import MessageFilter
from logs.models import CODE_SOURCES, Campaign, Label, Message, ProviderAccount, StatusEvent, Template
from logs.querysets import MessageQuerySet
from logs.repeats import again
from logs.sending_form import OnceForm
from logs.story import Story
from logs.tables import MessageTable
from logs.waiting import Waiting
from logs.waiting import of as of_message
from smsadmin.accounts.access import Access, AccountRequest, permission
from smsadmin.accounts.models import Account, SmsUser
from smsadmin.listing import chips, counts, keyset, patience
from smsadmin.listing.patience import TooSlow, time_limit
from smsadmin.listing.period import Period, PeriodForm
from smsadmin.listing.views import ListingView
from smsadmin.members.models import Member

# Filters whose rows an index holds in the list's order.
IN_ORDER = {"status", "reason", "template", "sms_user", "campaign"}


class MessageList(ListingView):
    permission = "view_messages"
    queryset = Message.objects.all()
    filterset_class = MessageFilter
    table_class = MessageTable
    template_name = "logs/message_list.html"
    noun = gettext_lazy("messages")

    def count(self, queryset: QuerySet, period: Period) -> counts.Count:
        filterset = cast("MessageFilter", self.filterset)
        return counting.from_rollups(self.account, period, filterset) or counts.bounded(queryset)

    def select(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        """Words and labels: the list is walked where its newest rows show that a page fills soon; else their index
        finds them. It holds other accounts' as well, so a short list is walked in any case."""
        filterset = cast("MessageFilter", self.filterset)
        if filterset.words:
            return self.select_words(cast("MessageQuerySet", queryset), filterset.words, period)
        if "label" in filterset.active:
            return self.select_labels(queryset, period)
        return super().select(queryset, period)

    def select_words(self, messages: MessageQuerySet, words: str, period: Period) -> tuple[QuerySet, counts.Count]:
        messages = self.searchable(messages, words)
        walked = messages.with_common_words(words)
        if count := counting.among_newest(self.listed("q", period), walked):
            return walked, count
        found = messages.with_words(words)
        return keyset.gathered(found), counts.bounded(found)

    def select_labels(self, queryset: QuerySet, period: Period) -> tuple[QuerySet, counts.Count]:
        patience.walk()
        if count := counting.among_newest(self.listed("label", period), queryset):
            return queryset, count
        patience.gather()
        return keyset.gathered(queryset), counts.bounded(queryset)

    def searchable(self, messages: MessageQuerySet, words: str) -> MessageQuerySet:
        """Those whose words this person may look for."""
        if "view_codes" in self.request.access or not any(character.isdigit() for character in words):
            return messages
        verifying = Template.objects.filter(account=self.account, type=Template.Type.VERIFICATION)
        return messages.without_codes(CODE_SOURCES, verifying.values_list("pk", flat=True))

    def countable(self, queryset: QuerySet) -> QuerySet:
        messages, words = cast("MessageQuerySet", queryset), cast("MessageFilter", self.filterset).words
        return self.searchable(messages, words).with_words(words) if words else messages

    def listed(self, name: str, period: Period) -> QuerySet:
        """The list in which that filter is to find: of one other filter that an index keeps in the list's order, its
        rows; else of all filters none."""
        filterset = cast("MessageFilter", self.filterset)
        others = filterset.active - {name}
        walkable = len(others) == 1 and others <= IN_ORDER
        return self.in_period(filterset.before(name) if walkable else self.scope(), period)

    def total(self) -> str:
        return _("of %(n)s kept") % {"n": counting.kept(self.account)}

    def attach(self, rows: list[Message]) -> None:
        attach(self.account, rows, Member, Template, SmsUser)

    def context(self) -> dict[str, Any]:
        return {**super().context(), "shown": None}


RELATED: dict[type[Any], str] = {
    Member: "member",
    Template: "template",
    SmsUser: "sms_user",
    Campaign: "campaign",
    ProviderAccount: "provider_account",
}


def attach(account: Account, rows: list[Message], *models: type[Any]) -> None:
    """Load what rows refer to, one query a table, each within the account."""
    prefetch_related_objects(
        rows, *(Prefetch(RELATED[model], model.objects.filter(account=account)) for model in models)
    )


@require_safe
@permission("view_messages")
def message(request: AccountRequest, account: Account, pk: UUID) -> HttpResponse:
    """One message: beside the list for htmx, else as a page of its own."""
    found = Message.objects.of(account).filter(pk=pk).first()
    if found is None:
        raise Http404("no such message")
    names = dict(ProviderAccount.objects.filter(account=account).values_list("pk", "name"))
    waiting = of_message(found, account, names, at=timezone.now())
    mark = live.mark(found, waiting)
    beside = bool(request.htmx) and not request.htmx.history_restore_request
    if beside and request.GET.get(live.LIVE) == mark:
        return HttpResponse(status=204)  # nothing has changed since it was drawn
    attach(account, [found], *RELATED)
    events = list(StatusEvent.objects.of(found))
    labels = Label.objects.filter(account=account, pk__in=found.labels).order_by("name")
    alone = not beside or live.ALONE in request.GET
    query = live.without(request.GET)
    context = {
        "story": Story(found, events, account=account, access=request.access, providers=names),
        "labels": labels,
        "back_url": reverse("messages", args=[account.slug]) + (f"?{query}" if query else ""),
        "page_url": request.path + (f"?{query}" if query else ""),
        "alone": alone,
        "waiting": waiting,
        "live_url": live.url(request.GET, mark, alone) if live.is_soon(found, waiting, timezone.now()) else "",
        "again": again(found, events, account),
        **acts(found, waiting, request.access),
        **neighbours(request, account, found),
    }
    response = render(request, "logs/_message.html" if beside else "logs/message.html", context)
    patch_vary_headers(response, ["HX-Request"])  # one address, two answers: a browser's cache must not mix them up
    return response


def acts(message: Message, waiting: Waiting | None, access: Access) -> dict[str, Any]:
    """What this person may do with it now."""
    may = "send_messages" in access
    ended = waiting is None and message.state.outcome.is_final
    cancel = may and waiting is not None and waiting.can_cancel
    resend = may and ended and bool(message.phone) and not hindrance(message, message.template)
    return {"can_cancel": cancel, "can_resend": resend, "can_act": cancel or resend, "once": OnceForm()["once"]}


def neighbours(request: AccountRequest, account: Account, message: Message) -> dict[str, str]:
    """Addresses of the next newer and older message of the list that this was opened from; none where it is slow."""
    filterset = MessageFilter(chips.filled(request.GET), queryset=Message.objects.of(account), request=request)
    form = PeriodForm(request.GET, zone=account.zone, today=timezone.localdate(), days=None)
    if not filterset.is_valid() or filterset.words or not form.is_valid():
        return {}
    query = live.without(request.GET)
    cursors = {"newer_url": keyset.Cursor(after=message.pk), "older_url": keyset.Cursor(before=message.pk)}
    try:
        with time_limit():
            found = filterset.qs.requested(form.period.start, form.period.end).only("pk")
            pages = {name: keyset.paginate(found, cursor, size=1) for name, cursor in cursors.items()}
    except TooSlow:
        return {}
    return {
        name: reverse("message", args=[account.slug, page.rows[0].pk]) + (f"?{query}" if query else "")
        for name, page in pages.items()
        if page.rows
    }
