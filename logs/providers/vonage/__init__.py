"""Vonage SMS API. The codes of its answers and of its receipts are in vonage_sms_submit and vonage_sms_dlr."""
