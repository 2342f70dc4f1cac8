-- What a batch of 1,000 usage records reads and writes, bare: lines locked, lots burnt, records written.
\set n random(0, :lines - 1000)
BEGIN;
SELECT count(*) FROM (SELECT FROM records_line
  WHERE id BETWEEN ('0193a0000000700080' || lpad(to_hex(:n), 14, '0'))::uuid AND ('0193a0000000700080' || lpad(to_hex(:n + 999), 14, '0'))::uuid
  ORDER BY id FOR NO KEY UPDATE) l;
UPDATE records_lot SET remaining = remaining - 1
  WHERE line_id BETWEEN ('0193a0000000700080' || lpad(to_hex(:n), 14, '0'))::uuid AND ('0193a0000000700080' || lpad(to_hex(:n + 999), 14, '0'))::uuid;
INSERT INTO records_usage (record, line_id, good, amount, overrun, at, booked_at)
  SELECT gen_random_uuid(), ('0193a0000000700080' || lpad(to_hex(n), 14, '0'))::uuid, 'data', 1, 0, now(), now()
  FROM generate_series(:n, :n + 999) n;
COMMIT;
