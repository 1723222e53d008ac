-- The status log: one row is one thing that was said about a message. Append-only; the id is made from the dedupe key, so a repeat conflicts.
-- No foreign key to message: it would forbid dropping a month.
CREATE TABLE status_event (
    message_id          uuid        NOT NULL,
    id                  uuid        NOT NULL,
    occurred_at         timestamptz,
    received_at         timestamptz NOT NULL,
    account_id          bigint      NOT NULL,
    source              smallint    NOT NULL,
    stage               smallint    NOT NULL,
    outcome             smallint    NOT NULL,
    reason              smallint    NOT NULL,
    number_valid        smallint    NOT NULL,
    attempt             smallint    NOT NULL DEFAULT 1,
    part                smallint    NOT NULL DEFAULT 1,
    parts               smallint    NOT NULL DEFAULT 1,
    signed              smallint    NOT NULL DEFAULT 0,
    retry               boolean     NOT NULL,
    soft                boolean     NOT NULL DEFAULT false,
    provider            text        NOT NULL DEFAULT '',
    provider_message_id text        NOT NULL DEFAULT '',
    raw_status          text        NOT NULL DEFAULT '',
    raw_error           text        NOT NULL DEFAULT '',
    raw_text            text        NOT NULL DEFAULT '',
    raw                 text        NOT NULL DEFAULT '',
    PRIMARY KEY (message_id, id, account_id),                                                         -- Message: status log
    CONSTRAINT status_event_source_is_known CHECK (source BETWEEN 1 AND 7),
    CONSTRAINT status_event_stage_is_known CHECK (stage IN (10, 20, 30, 40, 50, 60, 70)),
    CONSTRAINT status_event_outcome_is_known CHECK (outcome BETWEEN 1 AND 10),
    CONSTRAINT status_event_validity_is_known CHECK (number_valid IN (1, 2, 3)),
    CONSTRAINT status_event_part_of_parts CHECK (part BETWEEN 1 AND parts)
) PARTITION BY RANGE (message_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER status_event_is_append_only BEFORE UPDATE OR DELETE ON status_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
