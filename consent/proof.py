"""Proving that nobody has changed, removed or reordered what the ledger holds: every chain is walked and its digests
made again."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from consent import chain
from consent.models import ConsentChain, ConsentEvent, Erasure
from smsadmin.accounts.models import Account

ROWS_A_READ = 2000
EMPTIED = "#"  # how the name of a chain begins whose person was forgotten


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where a chain does not hold. ``sequence`` is the place in it: the event's own, or the one that is missing."""

    account_id: int
    phone: str
    sequence: int
    why: str


def is_sealed(row: ConsentEvent) -> bool:
    """The personal part is what was sealed; or it is gone, with all that was in it (consent.erasing)."""
    if row.phone.startswith(EMPTIED):
        return not (bytes(row.salt) or row.text or row.ip or row.user_agent or row.note)
    return chain.seal(row) == bytes(row.sealed)


@dataclass(slots=True)
class Walk:
    """One chain, as far as it was walked."""

    account_id: int = 0
    phone: str = ""
    length: int = 0
    digest: bytes = chain.START

    def step(self, row: ConsentEvent) -> Iterator[BrokenLink]:
        """One event further; says what is wrong with it."""
        why = self._wrong(row)
        self.length, self.digest = row.sequence, bytes(row.digest)
        if why:
            yield BrokenLink(self.account_id, self.phone, row.sequence, why)

    def _wrong(self, row: ConsentEvent) -> str:
        if row.sequence != self.length + 1:
            return f"follows {self.length}: something between is missing"
        if bytes(row.previous) != self.digest:
            return "does not follow from the event before it"
        if not is_sealed(row):
            return "its personal part was changed"
        if chain.digest(self.digest, row) != bytes(row.digest):
            return "it was changed"
        return ""

    def end(self, length: int | None, digest: bytes | None) -> Iterator[BrokenLink]:
        """Compare with what is kept of the chain's end."""
        if length is None or digest is None:
            yield BrokenLink(self.account_id, self.phone, self.length, "the record of the chain's end is missing")
        elif length > self.length:
            yield BrokenLink(self.account_id, self.phone, self.length + 1, "the end of the chain is missing")
        elif (length, bytes(digest)) != (self.length, self.digest):
            yield BrokenLink(self.account_id, self.phone, self.length, "the chain goes on after its recorded end")


def verify(account: Account | None = None, phone: str = "") -> Iterator[BrokenLink]:
    """The broken links of an account's chains, of one number's or of all, read as a stream: memory does not grow with
    the ledger.

    The digests of one row can be made again by whoever rewrites a chain from there to its end *and* its row of
    ConsentChain: keep the digests of an evidence pack elsewhere to prove even against that.
    """
    ends = ConsentChain.objects.filter(account_id=OuterRef("account_id"), phone=OuterRef("phone"))
    rows = ConsentEvent.objects.annotate(
        chain_length=ends.values("length"), chain_digest=ends.values("digest")
    ).order_by("account_id", "phone", "sequence")
    if account is not None:
        rows = rows.filter(account=account)
    if phone:
        rows = rows.filter(phone=phone)
    walk, end = Walk(), None
    for row in rows.iterator(chunk_size=ROWS_A_READ):
        if (row.account_id, row.phone) != (walk.account_id, walk.phone):
            if end is not None:
                yield from walk.end(*end)
            walk = Walk(row.account_id, row.phone)
        end = (row.chain_length, row.chain_digest)
        yield from walk.step(row)
    if end is not None:
        yield from walk.end(*end)
    yield from without_events(account, phone)
    yield from without_erasure(account, phone)


def without_events(account: Account | None, phone: str = "") -> Iterator[BrokenLink]:
    events = ConsentEvent.objects.filter(account_id=OuterRef("account_id"), phone=OuterRef("phone"))
    chains = ConsentChain.objects.filter(~Exists(events))
    return broken(chains, account, phone, "all of its events are missing")


def without_erasure(account: Account | None, phone: str = "") -> Iterator[BrokenLink]:
    """Chains that were emptied, though nobody is on record for it."""
    erasures = Erasure.objects.filter(account_id=OuterRef("account_id"), name=OuterRef("phone"))
    chains = ConsentChain.objects.filter(~Exists(erasures), phone__startswith=EMPTIED)
    return broken(chains, account, phone, "it was emptied, and no erasure is on record")


def broken(chains: QuerySet, account: Account | None, phone: str, why: str) -> Iterator[BrokenLink]:
    """These chains, of one account and one number where they are given."""
    chains = chains.order_by("account_id", "phone")
    if account is not None:
        chains = chains.filter(account=account)
    if phone:
        chains = chains.filter(phone=phone)
    for found in chains.iterator(chunk_size=ROWS_A_READ):
        yield BrokenLink(found.account_id, found.phone, 1, why)
