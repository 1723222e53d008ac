"""The pages of an export."""
