"""Numbers that we do not text now, and why. The entries are the one door."""
