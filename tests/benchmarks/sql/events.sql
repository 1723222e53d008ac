-- What was said of each message: taken by the platform, by the provider, and the last word.
INSERT INTO status_event
       (message_id, id, occurred_at, received_at, account_id, source, stage, outcome, reason, number_valid, retry, provider, provider_message_id, raw_status)
SELECT m.id, gen_random_uuid(), m.requested_at, m.requested_at, account_id, 7, 10, 1, 0, 1, false, '', '', 'queued' FROM message m
UNION ALL
SELECT m.id, gen_random_uuid(), m.sent_at, m.sent_at, account_id, 1, 30, 1, 0, 1, false, 'twilio', provider_message_id, 'sent' FROM message m WHERE sent_at IS NOT NULL
UNION ALL
SELECT m.id, m.state_event_id, m.state_at, m.state_received_at, account_id, 2, state_stage, outcome, reason, number_valid, retry, 'twilio', provider_message_id,
       CASE WHEN outcome = 2 THEN 'delivered' ELSE 'undelivered' END
FROM message m WHERE outcome <> 1;
