"""What people write back is acted on: STOP, START, HELP, and what a person has to read."""

from logs.answering.working import Answered, answer_all, work

__all__ = ["Answered", "answer_all", "work"]
