"""Keeping what opens a door out of the log. Django logs the path of every request that is answered with an error, and
the path of a provider's callback holds the secret that it is known by."""

import logging
import re

SECRET = re.compile(r"(/hooks/[^/\s]+/)[^/\s?]+")
HIDDEN = r"\1…"


class WithoutSecrets(logging.Filter):
    """Takes the tokens of callback addresses out of what is logged, before it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if (clean := SECRET.sub(HIDDEN, message)) != message:
            record.msg, record.args = clean, ()
        return True
