-- The rows one answer about a line is made of, bare.
\set n random(0, :lines - 1)
SELECT * FROM records_line l JOIN records_carrier c ON c.code = l.carrier_id
  JOIN records_number n ON n.line_id = l.id JOIN records_sim s ON s.line_id = l.id
  JOIN records_period p ON p.line_id = l.id JOIN records_lot t ON t.line_id = l.id
WHERE l.id = ('0193a0000000700080' || lpad(to_hex(:n::bigint), 14, '0'))::uuid;
