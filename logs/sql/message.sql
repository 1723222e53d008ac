-- The message log: one row is one SMS that somebody asked for. Partitioned by month on id, a UUIDv7 made from requested_at, so that newest-first
-- is ORDER BY id DESC and a period is a range of ids. No default partition: it would turn the ordered append into a merge over all months.
-- Columns stand in the order that packs best.
CREATE TABLE message (
    id                  uuid        NOT NULL,
    requested_at        timestamptz NOT NULL,
    sent_at             timestamptz,
    receipt_at          timestamptz,
    updated_at          timestamptz NOT NULL,
    state_at            timestamptz,
    state_received_at   timestamptz NOT NULL,
    account_id          bigint      NOT NULL,
    member_id           bigint,
    template_id         bigint,
    sms_user_id         bigint,
    campaign_id         bigint,
    provider_account_id bigint,
    state_event_id      uuid        NOT NULL,
    source              smallint,
    kind                smallint    NOT NULL,
    status              smallint    NOT NULL,
    stage               smallint    NOT NULL,
    state_stage         smallint    NOT NULL,
    outcome             smallint    NOT NULL,
    reason              smallint    NOT NULL DEFAULT 0,
    number_valid        smallint    NOT NULL DEFAULT 1,
    segments            smallint    NOT NULL DEFAULT 1,
    retry               boolean     NOT NULL DEFAULT false,
    soft                boolean     NOT NULL DEFAULT false,
    conflict            boolean     NOT NULL DEFAULT false,
    price               numeric(12, 5),
    currency            text        NOT NULL DEFAULT '',
    phone               text COLLATE "C" NOT NULL,
    sender              text        NOT NULL DEFAULT '',
    reference           text        NOT NULL DEFAULT '',
    provider_message_id text COLLATE "C" NOT NULL DEFAULT '',
    body                text        NOT NULL DEFAULT '',
    labels              integer[]   NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, account_id),
    CONSTRAINT message_status_is_known CHECK (status BETWEEN 1 AND 11),
    CONSTRAINT message_status_repeats_the_state CHECK (
        status = CASE
            WHEN outcome = 1 AND stage <= 20 THEN 1
            WHEN outcome = 1 THEN 2
            WHEN outcome = 2 THEN 4
            WHEN outcome = 3 THEN 3
            ELSE outcome + 1
        END
    ),
    CONSTRAINT message_stage_is_known CHECK (stage IN (10, 20, 30, 40, 50, 60, 70)),
    CONSTRAINT message_outcome_is_known CHECK (outcome BETWEEN 1 AND 10),
    CONSTRAINT message_source_is_known CHECK (source BETWEEN 1 AND 9),
    CONSTRAINT message_kind_is_known CHECK (kind IN (1, 2)),
    CONSTRAINT message_validity_is_known CHECK (number_valid IN (1, 2, 3)),
    CONSTRAINT message_segments_are_positive CHECK (segments >= 0),
    CONSTRAINT message_phone_is_e164 CHECK (phone ~ '^(\+[1-9][0-9]{6,14})?$'),
    CONSTRAINT message_price_has_currency CHECK (price IS NULL OR currency <> '')
) PARTITION BY RANGE (id);

-- The words of a text. A function of our own since it tells the planner what the work really costs: by the cost that PostgreSQL gives
-- to_tsvector (40 microseconds, taken for a fraction of one) reading 100,000 texts looks cheaper than asking the index, and takes 300 times as long.
-- At its whole cost (2000) the planner would rather read an account's part of message_list than a few texts too many: 400 serves both.
CREATE FUNCTION message_words(body text) RETURNS tsvector IMMUTABLE STRICT PARALLEL SAFE COST 400 LANGUAGE plpgsql AS $$
BEGIN
    RETURN to_tsvector('simple'::regconfig, body);
END $$;

-- Every index ends in id, leads with the tenant and exists because a named page needs it.
CREATE INDEX message_list          ON message (account_id, id);                                       -- Messages, any period
CREATE INDEX message_by_status     ON message (account_id, status, id) WHERE status <> 4;             -- filter "status" but Delivered, which the list index serves
CREATE INDEX message_by_reason     ON message (account_id, reason, id) WHERE reason <> 0 OR status <> 4;           -- filter "reason"; "none" among the delivered is the list
CREATE INDEX message_by_phone      ON message (account_id, phone, id);                                -- filter "phone": exact, prefix; look-up; Member
CREATE INDEX message_by_suffix     ON message (account_id, "right"(phone, 4), id);                    -- filter "phone": *4711
CREATE INDEX message_by_member     ON message (account_id, member_id, id) WHERE member_id IS NOT NULL;      -- Member: timeline
CREATE INDEX message_by_template   ON message (account_id, template_id, id) WHERE template_id IS NOT NULL;  -- filters "template", "template_type"
CREATE INDEX message_by_sms_user   ON message (account_id, sms_user_id, id) WHERE sms_user_id IS NOT NULL;  -- filter "sms_user"
CREATE INDEX message_by_campaign   ON message (account_id, campaign_id, id) WHERE campaign_id IS NOT NULL;  -- filter "campaign"
CREATE INDEX message_by_source     ON message (account_id, source, id) WHERE source > 2 OR source IS NULL;         -- filter "source": the rare ones, NULL where not recorded (automation and bulk sends are most rows)
CREATE INDEX message_by_label      ON message USING gin (labels);                                     -- filter "label"
CREATE INDEX message_by_words      ON message USING gin (message_words(body));                        -- filter "q"; see `manage.py text_search`

-- A template, an SMS_USER, a campaign belongs to one account. Who does not know that takes a small account's use of them for far rarer than it is,
-- and gathers and sorts all of it where walking the newest rows would do: 130 ms for 0.7 ("template_type" at 10 million rows). Months inherit it.
CREATE STATISTICS message_tenant (dependencies) ON account_id, template_id, sms_user_id, campaign_id FROM message;
