"""One message told from its events: how far it got, what was said, what to do. Pure presentation of what the log
keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from logs import segments, telling
from logs.advice import Explanation, explain, reason_label
from logs.decision_facts import Fact, facts_of
from logs.models import EventSource, Kind, Message, Signed, Source, StatusEvent
from logs.providers import codes
from logs.statuses import Leg, Outcome, Reason, Stage, State, Status
from logs.tables import shown_text
from smsadmin import phones
from smsadmin.accounts.access import Access
from smsadmin.accounts.models import Account

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Node:
    """One of the three stages on the track."""

    leg: Leg
    tone: str
    symbol: str
    text: Text
    at: datetime | None
    stopped: bool = False
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the status log."""

    status: Status
    what: Text
    why: str
    at: datetime
    precise: bool  # whether `at` is when it happened, or only when we heard of it
    raw: str
    signed: bool
    source: Text
    attempt: int = 1
    facts: Sequence[Fact] = ()  # what one of our own rules decided on


@dataclass(frozen=True, slots=True)
class Try:
    """The events of one attempt, newest first, and which provider account it went to ('' where that is not known)."""

    number: int
    provider: str
    entries: Sequence[Entry]


def order(event: StatusEvent) -> tuple[datetime, int, int, datetime, UUID]:
    at = event.occurred_at or event.received_at
    return telling.second(at), event.attempt, event.stage, at, event.id


class Story:
    """What the message page shows. ``events`` are all of the message's, in any order; ``providers`` the names of the
    account's provider accounts."""

    def __init__(
        self,
        message: Message,
        events: Sequence[StatusEvent],
        *,
        account: Account,
        access: Access,
        providers: Mapping[int, str] | None = None,
    ) -> None:
        self.message = message
        self.account = account
        self.access = access
        self.providers = providers or {}
        self.events = sorted(events, key=order, reverse=True)

    @cached_property
    def state(self) -> State:
        return self.message.state

    @property
    def status(self) -> Status:
        return self.state.status

    @property
    def word(self) -> str:
        return telling.word(self.state, self.account.vocabulary)

    @property
    def explanation(self) -> Explanation:
        return explain(self.state)

    @property
    def recipient(self) -> str:
        return str(self.message.member) if self.message.member else ""

    @property
    def phone(self) -> str:
        return phones.show(self.message.phone)

    @property
    def text(self) -> str:
        return shown_text(self.message, self.access)

    @property
    def code_is_hidden(self) -> bool:
        return self.text != self.message.body

    @cached_property
    def measure(self) -> segments.Measure | None:
        return segments.measure(self.message.body) if self.message.body else None

    @property
    def reason(self) -> Text:
        return reason_label(self.state.reason) if self.state.reason is not Reason.NONE else ""

    @property
    def source(self) -> Text:
        return Source(self.message.source).label if self.message.source else ""

    @property
    def kind(self) -> Text:
        return Kind(self.message.kind).label

    @property
    def attempts(self) -> int:
        return max((event.attempt for event in self.events), default=1)

    @property
    def finals(self) -> list[Text]:
        """The different final answers, where they contradict each other."""
        outcomes = {Outcome.stored(event.outcome) for event in self.events if not event.soft}
        hard = [outcome for outcome in outcomes if outcome.is_final and not outcome.is_soft]
        return [Status.of(Stage.QUEUED, outcome).label for outcome in sorted(hard, key=lambda o: -o.precedence)]

    # ---- the three-stage track

    @cached_property
    def track(self) -> list[Node]:
        return [self._node(leg) for leg in Leg]

    def _node(self, leg: Leg) -> Node:
        reached = self.state.stage.leg
        at = min(
            (e.occurred_at or e.received_at for e in self.events if Stage.stored(e.stage).leg is leg), default=None
        )
        if leg < reached:
            return Node(leg, "good", "delivered", self._passed(leg), at)
        if leg > reached:
            return Node(leg, "wait", "queued", self._ahead(leg), None, ahead=True)
        status = self.status
        return Node(leg, status.tone, status.symbol, self._here(leg), at, stopped=self.state.outcome.is_negative)

    def _passed(self, leg: Leg) -> Text:
        if leg is Leg.PLATFORM:
            return _("passed our checks")
        name = self.provider
        return _("%(provider)s accepted") % {"provider": name} if name else _("accepted")

    def _ahead(self, leg: Leg) -> Text:
        if self.state.outcome is Outcome.PENDING or self.state.outcome.is_soft:
            return _("not yet")
        return _("did not take it") if leg is Leg.PROVIDER and self.was_refused else _("not asked")

    @property
    def was_refused(self) -> bool:
        """Whether it ended in the provider's answer to our asking, rather than by one of our own rules."""
        return self.state.stage is Stage.SUBMITTING and any(
            event.provider and Stage.stored(event.stage) is Stage.SUBMITTING and not event.soft
            for event in self.events
            if Outcome.stored(event.outcome) is self.state.outcome
        )

    def _here(self, leg: Leg) -> Text:
        match self.state.outcome:
            case Outcome.PENDING:
                return _("waiting here")
            case Outcome.DELIVERED:
                return _("read on the phone") if self.state.stage is Stage.READ else _("delivered to the phone")
            case Outcome.SENT_UNCONFIRMED:
                return _("taken, no receipt will come")
            case Outcome.PARTIAL:
                return _("arrived in part")
            case Outcome.UNKNOWN:
                return _("no answer since")
            case Outcome.BLOCKED if leg is Leg.PLATFORM and not self.was_refused:
                return _("stopped by our rules")
            case Outcome.CANCELED:
                return _("canceled here")
            case _:
                return _("stopped here")

    @property
    def provider(self) -> str:
        if self.message.provider_account:
            return str(self.message.provider_account)
        return next((provider_name(event.provider) for event in self.events if event.provider), "")

    # ---- the status log, newest first

    @cached_property
    def entries(self) -> list[Entry]:
        return [self._entry(event) for event in self.events]

    @property
    def tries(self) -> list[Try]:
        """The entries by attempt, the latest first."""
        told = zip(self.entries, self.events, strict=True)
        by_number: dict[int, list[tuple[Entry, StatusEvent]]] = {}
        for entry, event in told:
            by_number.setdefault(event.attempt, []).append((entry, event))
        return [
            Try(number, self._provider_of(event for _entry, event in pairs), [entry for entry, _event in pairs])
            for number, pairs in sorted(by_number.items(), reverse=True)
        ]

    def _provider_of(self, events: Iterable[StatusEvent]) -> str:
        return next((name for event in events if (name := self.providers.get(event.provider_account_id or 0))), "")

    def _entry(self, event: StatusEvent) -> Entry:
        return Entry(
            status=event.state.status,
            what=happened(event.state, self.source),
            why=self._without_codes(self._why(event)),
            at=event.occurred_at or event.received_at,
            precise=event.occurred_at is not None,
            raw=self._without_codes(pretty(event.raw)),
            signed=event.signed == Signed.HELD,
            source=EventSource(event.source).label,
            attempt=event.attempt,
            facts=facts_of(event.raw) if event.source == EventSource.PLATFORM else (),
        )

    def _without_codes(self, text: str) -> str:
        """An import's evidence repeats the text, and some providers' answers do."""
        return telling.hide_those(text, self.message.body) if self.code_is_hidden else text

    def _why(self, event: StatusEvent) -> str:
        said = [
            self.providers.get(event.provider_account_id or 0) or provider_name(event.provider),
            *filter(None, (named(event, "status"), named(event, "error"))),
            event.raw_text,
        ]
        parts = _("part %(part)d of %(parts)d") % {"part": event.part, "parts": event.parts} if event.parts > 1 else ""
        return " · ".join(filter(None, (" ".join(filter(None, said)), parts)))


