from blocklist.models.bulk import BlockJob, BlockJobRow
from blocklist.models.entry import E164, MARKETING, BlockEntry
from blocklist.models.request import RemovalRequest
from blocklist.models.rule import FailureRule

__all__ = ["E164", "MARKETING", "BlockEntry", "BlockJob", "BlockJobRow", "FailureRule", "RemovalRequest"]
