"""smsadmin: what became of every SMS, why, and to whom one may still send."""
