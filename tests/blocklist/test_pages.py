"""The block list's pages: who sees what, who may lift what, and what is done is what was shown."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blocklist import bulk, bulk_running, entries
from blocklist.forms import too_long
from blocklist.models import BlockEntry, BlockJob, BlockJobRow, FailureRule
from smsadmin.accounts.access import access_to
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.exports.kinds import kind_of
from tests.blocklist.looking import DAN, EVE, MAYA, SECRET, downloaded, rows, text, url
from tests.factories.accounts import make_user, signed_in
from tests.factories.blocks import make_entry
from tests.factories.members import make_member
from tests.factories.messages import make_message

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


# ---- what is seen


def test_an_account_sees_what_it_caused_and_global_entries_on_its_members(account: Account, rival: Account) -> None:
    make_member(account, phone=EVE)
    ours = [make_entry(account, MAYA), make_entry(account, DAN, is_global=True)]
    touching = make_entry(rival, EVE, is_global=True)
    make_entry(rival, EVE)  # the rival's own
    make_entry(rival, "+447700900400", is_global=True)  # nobody's here
    make_entry(account, "+447700900401", code=530, expires_at=ours[0].intercepted_at, at=ours[0].intercepted_at)
    client = signed_in("marketer", account)
    response = client.get(url("blocks", account))
    assert [row.pk for row in response.context["page"].rows] == [touching.pk, ours[1].pk, ours[0].pk]
    assert str(response.context["count"]) == "3"


def test_pages_walk_both_parts_in_one_order(account: Account, rival: Account) -> None:
    made = []
    for n in range(120):
        phone = f"+4477009{n:05}"
        if n % 3 == 0:
            make_member(account, phone=phone)
        made.append(make_entry(rival if n % 3 == 0 else account, phone, is_global=n % 3 == 0).pk)
    client, seen, address = signed_in("support", account), [], url("blocks", account)
    for _page in range(3):
        response = client.get(address)
        seen += [row.pk for row in response.context["page"].rows]
        address = url("blocks", account) + response.context["older_url"]
    assert seen == made[::-1]
    last = client.get(url("blocks", account), {"after": "end"})
    assert [row.pk for row in last.context["page"].rows] == made[:50][::-1]
    before = client.get(url("blocks", account) + last.context["newer_url"])
    assert [row.pk for row in before.context["page"].rows] == made[50:100][::-1]
    assert [row.pk for row in client.get(url("blocks", account), {"sort": "requested"}).context["page"].rows] == made[
        :50
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"phone": "07700 900142"}, {MAYA}),
        ({"phone": "+4477009002*"}, {DAN}),
        ({"phone": "*0301"}, {EVE}),
        ({"state": "active"}, {MAYA, DAN}),
        ({"state": "expired"}, {EVE}),
        ({"reason": "550"}, {MAYA, EVE}),
        ({"reason": "none"}, {DAN}),
        ({"scope": "account"}, {MAYA, DAN, EVE}),
        ({"scope": "global"}, set()),
        ({"origin": "person"}, {DAN}),
        ({"expires": "1h"}, {MAYA}),
        ({"expires": "7d", "state": "active"}, {MAYA}),
        ({"from": "2026-11-20", "to": "2026-11-20"}, {MAYA, DAN}),
    ],
)
def test_filters_find(account: Account, query: dict[str, str], found: set[str]) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        now = timezone.now()
        make_entry(account, MAYA)
        make_entry(account, DAN, code=None, origin=2, expires_at=None)
        make_entry(account, EVE, at=now - timedelta(days=2))
        assert set(rows(signed_in("support", account), account, **query)) == found


@pytest.mark.parametrize(("after", "state"), [(HOUR - SECOND, "active"), (HOUR, "expired"), (HOUR + SECOND, "expired")])
def test_an_entry_expires_on_the_page_at_its_very_second(account: Account, after: timedelta, state: str) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        entry, client = make_entry(account, MAYA), signed_in("support", account)
    with time_machine.travel(datetime.fromisoformat("2026-11-20T12:00:00Z") + after, tick=False):
        assert entry.state(timezone.now()) == state
        assert rows(client, account, state="active") == ([MAYA] if state == "active" else [])
        assert rows(client, account, state="expired") == ([MAYA] if state == "expired" else [])
        told = entries.active_for(account=account, phones=[MAYA], kind=1, at=timezone.now())
        assert bool(told) is (state == "active")


def test_three_rows_and_thirty_cost_the_same_queries(account: Account, rival: Account) -> None:
    client = signed_in("support", account)

    def cost(n: int) -> int:
        for each in range(n):
            phone = f"+44770091{BlockEntry.objects.count() + each:04}"
            make_member(account, phone=phone)
            make_entry(rival if each % 2 else account, phone, is_global=bool(each % 2))
        client.get(url("blocks", account))
        with CaptureQueriesContext(connection) as found:
            client.get(url("blocks", account))
        return len(found)

    assert cost(3) == cost(30)


# ---- isolation


def secrets(rival: Account) -> set[str]:
    return {"rival", rival.name, SECRET, "spy@rival.example"}


def test_no_page_and_no_file_tells_who_else_caused_a_global_entry(account: Account, rival: Account) -> None:
    member = make_member(account, phone=EVE)
    message = make_message(rival)
    entry = make_entry(
        rival, EVE, is_global=True, note=SECRET, evidence=message.pk, by_name="spy@rival.example", by_id=77
    )
    gone_at = timezone.now() - 2 * HOUR
    gone = make_entry(
        rival, EVE, is_global=True, note=SECRET, at=timezone.now() - 3 * HOUR, ended_at=gone_at,
        lifted_at=gone_at, lift_reason=SECRET, lifted_by_name="spy@rival.example",
    )  # fmt: skip
    for role in ("marketer", "support", "admin", "operator"):
        client = signed_in(role, account)
        for address in (
            url("blocks", account), url("block", account, entry.pk), url("block", account, gone.pk),
            url("block_lift", account, entry.pk), url("member", account, member.pk),
        ):  # fmt: skip
            shown = text(client.get(address, follow=True))
            named = {"rival", rival.name} if role == "operator" else set()  # in the list of all accounts, for them
            assert not [word for word in secrets(rival) - named if word in shown], (role, address)
            assert str(message.pk) not in shown
    kind = kind_of("blocks")
    access = access_to(account, make_user("admin", account))
    sql, params = kind.query(account, access, {})
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        written = str(cursor.fetchall())
    assert EVE in written
    assert not [word for word in secrets(rival) if word in written]


def test_an_entry_of_another_account_does_not_exist(account: Account, rival: Account) -> None:
    theirs = [make_entry(rival, MAYA), make_entry(rival, DAN, is_global=True)]
    client = signed_in("support", account)
    for entry in theirs:
        for name in ("block", "block_lift"):
            assert client.get(url(name, account, entry.pk)).status_code == 404
    client.post(url("blocks_lift", account), {"entry": [entry.pk for entry in theirs]})
    job = BlockJob.objects.get()
    assert (job.total, job.left_out) == (0, 0)
    assert client.get(url("blocks_action", rival, job.pk)).status_code == 404


# ---- rights


@pytest.mark.parametrize("role", ["marketer", "support", "admin", "operator"])
@pytest.mark.parametrize(("is_global", "is_own"), [(False, True), (True, True), (True, False)])
@pytest.mark.parametrize("code_lets", [False, True])
def test_who_may_lift_what(
    account: Account, rival: Account, role: str, is_global: bool, is_own: bool, code_lets: bool
) -> None:
    code = 510 if is_global else 550
    FailureRule.objects.filter(code=code).update(user_may_delete=code_lets)
    make_member(account, phone=MAYA)
    entry = make_entry(account if is_own else rival, MAYA, is_global=is_global)
    client = signed_in(role, account)
    may = role == "operator" or (role in ("support", "admin") and is_own and code_lets)
    button = client.get(url("block", account, entry.pk)).context["button"]
    assert button.act == ("lift" if may else "" if role == "marketer" else "request")
    client.post(url("block_lift", account, entry.pk), {"reason": "They called us"})
    client.post(url("blocks_lift", account), {"entry": entry.pk})
    for job in BlockJob.objects.filter(state="draft"):
        client.post(url("blocks_action", account, job.pk), {"reason": "They called us"})
    entry.refresh_from_db()
    assert (entry.lifted_at is not None) is may
    assert entry.lift_reason == ("They called us" if may else "")


# ---- lifting and its undo


def lift(client: Client, account: Account, entry: BlockEntry) -> BlockJob:
    response = client.post(url("block_lift", account, entry.pk), {"reason": "It works"})
    assert response.status_code == 302, response.context["form"].errors
    return BlockJob.objects.latest("pk")


def test_a_lift_asks_why(account: Account) -> None:
    entry, client = make_entry(account), signed_in("support", account)
    assert "reason" in client.post(url("block_lift", account, entry.pk), {"reason": " "}).context["form"].errors
    assert not BlockJob.objects.exists()


def test_a_lift_is_told_in_the_audit_log_and_can_be_taken_back(account: Account) -> None:
    entry, client = make_entry(account, MAYA), signed_in("support", account)
    job = lift(client, account, entry)
    line = AuditEvent.objects.get(verb="block.lifted")
    assert (line.account_id, line.facts["entries"], line.facts["reason"]) == (account.pk, [entry.pk], "It works")
    assert line.by_name.startswith("support")
    assert not entries.active_for(account=account, phones=[MAYA], kind=1, at=timezone.now())
    client.post(url("blocks_undo", account, job.pk))
    entry.refresh_from_db()
    assert (entry.ended_at, entry.lifted_at, entry.lift_reason) == (None, None, "")
    assert entries.active_for(account=account, phones=[MAYA], kind=1, at=timezone.now())
    assert AuditEvent.objects.get(verb="block.restored").facts["entries"] == [entry.pk]
    assert "taken back" in text(client.post(url("blocks_undo", account, job.pk), follow=True))
    assert BlockJob.objects.filter(act="undo").count() == 1


@pytest.mark.parametrize(("after", "works"), [(599, True), (600, False), (3600, False)])
def test_a_lift_can_be_taken_back_for_ten_minutes(account: Account, after: int, works: bool) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        entry, client = make_entry(account, expires_at=None, origin=2, code=None), signed_in("support", account)
        job = lift(client, account, entry)
        clock.shift(after)
        shown = client.get(url("blocks_action", account, job.pk))
        assert (shown.context["undo_until"] is not None) is works
        client.post(url("blocks_undo", account, job.pk))
        entry.refresh_from_db()
        assert (entry.lifted_at is None) is works


def test_undo_leaves_what_has_been_replaced_or_lifted_by_others(account: Account) -> None:
    kept, replaced, again = make_entry(account, MAYA), make_entry(account, DAN), make_entry(account, EVE)
    client = signed_in("support", account)
    client.post(url("blocks_lift", account), {"entry": [kept.pk, replaced.pk, again.pk]})
    job = BlockJob.objects.get()
    client.post(url("blocks_action", account, job.pk), {"reason": "All work"})
    at = timezone.now()
    newer = entries.block(account=account, phone=DAN, scope="account", until=None, note="", by=None, at=at)
    BlockEntry.objects.filter(pk=again.pk).update(lifted_at=at, ended_at=at)  # lifted by another act
    client.post(url("blocks_undo", account, job.pk))
    undone = BlockJob.objects.get(act="undo")
    assert (undone.total, undone.done, undone.skipped) == (3, 1, 2)
    assert set(BlockEntry.objects.filter(ended_at=None).values_list("pk", flat=True)) == {kept.pk, newer.pk}


def test_only_an_operator_takes_back_what_an_operator_lifted(account: Account, rival: Account) -> None:
    make_member(account, phone=MAYA)
    entry = make_entry(rival, MAYA, is_global=True)
    job = lift(signed_in("operator"), account, entry)
    signed_in("support", account).post(url("blocks_undo", account, job.pk))
    assert not BlockJob.objects.filter(act="undo").exists()


def test_exactly_the_entries_that_were_shown_are_lifted(account: Account) -> None:
    shown = [make_entry(account) for _ in range(3)]
    client = signed_in("support", account)
    client.post(url("blocks_lift", account), {"all": "1", "query": "state=active"})
    job = BlockJob.objects.get()
    page = client.get(url("blocks_action", account, job.pk))
    assert "Lift 3 entries" in text(page)
    later = make_entry(account)  # matches the filter, but was not shown
    gone = shown.pop()
    BlockEntry.objects.filter(pk=gone.pk).update(ended_at=timezone.now())
    client.post(url("blocks_action", account, job.pk), {"reason": "They work"})
    job.refresh_from_db()
    assert (job.state, job.total, job.done, job.skipped) == ("done", 3, 2, 1)
    lifted = set(BlockEntry.objects.filter(lifted_at__isnull=False).values_list("pk", flat=True))
    assert lifted == {entry.pk for entry in shown}
    assert later.pk not in lifted


def test_a_filter_that_is_not_understood_lifts_nothing(account: Account) -> None:
    make_entry(account)
    client = signed_in("support", account)
    assert client.post(url("blocks_lift", account), {"all": "1", "query": "state=nonsense"}).status_code == 404
    assert not BlockJob.objects.exists()


# ---- adding


def test_one_number_is_blocked_in_any_spelling(account: Account) -> None:
    client = signed_in("marketer", account)
    form = {"number": "07700 900142", "until": "7d", "stops": "marketing", "note": "asked by phone"}
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        response = client.post(url("block_new", account), form)
        entry = BlockEntry.objects.get()
        assert response["Location"] == url("block", account, entry.pk)
        assert (entry.phone, entry.kind, entry.note) == (MAYA, 1, "asked by phone")
        assert entry.expires_at == timezone.now() + timedelta(days=7)


@pytest.mark.parametrize("name", ["block_new", "blocks_paste", "blocks_bulk"])
def test_a_block_ends_in_thirty_days_unless_somebody_says_otherwise(account: Account, name: str) -> None:
    make_message(account, phone=MAYA)
    client, address = signed_in("support", account), url(name, account) + "?from=all"
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        shown = client.get(address).context["form"]
        as_shown = {field.name: field.value() or "" for field in shown if field.name != "file"}
        client.post(address, {**as_shown, "number": MAYA, "lines": MAYA})
        for job in BlockJob.objects.all():
            assert "until 20 Dec 2026 12:00" in text(client.get(url("blocks_action", account, job.pk)))
            client.post(url("blocks_action", account, job.pk))
        assert BlockEntry.objects.get().expires_at == timezone.now() + timedelta(days=30)


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("number", {"number": "12", "until": "1h", "stops": "all"}),
        ("date", {"number": MAYA, "until": "date", "stops": "all"}),
        ("date", {"number": MAYA, "until": "date", "date": "2020-01-01T10:00", "stops": "all"}),
    ],
)
def test_what_is_wrong_stands_at_its_field(account: Account, field: str, form: dict[str, str]) -> None:
    response = signed_in("support", account).post(url("block_new", account), form)
    assert list(response.context["form"].errors) == [field]
    assert not BlockEntry.objects.exists()


def test_a_file_that_was_too_large_to_be_kept_is_told_at_its_field(account: Account, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10
    file = SimpleUploadedFile("numbers.txt", b"+447700900142\n" * 10_000)
    page = signed_in("support", account).post(url("blocks_paste", account), {"lines": "", "file": file})
    assert page.context["form"].errors["file"] == [too_long()]
    assert "lines" not in page.context["form"].errors


def test_a_pasted_list_is_sorted_before_anything_happens(account: Account) -> None:
    make_entry(account, DAN, origin=2, code=None, expires_at=None)
    make_entry(account, EVE)  # ends in an hour: not long enough
    lines = ["07700 900142", "", DAN, "not a number", EVE, "+44 7700 900142", "12"]
    client = signed_in("support", account)
    client.post(url("blocks_paste", account), {"lines": "\n".join(lines), "until": "ever", "stops": "all"})
    job = BlockJob.objects.get()
    assert (job.total, job.there, job.bad) == (2, 2, 2)
    found = {row.line: (row.verdict, row.why) for row in BlockJobRow.objects.all()}
    assert {line: verdict for line, (verdict, _why) in found.items()} == {1: 1, 3: 2, 4: 3, 5: 1, 6: 2, 7: 3}
    assert (found[6][1], found[3][1]) == ("the same as line 1", "stopped already")
    page = text(client.get(url("blocks_action", account, job.pk)))
    assert "not a number" in page
    assert "Block 2 numbers" in page
    assert BlockEntry.objects.filter(ended_at=None).count() == 2
    client.post(url("blocks_action", account, job.pk))
    told = entries.active_for(account=account, phones=[MAYA, DAN, EVE], kind=1, at=timezone.now())
    assert {phone: block.until for phone, block in told.items()} == {MAYA: None, DAN: None, EVE: None}
    job.refresh_from_db()
    assert (job.done, job.skipped, job.state) == (2, 0, "done")


def test_all_lines_of_a_kind_are_a_file_with_their_count(account: Account) -> None:
    client = signed_in("support", account)
    listed = "\n".join([*(f"07700 9{n:05}" for n in range(210)), "=1+1", "12"])
    client.post(url("blocks_paste", account), {"lines": listed, "until": "ever", "stops": "all"})
    job = BlockJob.objects.get()
    address = url("blocks_action", account, job.pk)
    assert "The first 200 of 210 are shown" in text(client.get(address + "?show=new"))
    assert "All 2 lines are shown" in text(client.get(address + "?show=bad"))
    new, bad = (downloaded(client, f"{address}lines.csv?show={kind}") for kind in ("new", "bad"))
    assert len(new) == 211
    assert new[:2] == [["line", "number", "written", "done", "why"], ["1", "'+447700900000", "07700 900000", "no", ""]]
    assert bad[1][:4] == ["211", "", "'=1+1", "no"]
    client.post(address)
    assert {row[3] for row in downloaded(client, f"{address}lines.csv")[1:]} == {"yes"}
    lines = AuditEvent.objects.filter(verb="blocks.lines_downloaded")
    assert [line.facts["kind"] for line in lines.order_by("pk")] == ["new", "bad", "new"]
    assert client.get(f"{address}lines.csv?show=all").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("marketer", 200), ("support", 403), ("admin", 200), ("operator", 200)])
def test_numbers_that_the_product_found_are_an_export(account: Account, role: str, status: int) -> None:
    at, by = timezone.now(), make_user("support", account)
    make_entry(account, MAYA)
    job = bulk.draft_lift(
        account=account, entries=[BlockEntry.objects.own(account)], as_operator=False, source="", by=by, at=at
    )
    address = url("blocks_action", account, job.pk)
    client = signed_in(role, account)
    assert client.get(f"{address}lines.csv").status_code == status
    assert ("lines.csv" in text(client.get(address))) is (status == 200)


def test_ten_thousand_numbers_with_three_hundred_bad_ones(account: Account) -> None:
    lines = [f"+4477{n:08}" if n % 33 or n // 33 >= 300 else f"bad {n}" for n in range(10_000)]
    by = make_user("support", account)
    job = bulk.draft_block(
        account=account, lines=lines, stop=bulk.Stop(None), source="pasted", by=by, at=timezone.now()
    )
    assert (job.total, job.there, job.bad) == (9_700, 0, 300)
    bulk.start(job=job, note="", by=by, at=timezone.now())
    bulk_running.advance(account_id=account.pk, job_id=job.pk)
    assert BlockEntry.objects.filter(account=account, ended_at=None).count() == 9_700


def test_numbers_are_blocked_straight_from_the_sms_list(account: Account, rival: Account) -> None:
    for phone in (MAYA, MAYA, DAN):
        make_message(account, phone=phone)
    make_message(rival, phone=EVE)
    client = signed_in("support", account)
    address = url("blocks_bulk", account) + "?from=all"
    assert str(client.get(address).context["count"]) == "3"
    client.post(address, {"until": "ever", "stops": "all", "note": "returned"})
    job = BlockJob.objects.get()
    assert set(BlockJobRow.objects.values_list("phone", flat=True)) == {MAYA, DAN}
    client.post(url("blocks_action", account, job.pk))
    assert {e.phone: (e.note, e.account_id) for e in BlockEntry.objects.all()} == {
        MAYA: ("returned", account.pk), DAN: ("returned", account.pk),
    }  # fmt: skip


# ---- jobs that die


def test_an_act_goes_on_where_its_worker_died(account: Account) -> None:
    by, at = make_user("support", account), timezone.now()
    for n in range(3):
        make_entry(account, f"+44771{n:07}")
    BlockEntry.objects.bulk_create(
        BlockEntry(
            phone=f"+44772{n:07}", scope="account", account=account, source_account_id=account.pk, code=550, origin=1,
            intercepted_at=at, seen_at=at, expires_at=at + HOUR,
        )
        for n in range(2500)
    )  # fmt: skip
    everything = [BlockEntry.objects.own(account)]
    job = bulk.draft_lift(account=account, entries=everything, as_operator=False, source="", by=by, at=at)
    bulk.start(job=job, note="all work", by=by, at=at)

    class Killed(BaseException):
        pass

    def die(_job: BlockJob) -> None:
        raise Killed

    with pytest.raises(Killed):
        bulk_running.advance(account_id=account.pk, job_id=job.pk, now=lambda: at, heard=die)
    job.refresh_from_db()
    assert (job.done, job.state) == (1000, "working")
    bulk_running.advance(account_id=account.pk, job_id=job.pk, now=lambda: at + SECOND)  # the lease still holds
    job.refresh_from_db()
    assert job.done == 1000
    bulk_running.advance(account_id=account.pk, job_id=job.pk, now=lambda: at + timedelta(seconds=31))
    job.refresh_from_db()
    assert (job.done, job.skipped, job.total, job.state) == (2503, 0, 2503, "done")
    assert not BlockEntry.objects.filter(ended_at=None).exists()
    assert sum(line.facts["rows"] for line in AuditEvent.objects.filter(verb="block.lifted")) == 2503


def test_a_draft_is_confirmed_once(account: Account) -> None:
    by, at = make_user("support", account), timezone.now()
    job = bulk.draft_block(account=account, lines=[MAYA], stop=bulk.Stop(None), source="", by=by, at=at)
    bulk.start(job=job, note="", by=by, at=at)
    with pytest.raises(bulk.NotNow):
        bulk.start(job=job, note="", by=by, at=at)
