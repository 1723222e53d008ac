"""The people that an account texts."""
