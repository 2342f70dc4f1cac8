-- Lines :first to :last - 1, each a copy of the line :line with the purchase, order, period and lots it has.
BEGIN;
CREATE TEMP TABLE copied ON COMMIT DROP AS
  SELECT ('0193a0000000700080' || lpad(to_hex(n), 14, '0'))::uuid AS id, '+8180' || lpad(n::text, 8, '0') AS msisdn, '898103' || lpad(n::text, 13, '0') AS iccid
  FROM generate_series(:first::bigint, :last::bigint - 1) n;
INSERT INTO records_line SELECT r.* FROM copied c, records_line t, jsonb_populate_record(t, jsonb_build_object('id', c.id)) r
  WHERE t.id = ':line';
INSERT INTO records_number SELECT r.* FROM copied c, records_number t, jsonb_populate_record(t, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('records_number', 'id')), 'line_id', c.id, 'msisdn', c.msisdn)) r
  WHERE t.line_id = ':line';
INSERT INTO records_sim SELECT r.* FROM copied c, records_sim t, jsonb_populate_record(t, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('records_sim', 'id')), 'line_id', c.id, 'iccid', c.iccid)) r
  WHERE t.line_id = ':line';
INSERT INTO records_quote SELECT r.* FROM copied c, records_order o JOIN records_purchase p ON p.id = o.purchase_id JOIN records_quote t ON t.id = p.quote_id,
    jsonb_populate_record(t, jsonb_build_object('id', c.id, 'content', '{}'::jsonb)) r
  WHERE o.line_id = ':line';
INSERT INTO records_purchase SELECT r.* FROM copied c, records_order o JOIN records_purchase t ON t.id = o.purchase_id,
    jsonb_populate_record(t, jsonb_build_object('id', c.id, 'quote_id', c.id, 'key', c.id, 'token', c.id)) r
  WHERE o.line_id = ':line';
INSERT INTO records_order SELECT r.* FROM copied c, records_order t, jsonb_populate_record(t, jsonb_build_object(
    'id', c.id, 'purchase_id', c.id, 'line_id', c.id)) r
  WHERE t.line_id = ':line';
INSERT INTO records_period SELECT r.* FROM copied c, records_period t, jsonb_populate_record(t, jsonb_build_object(
    'id', c.id, 'order_id', c.id, 'line_id', c.id)) r
  WHERE t.line_id = ':line';
INSERT INTO records_lot SELECT r.* FROM copied c, records_lot t, jsonb_populate_record(t, jsonb_build_object(
    'id', c.id, 'order_id', c.id, 'line_id', c.id)) r
  WHERE t.line_id = ':line';
COMMIT;
VACUUM ANALYZE records_line, records_number, records_sim, records_purchase, records_order, records_period, records_lot;
CHECKPOINT;
