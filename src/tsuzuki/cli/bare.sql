-- What one renewal paid from credit writes, bare: the same tables, rows, indexes and updates, without tsuzuki.
\set n random(0, :lines - 1)
BEGIN;
SELECT uuidv7() AS quote, uuidv7() AS purchase, uuidv7() AS orderid, uuidv7() AS tender, uuidv7() AS attempt, uuidv7() AS period, uuidv7() AS lot \gset
SELECT l.id AS line, c.id AS credit, o.plan_id AS plan FROM records_number n JOIN records_line l ON l.id = n.line_id
  JOIN records_lot c ON c.line_id = l.id AND c.good = 'credit' JOIN records_order o ON o.id = c.order_id
  WHERE n.msisdn = '+8190' || lpad((:n)::text, 8, '0') AND n.until IS NULL LIMIT 1 \gset
INSERT INTO records_quote (id, content, made_at, valid_until)
  SELECT ':quote', content, now(), now() FROM records_quote WHERE id = (SELECT quote_id FROM records_purchase p JOIN records_order o ON o.purchase_id = p.id JOIN records_lot t ON t.order_id = o.id WHERE t.id = ':credit');
INSERT INTO records_purchase (id, quote_id, buyer_kind, buyer_id, key, asked, code, token, minor, currency, email, language, made_at, pay_by, waiting)
  VALUES (':purchase', ':quote', 'system', 'bare', ':purchase', '{}', 'R-BARE0', ':purchase', 990, 'JPY', '', 'en', now(), now(), false);
INSERT INTO records_order (id, purchase_id, position, line_id, plan_id, carrier_id, kind, state, minor, tax_minor, tax_percent, cost_minor, currency, needs_staff, due_at, made_at, earn_minor, earned_minor)
  VALUES (':orderid', ':purchase', 0, ':line', ':plan', 'bench', 'plan', 'paid', 990, 90, 10, 400, 'JPY', '', now(), now(), 0, 0);
INSERT INTO records_tender (id, purchase_id, position, method, gateway, minor, currency, state, reason, paid_at)
  VALUES (':tender', ':purchase', 0, 'credit', '', 990, 'JPY', 'paid', '', now());
UPDATE records_lot SET remaining = remaining - 1 WHERE id = ':credit' AND remaining >= 1;
INSERT INTO records_spending (tender_id, lot_id, minor, returned) VALUES (':tender', ':credit', 1, 0);
INSERT INTO ledger_transfer (event, position, source, destination, minor, currency, at, kind, subject_type, subject_id, detail)
  VALUES ('tender ' || ':tender' || ' paid', 0, 'bare:credit', 'bare:' || ':purchase', 990, 'JPY', now(), 'tender_paid', 'tender', ':tender', '');
INSERT INTO records_period (id, line_id, sequence, order_id, state, starts_at, ends_at, awaits, cuts, ends_lots, carries)
  VALUES (':period', ':line', 1000000 + (random() * 1000000000)::int, ':orderid', 'pending', now(), now() + interval '30 days', '', false, false, false);
INSERT INTO records_lot (id, line_id, order_id, good, currency, state, granted, remaining, starts_at, ends_at)
  VALUES (':lot', ':line', ':orderid', 'data', '', 'pending', 3000000000, 3000000000, now(), now() + interval '30 days');
INSERT INTO records_attempt (id, key, step, provider, purchase_id, order_id, question, holder, opened_at, lease_until, look_at, asks, looks, standing, outcome, reference, reason, answers, taken_by)
  VALUES (':attempt', right(replace(':attempt', '-', ''), 27), 'provision', 'sandbox', ':purchase', ':orderid', '{}', 'bare', now(), now(), now(), 1, 0, '', '', '', '', '[]', '');
UPDATE records_order SET state = 'applied' WHERE id = ':orderid';
UPDATE records_attempt SET outcome = 'done', look_at = NULL, closed_at = now() WHERE id = ':attempt';
UPDATE records_period SET state = 'confirmed' WHERE id = ':period';
UPDATE records_lot SET state = 'confirmed' WHERE id = ':lot';
INSERT INTO ledger_transfer (event, position, source, destination, minor, currency, at, kind, subject_type, subject_id, detail) VALUES
  ('order ' || ':orderid' || ' delivered', 0, 'bare:' || ':purchase', 'bare:tax', 90, 'JPY', now(), 'order_delivered', 'order', ':orderid'::uuid, ''),
  ('order ' || ':orderid' || ' delivered', 1, 'bare:' || ':purchase', 'bare:unearned', 900, 'JPY', now(), 'order_delivered', 'order', ':orderid'::uuid, ''),
  ('order ' || ':orderid' || ' delivered', 2, 'bare:deferred_cost', 'bare:carrier', 400, 'JPY', now(), 'order_delivered', 'order', ':orderid'::uuid, '');
UPDATE records_order SET state = 'delivered', earn_minor = 900, expensed_minor = 0, earn_from = now(), earn_until = now() + interval '30 days' WHERE id = ':orderid';
COMMIT;
