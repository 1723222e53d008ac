"""EngageLab SMS. It sends templates only: a template whose one variable is the whole text carries ours.

One number for each call, since only then does EngageLab give the message's id; our own id goes along in custom_args and
comes back with every status. There is no way to ask for a status or to take a message back.

Sources: engagelab.com/docs/sms/api; DevEngageLab/engagelab-skills.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from logs.providers.base import (
    Adapter,
    Call,
    Field,
    Garbled,
    Genuine,
    Part,
    Refused,
    Taken,
    Unsure,
    provider_fault,
)
from logs.providers.codes import resolve
from logs.providers.engagelab import callbacks
from logs.providers.events import Heard
from logs.providers.reading import json_object, word
from logs.statuses import Outcome, Reason, Stage, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from logs.providers.base import Answer, Contract, Incoming, Outgoing, Submission, Verdict
    from logs.providers.events import Inbound

_HOST = "https://smsapi.engagelab.com"
_API = "engagelab_api"
_LONGEST_RAW = 4000  # characters


class EngageLab(Adapter):
    name = "engagelab"
    label = "EngageLab"
    fields = (
        Field("dev_key", _("Dev key")),
        Field("dev_secret", _("Dev secret"), secret=True),
        Field("template_id", _("Template ID"), help=_("Of a template whose text is one variable.")),
        Field("text_variable", _("Variable"), default="content", help=_("Its name, without the braces.")),
        Field(
            "callback_secret",
            _("Callback secret"),
            secret=True,
            required=False,
            help=_("As set with the callback address. Without it only the address itself is proof."),
        ),
        Field("base_url", _("API address"), required=False, default=_HOST),
    )
    headers = (callbacks.HEADER,)
    secret_headers = (callbacks.HEADER,)  # it covers no body: within minutes it is good for any
    signs = True
    setup = _(
        "In EngageLab's console, add the callback address with a user name and a secret, and choose all events of "
        "messages and of replies."
    )

    def submit(self, outgoing: Outgoing, contract: Contract) -> Call:
        variable = contract["text_variable"] or "content"
        message = {
            "to": [outgoing.to],
            "template": {"id": contract["template_id"], "params": {variable: outgoing.text}},
            "custom_args": {"mid": str(outgoing.id)},
        }
        key = base64.b64encode(f"{contract['dev_key']}:{contract['dev_secret']}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        return Call("POST", _messages(contract), headers, json.dumps(message).encode())

    def submitted(self, answer: Answer, outgoing: Outgoing, contract: Contract) -> Submission:
        try:
            said = json_object(answer.body)
        except Garbled:
            said = {}
        code, text = word(said.get("code")), word(said.get("message"))
        if 200 <= answer.status < 300 and not code.strip("0"):
            return _accepted(said, answer, outgoing)
        if answer.status == 429:
            return provider_fault(Reason.RATE_LIMITED, answer, table=_API, outgoing=outgoing, code=code, text=text)
        state = resolve(_API, error=code or None)
        if state.reason is Reason.AMBIGUOUS_SUBMIT:
            return Unsure(f"EngageLab: {text or code}", answer.text[:_LONGEST_RAW])
        if 400 <= answer.status < 500 or (200 <= answer.status < 300 and state.outcome.is_negative):
            return _refused(state, code, text, answer, outgoing)
        return Unsure(f"EngageLab answered {answer.status} {text}".strip(), answer.text[:_LONGEST_RAW])

    def verify(self, incoming: Incoming, contract: Contract, at: datetime) -> Verdict:
        if callbacks.is_probe(incoming.body) or not contract["callback_secret"]:
            return Genuine(signed=False)
        return callbacks.verify(incoming.headers.get(callbacks.HEADER, ""), contract["callback_secret"], at)

    def read(self, incoming: Incoming, contract: Contract) -> Sequence[Heard | Inbound]:
        return callbacks.read(incoming.body)


def _messages(contract: Contract) -> str:
    return (contract["base_url"] or _HOST).rstrip("/") + "/v1/messages"


def _accepted(said: dict[str, object], answer: Answer, outgoing: Outgoing) -> Submission:
    """A 200 also when the one number was turned down."""
    provider_message_id = word(said.get("message_id"))
    if said.get("accepted_count") == 0:
        # Why, it does not say.
        return Refused(_heard(State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.OTHER), answer, outgoing))
    if not provider_message_id:
        return Unsure("EngageLab answered without a message_id", answer.text[:_LONGEST_RAW])
    state = State.of(Stage.PROVIDER_ACCEPTED, Outcome.PENDING)
    return Taken((_heard(state, answer, outgoing, provider_message_id),), (Part(provider_message_id),))


def _refused(state: State, code: str, text: str, answer: Answer, outgoing: Outgoing) -> Submission:
    if state.outcome is Outcome.UNKNOWN:
        reason = Reason.AUTH_ERROR if answer.status in (401, 403) else Reason.CONFIG_ERROR
        return provider_fault(reason, answer, table=_API, outgoing=outgoing, code=code, text=text)
    return Refused(_heard(state, answer, outgoing, error=code, text=text))


def _heard(
    state: State, answer: Answer, outgoing: Outgoing, provider_message_id: str = "", error: str = "", text: str = ""
) -> Heard:
    return Heard(
        _API,
        state,
        provider_message_id=provider_message_id,
        reference=str(outgoing.id),
        recipient=outgoing.to,
        raw_status=str(answer.status),
        raw_error=error,
        raw_text=text[:500],
        raw=answer.text[:_LONGEST_RAW],
    )


ADAPTER = EngageLab()
