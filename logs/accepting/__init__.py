"""How a message comes in: `accept` takes a batch of asks, judges them, and writes messages, queue and credit; `try_out`
tells what it would say."""

from logs.accepting.asks import Accepted, Ask, Rejected
from logs.accepting.batch import accept
from logs.accepting.resending import CannotResend, resend
from logs.accepting.trial import Trial, try_out

__all__ = ["Accepted", "Ask", "CannotResend", "Rejected", "Trial", "accept", "resend", "try_out"]
