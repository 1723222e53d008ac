"""What people write back: once, whole, by its number, beside the message that it answers."""

import random
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs.models import ProviderAccount, Reply, ReplyPart
from logs.providers.base import Contract, Incoming
from logs.providers.events import Inbound
from logs.providers.vonage.adapter import ADAPTER as VONAGE
from logs.replies import PATIENCE, REMEMBERED, Received, join_late_parts, number, receive
from logs.statuses import Outcome, Reason, Stage, State
from tests.factories.accounts import make_account
from tests.factories.callbacks import LATER, NOON, make_provider_account
from tests.factories.members import make_member
from tests.factories.messages import BLOCKED, DELIVERED, QUEUED, make_message
from tests.threads import at_once

pytestmark = pytest.mark.django_db

MAYA = "+447700900142"
PHONES = {"msisdn": "447700900142", "to": "447700900001333", "concat": "true", "concat-total": 2}
TEXT = ["Please call me", " about the table", " for Saturday"]


@pytest.fixture
def by() -> ProviderAccount:
    return make_provider_account(make_account())


def got(by: ProviderAccount, text: str = "STOP", *, seconds: float = 0, signed: int = 1, **fields: Any) -> Received:
    inbound = Inbound(**{"sender": MAYA, "recipient": "60006", "text": text, **fields})
    return Received(by.account_id, by.pk, inbound, signed, LATER + timedelta(seconds=seconds))


def part(by: ProviderAccount, n: int, *, of: int = 3, ref: str = "77", **fields: Any) -> Received:
    return got(by, fields.pop("text", TEXT[n - 1]), part=n, parts=of, joined_by=ref, **fields)


def bodies() -> list[str]:
    return list(Reply.objects.order_by("received_at", "pk").values_list("body", flat=True))


# ---- once


def test_a_reply_is_kept_as_it_came(by: ProviderAccount) -> None:
    one = got(by, "Stop\0!", provider_message_id="MO1", occurred_at=NOON, raw="<raw/>")
    assert receive([one], at=LATER) == 1
    reply = Reply.objects.get()
    assert (reply.account_id, reply.provider_account_id, reply.provider_message_id) == (by.account_id, by.pk, "MO1")
    assert (reply.phone, reply.recipient, reply.body) == (MAYA, "60006", "Stop\ufffd!")
    assert (reply.occurred_at, reply.received_at, reply.signed, reply.raw) == (NOON, LATER, 1, "<raw/>")
    assert (reply.effect, reply.parts) == (0, 1)


@pytest.mark.parametrize(
    "fields",
    [{"provider_message_id": "MO1"}, {"occurred_at": NOON}, {"raw": "from=44…&t=12:00"}, {}],
    ids=["by id", "by time", "by what was said", "by the text"],
)
def test_a_repeat_is_no_second_reply(by: ProviderAccount, fields: dict[str, Any]) -> None:
    assert receive([got(by, **fields), got(by, seconds=1, **fields)], at=LATER) == 1
    assert receive([got(by, seconds=90, **fields)], at=LATER) == 0
    assert Reply.objects.count() == 1


def test_the_same_text_another_time_is_another_reply(by: ProviderAccount) -> None:
    other = make_provider_account(make_account())
    both = [{"provider_message_id": "MO1"}, {"provider_message_id": "MO2"}, {"occurred_at": NOON}, {"raw": "a"}]
    receive([got(by, **fields) for fields in both] + [got(other, **fields) for fields in both], at=LATER)
    receive([got(by, seconds=3 * 86_400)], at=LATER)
    assert (Reply.objects.count(), Reply.objects.filter(account_id=by.account_id).count()) == (9, 5)


def test_who_writes_the_same_hours_later_is_heard_again(by: ProviderAccount) -> None:
    said = [("STOP", 0), ("START", 60), ("STOP", 2 * 3600)]
    for text, seconds in said:
        receive([got(by, text, seconds=seconds, raw=f"text={text}")] * 2, at=LATER)
    assert bodies() == ["STOP", "START", "STOP"]


def test_texts_without_an_id_are_told_apart_by_what_they_say_and_when(by: ProviderAccount) -> None:
    texts = [("STOP", NOON), ("START", NOON), ("STOP", NOON + timedelta(seconds=1))]
    items = [got(by, text, occurred_at=at, raw="the same") for text, at in texts]
    assert receive(items * 2, at=LATER) == 3


