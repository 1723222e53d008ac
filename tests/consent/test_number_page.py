"""One number: look-up, history, the question of a past day, evidence packs, recording by hand."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pypdfium2
import pytest
from django.urls import reverse

from blocklist import entries
from consent import ledger
from consent.ledger import Event, Purpose, Source, Status
from consent.models import ConsentEvent
from smsadmin.accounts.models import Account, AuditEvent
from tests.consent.test_proof import past_the_triggers
from tests.factories.accounts import make_account, signed_in
from tests.factories.members import make_member

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MAYA = "+447700900142"


@pytest.fixture
def account(db: None) -> Account:
    return make_account("harbour")


@pytest.fixture
def known(account: Account) -> Account:
    for n, (event, text) in enumerate([(Event.OPTED_IN, "Yes, text me offers"), (Event.OPTED_OUT, "СТОП 🛑")]):
        ledger.record(
            account=account,
            phone=MAYA,
            purpose=Purpose.MARKETING,
            event=event,
            source=Source.APP if n == 0 else Source.REPLY,
            by=None,
            at=NOON + n * DAY,
            text=text,
            ip="192.0.2.7",
            user_agent="Test/1.0",
        )
    return account


def get(account: Account, name: str, role: str = "support", **query: Any) -> Any:
    return signed_in(role, account).get(f"{reverse(name, args=[account.slug])}?{urlencode(query)}", follow=True)


@pytest.mark.parametrize("spelling", ["+447700900142", "07700 900142", "0044 (7700) 900-142"])
def test_any_spelling_leads_to_the_number(known: Account, spelling: str) -> None:
    response = get(known, "consent_lookup", phone=spelling)
    assert response.context["phone"] == MAYA
    assert [each["how"] for each in response.context["events"]] == ["Opted out by reply", "Opted in through the app"]


@pytest.mark.parametrize("text", ["12", "maya", "+4477009001420000000"])
def test_what_is_no_number_is_said(known: Account, text: str) -> None:
    assert "is not a phone number" in get(known, "consent_number", phone=text).content.decode()


def test_where_it_stands_is_said_for_both_purposes(known: Account) -> None:
    marketing, operational = get(known, "consent_number", phone=MAYA).context["known"]
    assert (str(marketing["mark"]), marketing["since"], marketing["how"]) == (
        "Opted out", NOON + DAY, "Opted out by reply"
    )  # fmt: skip
    assert str(operational["mark"]) == "Nothing known"


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-02", "Nothing known"), ("2026-03-03", "Opted in"), ("2026-03-04", "Opted out")],
)
def test_how_it_stood_on_a_day(known: Account, day: str, expected: str) -> None:
    assert str(get(known, "consent_number", phone=MAYA, as_of=day).context["then"][0]["mark"]) == expected


@pytest.mark.parametrize("day", ["yesterday", "2999-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_said(known: Account, day: str) -> None:
    assert "Choose a day that has begun" in get(known, "consent_number", phone=MAYA, as_of=day).content.decode()


def test_a_block_stands_beside_consent(known: Account) -> None:
    entries.block(account=known, phone=MAYA, scope="account", until=None, note="Asked twice.", by=None, at=NOON)
    assert "Asked twice." in get(known, "consent_number", phone=MAYA).content.decode()


def test_a_broken_chain_is_said(known: Account) -> None:
    with past_the_triggers() as run:
        run("UPDATE consent_event SET text = 'No' WHERE phone = %s AND sequence = 1", MAYA)
    assert "The chain is broken." in get(known, "consent_number", phone=MAYA).content.decode()


def test_nothing_known_is_said(account: Account) -> None:
    assert "Nothing is recorded of this number" in get(account, "consent_number", phone=MAYA).content.decode()


def test_another_accounts_number_is_unknown(known: Account) -> None:
    assert get(make_account(), "consent_number", phone=MAYA).context["events"] == []


# ---- evidence


def pack(account: Account, kind: str) -> Any:
    url = reverse("consent_evidence", args=[account.slug])
    return signed_in("marketer", account).post(url, {"phone": MAYA, "format": kind})


def test_the_pdf_has_every_event_with_its_exact_words_and_digest(known: Account) -> None:
    response = pack(known, "pdf")
    assert response["Content-Type"] == "application/pdf"
    pages = pypdfium2.PdfDocument(response.content)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    whole = "".join(text.split())
    assert "Yes,textmeoffers" in whole
    assert "СТОП⟨U+1F6D1⟩" in whole
    assert "Checked:2of2eventshold" in whole
    for event in ConsentEvent.objects.filter(account=known):
        assert bytes(event.digest).hex() in whole
    line = AuditEvent.objects.get(verb="consent.evidence_made")
    assert line.facts["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert MAYA not in str(line.facts)


def test_the_zip_can_be_checked_by_who_has_nothing_else(known: Account) -> None:
    archive = zipfile.ZipFile(io.BytesIO(pack(known, "zip").content))
    assert set(archive.namelist()) == {"evidence.pdf", "events.csv", "events.json", "SHA256SUMS"}
    for line in archive.read("SHA256SUMS").decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    whole = json.loads(archive.read("events.json"))
    previous = bytes(32)
    for event in whole["events"]:
        personal = {name: event[name] for name in ("phone", "text", "ip", "user_agent", "note")}
        sealed = hashlib.sha256(bytes.fromhex(event["salt"]) + canonical(personal)).hexdigest()
        names = ("account", "at", "by_id", "by_name", "event", "evidence", "id", "purpose", "recorded_at", "sequence")
        facts = {name: event[name] for name in names} | {"sealed": sealed, "source": event["source"], "version": 1}
        previous = hashlib.sha256(previous + canonical(facts)).digest()
        assert previous.hex() == event["digest"]
    assert previous.hex() == whole["last_digest"]
    rows = list(csv.DictReader(io.StringIO(archive.read("events.csv").decode("utf-8-sig"))))
    assert [row["text"] for row in rows] == ["Yes, text me offers", "СТОП 🛑"]
    assert rows[0]["phone"] == f"'{MAYA}"


def canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(dict(sorted(values.items())), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("sent", [{"phone": "+447700900999"}, {"phone": "x"}, {}, {"phone": MAYA, "format": "doc"}])
def test_no_evidence_where_there_is_none(known: Account, sent: dict[str, str]) -> None:
    response = signed_in("admin", known).post(reverse("consent_evidence", args=[known.slug]), sent)
    assert response.status_code == 302
    assert not AuditEvent.objects.filter(verb="consent.evidence_made").exists()


# ---- recording by hand

GOOD = {
    "phone": "07700 900142", "event": Event.OPTED_OUT, "purpose": "all", "source": Source.SUPPORT,
    "at": "", "text": "please stop", "note": "Called us.",
}  # fmt: skip


def record(account: Account, role: str = "support", **fields: Any) -> Any:
    return signed_in(role, account).post(reverse("consent_record", args=[account.slug]), {**GOOD, **fields})


def test_what_would_change_is_shown_first_and_nothing_is_written(known: Account) -> None:
    response = record(known, event=Event.OPTED_IN, purpose="1")
    assert "Record this?" in response.content.decode()
    (change,) = response.context["changes"]
    assert (str(change["before"]), str(change["after"]), change["changes"]) == ("Opted out", "Opted in", True)
    assert ConsentEvent.objects.count() == 2


def test_what_changes_nothing_is_said(known: Account) -> None:
    response = record(known, purpose="1")
    assert "stays as it is: Opted out" in response.content.decode()


def test_it_is_recorded_for_both_purposes_with_who_and_why(account: Account) -> None:
    response = record(account, confirmed="1")
    assert response["Location"].endswith(urlencode({"phone": MAYA}))
    row = ConsentEvent.objects.get()
    assert (row.phone, row.purpose, row.event, row.source) == (MAYA, None, Event.OPTED_OUT, Source.SUPPORT)
    assert (row.text, row.note) == ("please stop", "Called us.")
    assert row.by_name.startswith("support-")
    for purpose in Purpose:
        assert ledger.standings(account=account, phones=[MAYA], purpose=purpose)[MAYA].status is Status.OPTED_OUT
    assert AuditEvent.objects.get().verb == "consent.recorded"


def test_back_keeps_what_was_written(account: Account) -> None:
    response = record(account, back="1")
    assert "please stop" in response.content.decode()
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phone": "12"}, "Not a phone number"),
        ({"note": ""}, "required"),
        ({"at": "2999-01-01T00:00"}, "in the future"),
        ({"event": Event.REVOKED}, "valid choice"),
        ({"purpose": "9"}, "valid choice"),
        ({"source": Source.IMPORT}, "valid choice"),
    ],
)
def test_what_cannot_be_recorded_says_why(account: Account, fields: dict[str, Any], said: str) -> None:
    assert said in record(account, **fields, confirmed="1").content.decode()
    assert not ConsentEvent.objects.exists()


def test_a_marketer_may_not(account: Account) -> None:
    assert record(account, role="marketer", confirmed="1").status_code == 403
    assert not ConsentEvent.objects.exists()


def test_the_member_page_leads_there_and_says_how_it_stands(known: Account) -> None:
    member = make_member(known, phone=MAYA)
    text = signed_in("support", known).get(reverse("member", args=[known.slug, member.pk])).content.decode()
    assert "May we text? Marketing" in text
    assert f"{reverse('consent_record', args=[known.slug])}?phone=%2B447700900142" in text
