"""Six vocabularies over one state: the words of five products and our own. An account chooses which its pages speak."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from logs.vocabularies import communicate, como, crm_sms_list, engagelab, smsadmin, smsmode
from logs.vocabularies.projection import Condition, Label, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT", "VOCABULARIES", "Condition", "Label", "Vocabulary"]

DEFAULT = smsadmin.VOCABULARY

VOCABULARIES: "Mapping[str, Vocabulary]" = MappingProxyType(
    {
        vocabulary.key: vocabulary
        for vocabulary in (
            DEFAULT,
            como.VOCABULARY,
            communicate.VOCABULARY,
            engagelab.VOCABULARY,
            smsmode.VOCABULARY,
            crm_sms_list.VOCABULARY,
        )
    }
)
