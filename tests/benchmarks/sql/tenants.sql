-- Twenty accounts of very different size, and what their messages refer to. :rows: messages in all.
INSERT INTO accounts_account (id, slug, name, time_zone, country, vocabulary, created_at)
SELECT n, 'bench-' || n, 'Bench ' || n, CASE n % 3 WHEN 0 THEN 'UTC' WHEN 1 THEN 'Europe/Paris' ELSE 'America/New_York' END, 'FR', 'smsadmin', now()
FROM generate_series(1, 20) n;

-- Account 1 has 50 % of the rows, 2 has 20 %, the next seven 3.2 % each, the last eleven 0.7 %: 1,000 slots, one drawn for each message.
CREATE TABLE bench_slot AS
SELECT slot, CASE WHEN slot < 500 THEN 1 WHEN slot < 700 THEN 2 WHEN slot < 924 THEN 3 + (slot - 700) / 32 ELSE least(10 + (slot - 924) / 7, 20) END AS account_id
FROM generate_series(0, 999) slot;

CREATE TABLE bench_account AS
SELECT account_id, count(*) AS slots, ceil(count(*) * :rows / 10000.0)::int AS members,
       (sum(ceil(count(*) * :rows / 10000.0)) OVER (ORDER BY account_id) - ceil(count(*) * :rows / 10000.0))::int AS member_base,
       CASE account_id WHEN 1 THEN 60 WHEN 2 THEN 40 ELSE 12 END AS templates,
       CASE account_id WHEN 1 THEN 120 WHEN 2 THEN 60 ELSE 12 END AS campaigns
FROM bench_slot GROUP BY account_id;

-- Of five templates three are marketing; the last but one went out of use long ago, the last is hardly used.
INSERT INTO logs_template (id, account_id, name, type, body, created_at)
SELECT account_id * 1000 + n, account_id,
       CASE n WHEN templates - 1 THEN 'Rare template' WHEN templates - 2 THEN 'Retired template' ELSE 'Template ' || n END,
       CASE n % 5 WHEN 3 THEN 'notification' WHEN 4 THEN 'verification' ELSE 'marketing' END, '', now()
FROM bench_account, generate_series(0, templates - 1) n;

INSERT INTO logs_label (id, account_id, name, created_at)
SELECT account_id * 100 + n, account_id, CASE n WHEN 0 THEN 'Common' WHEN 9 THEN 'Rare' ELSE 'Label ' || n END, now()
FROM bench_account, generate_series(0, 9) n;

INSERT INTO accounts_smsuser (id, account_id, name, created_at, key_digest, key_hint, enabled)
SELECT account_id * 100 + n, account_id, CASE n WHEN 5 THEN 'api-rare' ELSE 'api-' || n END, now(), '', '', true
FROM bench_account, generate_series(0, 5) n;

INSERT INTO logs_campaign (id, account_id, name, created_at)
SELECT account_id * 1000 + n, account_id, 'Campaign ' || n, now()
FROM bench_account, generate_series(0, campaigns - 1) n;

INSERT INTO logs_provideraccount (id, account_id, provider, name, created_at, enabled, rank, sender, rate, options, secrets, hook_token)
SELECT account_id, account_id, 'twilio', 'Provider', now(), false, 100, '', 10, '{}', '', 'bench-' || account_id FROM bench_account;

INSERT INTO members_member
       (id, account_id, external_id, name, phone, email, language, time_zone, tags, app_client_id, number_validity, created_at, updated_at)
SELECT member_base + n, account_id, 'crm-' || n, 'Member ' || n, bench_phone(member_base + n), '', 'en', '', '{}', '', 1, now(), now()
FROM bench_account, generate_series(1, members) n;

SELECT setval(pg_get_serial_sequence(name, 'id'), 1000000000)
FROM unnest(ARRAY['accounts_account', 'logs_template', 'logs_label', 'accounts_smsuser', 'logs_campaign', 'logs_provideraccount', 'members_member']) name;
