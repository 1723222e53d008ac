"""A carrier that is not there: a process that answers over HTTP like a provider, with receipts, delays, failures and
replies. docs/simulator.md describes its API and its numbers."""
