"""List pages as declarations: tenant scope, filters, table, keyset pages, stated counts."""