def happened(state: State, source: Text = "") -> Text:
    """One event in words, for the status log."""
    if state.outcome.is_final:
        label = state.status.label
        return f"{label}: {reason_label(state.reason)}" if state.reason is not Reason.NONE else label
    match state.stage:
        case Stage.QUEUED:
            return (
                _("Queued: %(reason)s") % {"reason": reason_label(state.reason)}
                if state.reason is not Reason.NONE
                else _("Checked and queued")
            )
        case Stage.SUBMITTING if state.reason is Reason.SCHEDULED:
            return _("Queued: %(reason)s") % {"reason": reason_label(state.reason)}
        case Stage.SUBMITTING:
            return _("Being handed to the SMS provider")
        case Stage.PROVIDER_ACCEPTED:
            return (
                _("SMS sent to member (from %(source)s)") % {"source": source}
                if source
                else _("Accepted by the SMS provider")
            )
        case Stage.SENDING:
            return _("The provider is sending it to the carrier")
        case _:
            return _("Accepted by the carrier, waiting for the phone")


def named(event: StatusEvent, kind: codes.Kind) -> str:
    """A raw status or error with the name that its provider gives it."""
    raw = event.raw_status if kind == "status" else event.raw_error
    if not raw:
        return ""
    code = codes.lookup(event.provider, kind, raw) if event.provider else None
    return f"{raw} “{code.name}”" if code and code.name.casefold() != raw.casefold() else raw


PROVIDER_NAMES = {
    "twilio": "Twilio",
    "vonage_sms_dlr": "Vonage",
    "vonage_sms_submit": "Vonage",
    "vonage_messages": "Vonage",
    "infobip": "Infobip",
    "engagelab": "EngageLab",
    "messagebird": "MessageBird",
    "smsmode_rest": "smsmode",
    "smsmode_legacy": "smsmode",
    "aws_sns": "AWS SNS",
    "aws_eum": "AWS End User Messaging",
}


def provider_name(provider: str) -> str:
    return PROVIDER_NAMES.get(provider, provider.replace("_", " ").capitalize())


def pretty(raw: str) -> str:
    """JSON with indentation; anything else as it came."""
    if not raw.lstrip().startswith(("{", "[")):
        return raw
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False, indent=1)
        text.encode()  # half a surrogate pair, written as an escape, can be read but not sent to a browser
    except (ValueError, RecursionError):
        return raw
    return text