def test_nothing_received_is_nothing_done() -> None:
    assert receive([], at=LATER) == 0


# ---- whose it is


@pytest.mark.parametrize(
    ("sender", "country", "stored"),
    [
        ("+447700900142", "", MAYA),
        ("447700900142", "FR", MAYA),
        ("07700 900142", "GB", MAYA),
        ("00447700900142", "", MAYA),
        ("33612345678", "GB", "+33612345678"),
        ("60006", "GB", "60006"),
        ("HARBOUR", "GB", "HARBOUR"),
        ("Bank of 12345678", "GB", "Bank of 12345678"),
        ("", "GB", ""),
        ("07700900142", "", "07700900142"),
        ("9" * 40, "GB", "9" * 20),
        ("\0abc\ud800", "GB", "\ufffdabc?"),
    ],
)
def test_a_number_is_stored_in_one_spelling_and_anything_else_as_it_is(sender: str, country: str, stored: str) -> None:
    assert number(sender, country) == stored


def test_it_finds_the_last_message_before_it_with_its_template_and_member(by: ProviderAccount) -> None:
    account = by.account
    member = make_member(account, phone=MAYA)
    times = [NOON - timedelta(days=40), NOON, LATER + timedelta(minutes=1)]
    sent = [
        make_message(account, QUEUED, DELIVERED, requested_at=at, phone=MAYA, template_id=n, member_id=member.pk)
        for n, at in enumerate(times, 5)
    ]
    receive([got(by)], at=LATER)
    reply = Reply.objects.get()
    assert (reply.message_id, reply.template_id, reply.member_id) == (sent[1].pk, 6, member.pk)


def test_what_never_left_us_nobody_can_answer(by: ProviderAccount) -> None:
    make_message(by.account, BLOCKED, requested_at=NOON, phone=MAYA)
    theirs = make_message(make_account(), QUEUED, DELIVERED, requested_at=NOON, phone=MAYA)
    member = make_member(by.account, phone=MAYA)
    receive([got(by)], at=LATER)
    reply = Reply.objects.get()
    assert (reply.message_id, reply.member_id, theirs.phone) == (None, member.pk, MAYA)


def test_a_stranger_and_a_short_code_are_nobodys(by: ProviderAccount) -> None:
    make_member(by.account, phone="")
    receive([got(by), got(by, sender="60006"), got(by, sender="")], at=LATER)
    assert set(Reply.objects.values_list("member_id", "message_id")) == {(None, None)}


# ---- parts


def test_texts_whose_parts_have_long_references_are_not_mixed(by: ProviderAccount) -> None:
    refs = {ref: f"{'4' * 40} {ref}" for ref in ("108", "109")}
    coming = [part(by, n, of=2, ref=refs[ref], text=f"{ref}/{n} ") for n in (1, 2) for ref in refs]
    receive(coming, at=LATER)
    assert sorted(bodies()) == ["108/1 108/2 ", "109/1 109/2 "]


def test_two_long_texts_from_one_phone_by_vonage_are_not_mixed(by: ProviderAccount) -> None:
    said = [
        VONAGE.read(Incoming("GET", "", query=urlencode(fields | PHONES).encode()), Contract({}, {}, "", b""))[0]
        for n in (1, 2)
        for ref in ("64108", "64109")
        if (fields := {"concat-ref": ref, "concat-part": n, "messageId": f"{ref}{n}", "text": f"{ref}/{n} "})
    ]
    assert all(isinstance(one, Inbound) for one in said)
    receive([Received(by.account_id, by.pk, one, 1, LATER) for one in said if isinstance(one, Inbound)], at=LATER)
    assert sorted(bodies()) == ["64108/1 64108/2 ", "64109/1 64109/2 "]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), repeats=st.lists(st.integers(1, 3), max_size=3))
def test_parts_in_any_order_with_repeats_make_one_reply(seed: int, repeats: list[int], db: None) -> None:
    chance = random.Random(seed)
    by = make_provider_account(make_account())
    coming = chance.sample([1, 2, 3, *repeats], 3 + len(repeats))
    while coming:
        size = chance.randint(1, len(coming))
        receive([part(by, n, seconds=n, provider_message_id=f"MO{n}") for n in coming[:size]], at=LATER)
        del coming[:size]
    reply = Reply.objects.get(account_id=by.account_id)
    assert (reply.body, reply.parts, reply.provider_message_id) == ("".join(TEXT), 3, "MO1")
    assert join_late_parts(at=LATER + PATIENCE * 2) == 0


