"""The REST API under /api/v1/, for systems that submit messages by an SMS_USER's key."""
