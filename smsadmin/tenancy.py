"""Database operations that put the tenant into every key, so that an installation can later be distributed by account
(Citus)."""

from django.db import migrations


def tenant_primary_key(table: str) -> migrations.RunSQL:
    """Make the table's primary key (id, account_id). Django goes on to know ``id`` as the key; the sequence keeps
    it unique."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD CONSTRAINT {table}_pkey PRIMARY KEY (id, account_id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey, ADD CONSTRAINT {table}_pkey PRIMARY KEY (id)",
    )
