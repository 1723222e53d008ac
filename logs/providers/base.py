"""What an SMS provider's adapter is: a translator between our words and the provider's, without network and database.

An adapter makes a `Call` (an HTTP request as data) of what we want and reads the `Answer`. Who sends calls is
logs.providers.http; who stores what was read are logs.dispatching, logs.receipts and logs.replies. So an adapter is a
set of pure functions, and its tests need nothing but bytes. docs/adding-a-provider.md tells how to write one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

from logs.providers.events import Heard, Inbound
from logs.statuses import Outcome, Reason, Stage, State

# ---- what a provider account is made of


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a provider account must tell: an option that may be seen, or a secret that is never shown."""

    name: str
    label: object  # str or a lazy translation
    secret: bool = False
    required: bool = True
    default: str = ""
    help: object = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A provider account as its adapter sees it. ``hook_url`` is the address that the provider calls back, without a
    slash at its end; ``hook_secret`` makes our own signature where the provider makes none."""

    options: Mapping[str, str]
    secrets: Mapping[str, str]
    hook_url: str
    hook_secret: bytes

    def __getitem__(self, name: str) -> str:
        """An option or a secret; '' where it was not given."""
        return self.secrets.get(name) or self.options.get(name) or ""


# ---- HTTP as data


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request to make. ``idempotent``: made again after a time-out, it can do no harm."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: float = 10.0  # seconds
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Without NUL, which PostgreSQL cannot keep."""
        return self.body.decode("utf-8", "replace").replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A callback as it came. ``path`` is what stands after the token; ``url`` the address as the provider called it,
    built from configuration, with the query. Header names are in lower case."""

    method: str
    url: str
    path: str = ""
    query: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        """Of the query; the last of a repeated name."""
        return dict(parse_qsl(self.query.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """Of a form-encoded body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


# ---- sending


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to hand over. ``id`` is ours and goes along as the reference wherever the provider takes one;
    ``to`` is E.164 with its plus; ``unicode``: GSM-7 cannot hold the text."""

    id: UUID
    to: str
    text: str
    sender: str
    segments: int
    unicode: bool
    validity: timedelta
    attempt: int = 1
    template: str = ""  # its name, for providers that send by template only


@dataclass(frozen=True, slots=True)
class Part:
    """A provider's id for the message, or for one part of it."""

    provider_message_id: str
    part: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider took it. ``heard`` is what its answer says, an event for each part; ``parts`` the ids that
    receipts will name, none where there will be none (our reference must do)."""

    heard: tuple[Heard, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take it, for sure. The state's reason decides what follows: another provider account, a
    later try, or the end. ``after``: not before so long."""

    heard: Heard
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody knows whether the provider took it: a time-out, a reset, a 5xx after the request was sent."""

    why: str
    raw: str = ""


Submission = Taken | Refused | Unsure


# ---- asking


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider does not know the message. ``certain``: it would, had it taken it."""

    certain: bool = False


@dataclass(frozen=True, slots=True)
class CannotSay:
    """The question failed; ask again later."""

    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider says of the message now. ``parts`` as in `Taken`, where the ids were not known before."""

    heard: tuple[Heard, ...]
    parts: tuple[Part, ...] = ()


Finding = Found | NotFound | CannotSay


# ---- callbacks


@dataclass(frozen=True, slots=True)
class Genuine:
    """``signed``: a signature over what matters held; else only the secret address speaks for it."""

    signed: bool


@dataclass(frozen=True, slots=True)
class Forged:
    """``why`` in English, for the operator."""

    why: str


Verdict = Genuine | Forged


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider expects as the answer to its callback."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


GIVEN = "(given)"
"""What is stored of a secret header that was there."""


class Garbled(ValueError):
    """A callback that is not what this provider sends. The message says what is wrong, in English."""


class Adapter:
    """One provider. Subclasses set the class attributes and the methods that they can do."""

    name: ClassVar[str]  # the folder, as in ProviderAccount.provider
    label: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]] = ()
    headers: ClassVar[tuple[str, ...]] = ()  # request headers that verify() and read() look at, in lower case
    # Those of them that prove more than this one callback, as a password does: verify() sees them, read() sees GIVEN.
    secret_headers: ClassVar[tuple[str, ...]] = ()
    signs: ClassVar[bool] = False  # whether the provider signs its callbacks
    can_query: ClassVar[bool] = False
    # Segments in one message. Ten is what Twilio takes (1,600 characters, its error 21617); others take as many or
    # more, but hardly a handset joins them.
    longest: ClassVar[int] = 10
    # For the settings page: how to set it up at the provider, in a sentence or two, and what to put after the token in
    # the addresses for statuses and for replies ('': the address as it is; None: it is not entered at the provider).
    setup: ClassVar[object] = ""
    status_path: ClassVar[str | None] = ""
    reply_path: ClassVar[str | None] = ""
    numbers: ClassVar[Mapping[str, object]] = {}  # to try it out with: E.164, and what happens in a sentence

    # -- out

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        raise NotImplementedError

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        """Never raises for what a provider answers: an answer that cannot be read is `Unsure`."""
        raise NotImplementedError

    def query(self, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Call | None:
        """Ask what became of a message. With '' as its id the question is whether the provider has it at all (after
        an ambiguous submission); None where the provider cannot be asked that."""
        return None

    def queried(self, answer: Answer, provider_message_id: str, outgoing: Outgoing, contract: Contract) -> Finding:
        return CannotSay("this provider cannot be asked")

    def cancel(self, provider_message_id: str, contract: Contract) -> Call | None:
        """Take back what the provider has not sent yet; None where there is no such call."""
        return None

    # -- in

    def kept_headers(self, incoming: Incoming) -> dict[str, str]:
        """The headers as they are stored and as read() sees them: no secret, only that there was one."""
        return {
            name: GIVEN if value and name in self.secret_headers else value for name, value in incoming.headers.items()
        }

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        """Whether the callback is genuine. Compares in constant time."""
        return Genuine(signed=False)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        """What a genuine callback says: nothing, one thing or many. Garbled where it is not this provider's."""
        raise NotImplementedError

    def reply(self, incoming: Incoming) -> Reply:
        """What to answer once it is stored."""
        return Reply()


# ---- what adapters share


def own_signature(contract: Contract, *values: str) -> str:
    """Our signature over what we put into a callback address, for providers that sign nothing: 128 bits, hex."""
    return hmac.new(contract.hook_secret, "\n".join(values).encode(), hashlib.sha256).hexdigest()[:32]


def same(a: str, b: str) -> bool:
    """Whether two secrets are equal, in constant time."""
    return hmac.compare_digest(a.encode("utf-8", "surrogatepass"), b.encode("utf-8", "surrogatepass"))


def provider_fault(
    reason: Reason, answer: Answer, *, table: str, outgoing: Outgoing, code: str = "", text: str = ""
) -> Refused:
    """A refusal that is no fault of the message: a bad key, a limit, an outage."""
    state = State.of(Stage.SUBMITTING, Outcome.FAILED, reason)
    return Refused(
        Heard(
            table,
            state,
            reference=str(outgoing.id),
            recipient=outgoing.to,
            raw_status=str(answer.status),
            raw_error=code,
            raw_text=text[:500],
            raw=answer.text[:4000],
        )
    )
