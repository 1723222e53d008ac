"""The message log, and everything that happens to a message."""
