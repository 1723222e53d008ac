-- What the fill draws from: the same row number and seed give the same number on every machine.
CREATE FUNCTION bench_draw(i bigint, seed bigint) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN (hashint8extended(i, seed) & 2147483647)::int;

-- A French mobile number; the factor is prime to 100 million, so that no two people share one.
CREATE FUNCTION bench_phone(member bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN '+336' || lpad(((member * 48271 + 12345678) % 100000000)::text, 8, '0');

-- 5,000 halves of a text: ten words each from 400, about 50 characters.
CREATE TABLE bench_phrase AS
SELECT n, string_agg(substr('barolimutenasovekidufa', 1 + (bench_draw(n * 100 + w, 1) % 10) * 2, 2 + 2 * (bench_draw(n * 100 + w, 2) % 2))
                     || substr('ndrstlmkpv', 1 + bench_draw(n * 100 + w, 3) % 10, 1) || substr('aeio', 1 + bench_draw(n * 100 + w, 4) % 4, 1), ' ') AS words
FROM generate_series(0, 4999) n, generate_series(1, 8) w GROUP BY n;

-- A fifth has the common label, one in 10,000 the rare one, one in seven one of eight between.
CREATE FUNCTION bench_labels(i bigint, account bigint) RETURNS int[] IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE WHEN bench_draw(i, 30) % 5 = 0 THEN ARRAY[account * 100]::int[] ELSE '{}'::int[] END
       || CASE WHEN bench_draw(i, 31) % 7 = 0 THEN ARRAY[account * 100 + 1 + bench_draw(i, 31) % 8]::int[] ELSE '{}'::int[] END
       || CASE WHEN bench_draw(i, 32) % 10000 = 0 THEN ARRAY[account * 100 + 9]::int[] ELSE '{}'::int[] END;
