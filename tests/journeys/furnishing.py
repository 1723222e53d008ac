"""A program: an account that sends through the simulator, with credit and a key. Prints what its caller needs as JSON.

A process of its own, since it writes into the database of the product that its environment names.
"""

import json
import sys

import django

CREDIT = 100_000  # segments


def main() -> None:
    django.setup()
    from django.utils import timezone

    from logs import credentials, credit
    from logs.models import ProviderAccount
    from tests.factories.accounts import make_account
    from tests.factories.sending import make_key, make_sms_user

    account = make_account(time_zone="UTC")
    credit.top_up(account=account, segments=CREDIT, by=None, at=timezone.now(), note="for the test")
    ways = {
        provider: ProviderAccount.objects.create(
            account=account, provider=provider, name=provider, enabled=provider == "simulator", rate=1000,
            secrets=credentials.seal(secrets),
        )
        for provider, secrets in (("simulator", {}), ("kannel", {"password": "for replies"}))
    }  # fmt: skip
    hooks = {provider: credentials.hook_url(way) for provider, way in ways.items()}
    told = {"account": account.pk, "key": make_key(make_sms_user(account)), "credit": CREDIT, "hooks": hooks}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
