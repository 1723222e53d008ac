"""How a message comes in: `accept` takes a batch of asks, judges them, and writes messages, queue and credit."""

from logs.accepting.asks import Accepted, Ask, Rejected
from logs.accepting.batch import accept
from logs.accepting.resending import CannotResend, resend

__all__ = ["Accepted", "Ask", "CannotResend", "Rejected", "accept", "resend"]
