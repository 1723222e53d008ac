"""The operators' list of all accounts' entries: what they see, lift and download there, and that nobody else hears of
it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blocklist.models import BlockEntry, BlockJob
from smsadmin.accounts.models import Account, AuditEvent
from smsadmin.exports.models import Export
from tests.blocklist.looking import DAN, EVE, MAYA, SECRET, downloaded, rows, text, url
from tests.factories.accounts import signed_in
from tests.factories.blocks import make_entry
from tests.factories.exports import make_file_of, table


@pytest.fixture
def world(account: Account, rival: Account) -> list[BlockEntry]:
    """One of this account, a global one that another caused, one that nobody did."""
    return [
        make_entry(account, MAYA),
        make_entry(rival, DAN, is_global=True, note=SECRET),
        make_entry(None, EVE, is_global=True, origin=2, code=None),
    ]


# ---- what is seen


def test_operators_see_the_entries_of_all_accounts_and_whose_they_are(account: Account, rival: Account) -> None:
    mine = make_entry(account, MAYA)
    theirs = make_entry(rival, DAN, is_global=True, note=SECRET)
    make_entry(None, EVE, is_global=True, origin=2, code=None)
    client = signed_in("operator")
    page = client.get(url("blocks_everywhere", account))
    assert [row.phone for row in page.context["page"].rows] == [EVE, DAN, MAYA]
    assert str(page.context["count"]) == "3"
    shown = text(page)
    for words in (rival.name, account.name, SECRET, "No account"):
        assert words in shown
    for entry, whose in ((mine, account), (theirs, rival)):
        assert url("block", whose, entry.pk) in shown
        assert client.get(url("block", whose, entry.pk)).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"account": "rival"}, [DAN]),
        ({"account": "harbour", "state": "active"}, [MAYA]),
        ({"account": "-none"}, [EVE]),
        ({"scope": "global"}, [EVE, DAN]),
        ({"reason": "none"}, [EVE]),
        ({"phone": "07700 900209"}, [DAN]),
        ({"state": "lifted"}, []),
    ],
)
def test_operators_filter_by_account_too(
    account: Account, rival: Account, query: dict[str, str], found: list[str]
) -> None:
    make_entry(account, MAYA)
    make_entry(rival, DAN, is_global=True)
    make_entry(None, EVE, is_global=True, origin=2, code=None)
    page = signed_in("operator").get(url("blocks_everywhere", account), query).context["page"]
    assert [row.phone for row in page.rows] == found


@pytest.mark.parametrize("role", ["marketer", "support", "admin"])
def test_nobody_but_operators_opens_the_list_of_all_accounts_or_hears_of_it(
    account: Account, rival: Account, role: str
) -> None:
    make_entry(rival, DAN, is_global=True, note=SECRET)
    client = signed_in(role, account)
    refused = client.get(url("blocks_everywhere", account), {"account": "rival"})
    assert refused.status_code == 403
    assert "Rival" not in text(refused)
    assert url("blocks_everywhere", account) not in text(client.get(url("blocks", account)))
    # Nor does the account's own list take the operators' filter: it would tell by its count.
    page = client.get(url("blocks", account), {"account": "rival"})
    assert [row.phone for row in page.context["page"].rows] == rows(client, account)


def test_three_rows_and_thirty_of_all_accounts_cost_the_same_queries(account: Account, rival: Account) -> None:
    client = signed_in("operator")

    def cost(n: int) -> int:
        for number in range(n):
            make_entry((account, rival)[number % 2])
        with CaptureQueriesContext(connection) as found:
            client.get(url("blocks_everywhere", account))
        return len(found)

    assert cost(3) == cost(30)


# ---- lifting


def test_operators_lift_entries_of_all_accounts_with_one_reason(
    account: Account, rival: Account, world: list[BlockEntry]
) -> None:
    kept = make_entry(rival)
    client = signed_in("operator")
    drafted = client.post(url("blocks_lift_everywhere", account), {"entry": [entry.pk for entry in world]})
    job = BlockJob.objects.get()
    assert drafted["Location"] == url("blocks_action", account, job.pk)
    page = text(client.get(drafted["Location"]))
    for words in ("Lift 3 entries", account.name, rival.name, "No account", url("block", rival, world[1].pk)):
        assert words in page
    assert "reason" in client.post(drafted["Location"], {"reason": " "}).context["form"].errors
    client.post(drafted["Location"], {"reason": "The carrier was down"})
    job.refresh_from_db()
    assert (job.state, job.done, job.left_out, job.skipped) == ("done", 3, 0, 0)
    lifted = BlockEntry.objects.filter(lifted_at__isnull=False)
    assert {entry.pk for entry in lifted} == {entry.pk for entry in world}
    assert {entry.lift_reason for entry in lifted} == {"The carrier was down"}
    kept.refresh_from_db()
    assert kept.lifted_at is None


def test_what_operators_lifted_everywhere_comes_back_within_ten_minutes(
    account: Account, world: list[BlockEntry]
) -> None:
    client = signed_in("operator")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for after, works in ((599, True), (600, False)):
            client.post(url("blocks_lift_everywhere", account), {"entry": [entry.pk for entry in world]})
            job = BlockJob.objects.latest("pk")
            client.post(url("blocks_action", account, job.pk), {"reason": "All work"})
            clock.shift(after)
            client.post(url("blocks_undo", account, job.pk))
            assert BlockEntry.objects.filter(lifted_at=None).count() == (3 if works else 0)
    assert BlockJob.objects.get(act="undo").of_all


def test_exactly_what_the_filters_found_everywhere_is_lifted(account: Account, rival: Account) -> None:
    shown = [make_entry(rival, is_global=True) for _ in range(2)]
    other = make_entry(account)
    client = signed_in("operator")
    client.post(url("blocks_lift_everywhere", account), {"all": "1", "query": "account=rival&state=active"})
    job = BlockJob.objects.get()
    assert job.source == "State: Stopped, Account: Rival"
    later = make_entry(rival)  # matches, but was not shown
    client.post(url("blocks_action", account, job.pk), {"reason": "They work"})
    lifted = set(BlockEntry.objects.filter(lifted_at__isnull=False).values_list("pk", flat=True))
    assert lifted == {entry.pk for entry in shown}
    assert not {other.pk, later.pk} & lifted
    wrong = {"all": "1", "query": "account=nobody"}
    assert client.post(url("blocks_lift_everywhere", account), wrong).status_code == 404


def test_each_accounts_log_tells_its_own_entries_alone(
    account: Account, rival: Account, world: list[BlockEntry]
) -> None:
    theirs = make_entry(rival)
    client = signed_in("operator")
    client.post(url("blocks_lift_everywhere", account), {"all": "1", "query": ""})
    job = BlockJob.objects.get()
    client.post(url("blocks_action", account, job.pk), {"reason": "All work"})
    told = {line.account_id: line.facts["entries"] for line in AuditEvent.objects.filter(verb="block.lifted")}
    everybodys = [world[1].pk, world[2].pk]
    assert {whose: sorted(found) for whose, found in told.items()} == {
        account.pk: [world[0].pk], rival.pk: [theirs.pk], None: everybodys,
    }  # fmt: skip
    about = AuditEvent.objects.filter(verb__startswith="blocks.")
    assert {(line.verb, line.account_id) for line in about} == {
        ("blocks.lift_started", None),
        ("blocks.lift_done", None),
    }


@pytest.mark.parametrize("role", ["marketer", "support", "admin"])
def test_nobody_but_operators_comes_near_an_act_on_all_accounts(
    account: Account, world: list[BlockEntry], role: str
) -> None:
    operator = signed_in("operator")
    operator.post(url("blocks_lift_everywhere", account), {"entry": [entry.pk for entry in world]})
    job = BlockJob.objects.get()
    client = signed_in(role, account)
    refused = client.post(url("blocks_lift_everywhere", account), {"entry": [entry.pk for entry in world]})
    assert (refused.status_code, BlockJob.objects.count()) == (403, 1)
    address = url("blocks_action", account, job.pk)
    assert client.get(address).status_code == 404
    assert client.post(address, {"reason": "Mine"}).status_code == 404
    assert client.get(f"{address}lines.csv").status_code == 404
    operator.post(address, {"reason": "All work"})
    assert client.post(url("blocks_undo", account, job.pk)).status_code == (403 if role == "marketer" else 404)
    assert not BlockJob.objects.filter(act="undo").exists()
    assert [line[1] for line in downloaded(operator, f"{address}lines.csv")[1:]] == [f"'{e.phone}" for e in world]


def test_three_entries_and_thirty_of_an_act_cost_the_same_queries(account: Account, rival: Account) -> None:
    client = signed_in("operator")

    def cost(n: int) -> int:
        made = [make_entry((account, rival)[number % 2]).pk for number in range(n)]
        client.post(url("blocks_lift_everywhere", account), {"entry": made})
        address = url("blocks_action", account, BlockJob.objects.latest("pk").pk)
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    assert cost(3) == cost(30)


# ---- the file


def test_the_file_has_the_lists_rows_and_who_caused_each(
    account: Account, rival: Account, world: list[BlockEntry]
) -> None:
    client = signed_in("operator")
    assert "all_blocks" in text(client.get(url("blocks_everywhere", account)))
    whole = table(make_file_of(account, "all_blocks", at=timezone.now() + timedelta(seconds=1)))
    found = {row["number"]: (row["caused_by"], row["note"]) for row in whole}
    assert found == {f"'{MAYA}": (account.name, ""), f"'{DAN}": (rival.name, SECRET), f"'{EVE}": ("", "")}
    asked = {"kind": "all_blocks", "format": "csv", "query": "account=rival"}
    assert client.post(url("export_new", account), asked).getvalue()
    assert [row["number"] for row in table(Export.objects.latest("pk"))] == [f"'{DAN}"]


@pytest.mark.parametrize("role", ["marketer", "admin"])
def test_nobody_but_operators_asks_for_that_file_or_hears_of_it(
    account: Account, world: list[BlockEntry], role: str
) -> None:
    operator = signed_in("operator")
    asked = {"kind": "all_blocks", "format": "csv", "query": "account=rival"}
    assert operator.post(url("export_new", account), asked).getvalue()
    export, client = Export.objects.get(), signed_in(role, account)
    assert client.post(url("export_new", account), asked).status_code == 403
    # Nor does the account's own file take the operators' filter.
    own = client.post(url("export_new", account), {**asked, "kind": "blocks"}).getvalue().decode()
    assert MAYA in own
    assert not [word for word in (DAN, EVE, "rival", "Rival") if word in own]
    for name in ("export", "export_download"):
        assert client.get(url(name, account, export.pk)).status_code == 404
    assert client.post(url("export_cancel", account, export.pk)).status_code == 404
    listed, theirs = text(client.get(url("exports", account))), text(operator.get(url("exports", account)))
    assert "all accounts" not in listed
    assert "Rival" not in listed
    assert "Block list of all accounts" in theirs
    lines = AuditEvent.objects.filter(verb__startswith="export.", facts__kind="all_blocks")
    assert {line.account_id for line in lines} == {None}
