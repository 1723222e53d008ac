from smsadmin.exports.models.export import Export

__all__ = ["Export"]
