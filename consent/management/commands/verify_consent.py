"""``manage.py verify_consent``: prove that nothing in the consent ledger was changed, removed or reordered."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent import ledger
from smsadmin.accounts.models import Account


class Command(BaseCommand):
    help = "Walks the hash chain of every number and lists what does not hold. Ends with an error if anything does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", default="", help="only this account, by its address (default: all)")

    def handle(self, *args: Any, account: str, **options: Any) -> None:
        broken = 0
        for link in ledger.verify(self.chosen(account)):
            broken += 1
            self.stdout.write(f"account {link.account_id}, {link.phone}, event {link.sequence}: {link.why}")
        if broken:
            raise CommandError(
                f"{broken} broken {'links' if broken > 1 else 'link'}: the ledger was changed from outside."
            )
        self.stdout.write("Every chain holds.")

    def chosen(self, slug: str) -> Account | None:
        if not slug:
            return None
        try:
            return Account.objects.get(slug=slug)
        except Account.DoesNotExist:
            raise CommandError(f"No account has the address “{slug}”.") from None
