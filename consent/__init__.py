"""May we text this number, for this purpose? The ledger is the one door."""