def test_parts_of_different_people_and_texts_are_kept_apart(by: ProviderAccount) -> None:
    other = "+447700900209"
    receive([part(by, n, sender=sender, of=2) for n in (1, 2) for sender in (MAYA, other)], at=LATER)
    receive([part(by, 1, ref="78", of=2), part(by, 2, ref="79", of=2)], at=LATER)
    assert bodies() == ["Please call me about the table"] * 2
    assert ReplyPart.objects.filter(joined_at=None).count() == 2


def test_parts_that_were_written_to_two_of_our_numbers_are_kept_apart(by: ProviderAccount) -> None:
    to = [{"recipient": "60006"}, {"recipient": "60777"}]
    receive([part(by, 1, of=2, text="a", **to[0]), part(by, 1, of=2, text="c", **to[1])], at=LATER)
    receive([part(by, 2, of=2, text="b", **to[0]), part(by, 2, of=2, text="d", **to[1])], at=LATER)
    assert sorted(bodies()) == ["ab", "cd"]


def test_after_an_hour_the_missing_parts_are_given_up(by: ProviderAccount) -> None:
    receive([part(by, 3), part(by, 1)], at=LATER)
    assert join_late_parts(at=LATER + PATIENCE) == 0
    assert join_late_parts(at=LATER + PATIENCE + timedelta(seconds=1)) == 1
    assert bodies() == ["Please call me… for Saturday"]
    receive([part(by, 1, seconds=4000), part(by, 3, seconds=4000)], at=LATER)
    assert join_late_parts(at=LATER + PATIENCE * 3) == 0, "those were repeats"


def test_a_part_that_comes_after_all_is_not_lost(by: ProviderAccount) -> None:
    receive([part(by, 3), part(by, 1)], at=LATER)
    join_late_parts(at=LATER + PATIENCE * 2)
    receive([part(by, 2, seconds=8000)], at=LATER)
    join_late_parts(at=LATER + PATIENCE * 5)
    assert bodies() == ["Please call me… for Saturday", "… about the table…"]


def test_the_next_text_with_the_same_number_is_another_reply(by: ProviderAccount) -> None:
    receive([part(by, n, of=2) for n in (1, 2)], at=LATER)
    receive([part(by, n, of=2, text=f"new {n} ", seconds=60 + n) for n in (2, 1)], at=LATER)
    assert bodies() == ["Please call me about the table", "new 1 new 2 "]


def test_an_incomplete_text_overtaken_by_the_next_is_kept(by: ProviderAccount) -> None:
    receive([part(by, 1, of=2)], at=LATER)
    receive([part(by, n, of=2, text=f"new {n} ", seconds=60) for n in (1, 2)], at=LATER)
    assert bodies() == ["Please call me…", "new 1 new 2 "]


def test_joined_parts_are_forgotten_after_a_day(by: ProviderAccount) -> None:
    receive([part(by, n) for n in (1, 2, 3)], at=LATER)
    join_late_parts(at=LATER + REMEMBERED)
    assert ReplyPart.objects.count() == 3
    join_late_parts(at=LATER + REMEMBERED + timedelta(seconds=1))
    assert ReplyPart.objects.count() == 0


def test_nonsense_about_parts_does_no_harm(by: ProviderAccount) -> None:
    receive([got(by, part=n, parts=m, joined_by="x" * 99) for n, m in ((0, 2), (9, 2), (-3, 70_000))], at=LATER)
    assert ReplyPart.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_part_each_make_one_reply(by: ProviderAccount) -> None:
    for ref in ("1", "2", "3"):
        at_once(
            lambda ref=ref: receive([part(by, 1, of=2, ref=ref)], at=LATER),
            lambda ref=ref: receive([part(by, 2, of=2, ref=ref)], at=LATER),
        )
    assert bodies() == ["Please call me about the table"] * 3


def test_a_reply_speaks_of_no_message_that_failed_at_the_provider_door(by: ProviderAccount) -> None:
    refused = State.of(Stage.SUBMITTING, Outcome.FAILED, Reason.AUTH_ERROR)
    make_message(by.account, QUEUED, refused, requested_at=NOON, phone=MAYA)
    receive([got(by)], at=LATER)
    assert Reply.objects.get().message_id is None
