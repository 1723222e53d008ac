-- A Twilio message log of the last weeks, made of the big account's texts and numbers.
SELECT 'BENCH' AS "From", phone AS "To", body AS "Body",
       CASE status WHEN 4 THEN 'delivered' WHEN 6 THEN 'failed' WHEN 5 THEN 'undelivered' ELSE 'sent' END AS "Status",
       to_char(requested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "DateCreated",
       to_char((requested_at + interval '2 seconds') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "DateSent",
       to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "DateUpdated",
       segments AS "NumSegments", CASE status WHEN 6 THEN '30008' WHEN 5 THEN '30003' ELSE '' END AS "ErrorCode",
       provider_message_id AS "Sid", 'outbound-api' AS "Direction", '' AS "Price", '' AS "PriceUnit"
FROM (SELECT * FROM message WHERE account_id = 1 ORDER BY id DESC OFFSET :skip LIMIT :rows) newest
ORDER BY id DESC
