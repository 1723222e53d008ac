-- Messages number :first to :last of :rows, evenly over the time from :start to :end, oldest first, as a log grows.
INSERT INTO message
       (id, account_id, requested_at, sent_at, receipt_at, updated_at, member_id, template_id, sms_user_id, campaign_id, provider_account_id,
        source, kind, status, stage, outcome, reason, number_valid, segments, state_at, state_received_at, state_event_id, state_stage,
        labels, phone, sender, provider_message_id, body)
SELECT (lpad(to_hex(floor(extract(epoch FROM requested_at) * 1000)::bigint), 12, '0') || '7' || substr(noise, 16, 21))::uuid,
       account_id, requested_at,
       CASE WHEN stage >= 30 THEN requested_at + interval '2 seconds' END,
       CASE WHEN outcome <> 1 AND stage >= 30 THEN answered_at END,
       answered_at,
       CASE WHEN bench_draw(i, 3) % 100 >= 5 THEN member END,
       account_id * 1000 + template,
       CASE WHEN bench_draw(i, 9) % 100 >= 10 THEN account_id * 100 + CASE WHEN bench_draw(i, 10) % 10000 = 0 THEN 5 ELSE bench_draw(i, 10) % 5 END END,
       CASE WHEN kind = 1 AND source = 1 THEN account_id * 1000 + floor(share * campaigns)::int END,
       account_id, source, kind,
       CASE WHEN outcome = 1 THEN CASE WHEN stage <= 20 THEN 1 ELSE 2 END WHEN outcome = 2 THEN 4 WHEN outcome = 3 THEN 3 ELSE outcome + 1 END,
       stage, outcome,
       CASE WHEN outcome IN (1, 2) THEN 0 WHEN outcome = 6 THEN 10 WHEN bench_draw(i, 12) % 400 = 0 THEN 57
            ELSE (ARRAY[41, 50, 51, 70, 91, 93, 130, 140])[1 + bench_draw(i, 12) % 8] END,
       CASE WHEN outcome = 4 AND bench_draw(i, 12) % 8 = 0 THEN 3 ELSE 1 END,
       1 + (length(body) > 160)::int, answered_at, answered_at, gen_random_uuid(), stage,
       bench_labels(i, account_id), bench_phone(member), 'BENCH', 'SM' || replace(noise, '-', ''), body
FROM (
    SELECT *,
           requested_at + make_interval(secs => 2 + bench_draw(i, 13) % 120) AS answered_at,
           CASE WHEN kind = 1 THEN CASE WHEN bench_draw(i, 7) % 100 < 60 THEN 1 WHEN bench_draw(i, 7) % 100 < 99 THEN 2 END
                WHEN bench_draw(i, 7) % 10000 < 6000 THEN 3 WHEN bench_draw(i, 7) % 10000 < 9000 THEN 4 WHEN bench_draw(i, 7) % 10000 < 9600 THEN 6
                WHEN bench_draw(i, 7) % 10000 < 9900 THEN 8 WHEN bench_draw(i, 7) % 10000 < 9980 THEN 5 WHEN bench_draw(i, 7) % 10000 < 9997 THEN 9
                ELSE 7 END AS source,
           CASE WHEN outcome = 1 THEN CASE WHEN bench_draw(i, 14) % 2 = 0 THEN 20 ELSE 40 END WHEN outcome = 6 THEN 10 WHEN outcome = 5 THEN 30 ELSE 60 END AS stage
    FROM (
        SELECT *, CASE WHEN template % 5 IN (3, 4) THEN 2 ELSE 1 END AS kind,
               CASE WHEN share > 0.9999 THEN 1 WHEN draw < 9050 THEN 2 WHEN draw < 9200 THEN 5 WHEN draw < 9550 THEN 4 WHEN draw < 9750 THEN 6
                    WHEN draw < 9850 THEN 7 WHEN draw < 9950 THEN 3 WHEN draw < 9998 THEN 9 ELSE 10 END AS outcome
        FROM (
            SELECT i, i / :rows.0 AS share, account_id, member_base + 1 + bench_draw(i, 2) % members AS member, campaigns,
                   :start::timestamptz + (i + (bench_draw(i, 1) & 1023) / 1024.0) / :rows * (:end::timestamptz - :start::timestamptz) AS requested_at,
                   gen_random_uuid()::text AS noise, bench_draw(i, 8) % 10000 AS draw,
                   CASE WHEN bench_draw(i, 4) % 100 < 12 THEN NULL WHEN bench_draw(i, 5) % 10000 = 0 THEN templates - 1
                        WHEN i / :rows.0 < 0.2 AND bench_draw(i, 5) % 10 = 0 THEN templates - 2
                        ELSE floor(power(bench_draw(i, 6) / 2147483648.0, 2) * (templates - 2))::int END AS template,
                   a.words || CASE WHEN bench_draw(i, 16) % 10000 < 1500 THEN ' discount' ELSE '' END || CASE WHEN bench_draw(i, 17) % 100 = 0 THEN ' voucher' ELSE '' END
                   || CASE WHEN bench_draw(i, 18) % 10000 = 0 THEN ' meteorite' ELSE '' END || ' ' || b.words
                   || CASE WHEN bench_draw(i, 4) % 3 = 0 THEN ' ' || 100000 + bench_draw(i, 19) % 900000 ELSE '' END AS body
            FROM generate_series(:first::bigint, :last::bigint) i
            JOIN bench_slot ON slot = bench_draw(i, 20) % 1000
            JOIN bench_account USING (account_id)
            JOIN bench_phrase a ON a.n = bench_draw(i, 21) % 5000
            JOIN bench_phrase b ON b.n = bench_draw(i, 22) % 5000
        ) drawn
    ) judged
) told
