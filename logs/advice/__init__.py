"""What a state means for people: sentences, the next step, and the verdict on the number."""

from logs.advice.explanations import Explanation, explain, family_label, reason_label
from logs.advice.numbers import NumberAdvice

__all__ = ["Explanation", "NumberAdvice", "explain", "family_label", "reason_label"]
