"""People and tenants: who may do what, in which account."""
