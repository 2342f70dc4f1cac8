"""A toy carrier, a toy gateway and an outbox for trying out and for tests: its own process and storage,
reached over HTTP like real ones.

    TSUZUKI_SANDBOX=1 python -m tsuzuki.sandbox --data DIR [--port 0] [--smtp-port 0] [--host 127.0.0.1]
        [--public-url URL] [--webhook URL] [--carrier-webhook URL] [--webhook-secret S] [--hang 3]

prints one JSON line when ready: {"ready": true, "url", "smtp_port", "pid"}. The secret is --webhook-secret,
else the environment TSUZUKI_SANDBOX_SECRET (or _FILE), else a fresh one kept in DIR/secret. Everything lies
in DIR/sandbox.sqlite3 and survives SIGKILL.

Carrier (`Authorization: Bearer <secret>`, JSON)
    PUT /carrier/asks/{key}   {verb, msisdn, iccid, plan, allowances: [{good, amount}], starts_at, ends_at,
                              reference}
        200 {key, result: "done", id, reason: null}   422 result "refused"
        402 result "refused", reason "wallet_empty" (not kept)   503 result "busy" (not acted, not kept)
        400 {error: "malformed"}   401 {error: "unauthorized"}
    GET /carrier/asks/{key}   200 {key, result: "done" | "refused" | "reversed", id, reason}
        404 {error: "not_found"}
    A repeated key gets the kept answer at once and does not use up `times`; `ignore_keys` makes it a new
    effect.

Gateway (same header; amounts are whole minor units)
    PUT /gateway/payments/{key}  {amount, currency, label, locale, return_url, live_until, email,
                                 method: card|konbini|transfer|paypay}
        201 or 200 {id, key, standing: open|promised|ready|pending|paid|closed, amount, currency, paid,
        paid_currency, refunded, reason, disputes: [{id, amount, currency, state: open|won|lost}], page,
        live_until, received}; a promised konbini payment has place and codes [[name, code]], a promised or
        partly funded transfer {account: {bank, branch, kind, number, holder, reference}}
        409 {error: "key_reused"} for another body   503 {error: "busy"}
    GET  /gateway/payments/{id}             the same shape, or 404 {error: "not_found"}
    GET  /gateway/payments?key=K            {payments: [...]} oldest first
    POST /gateway/payments/{id}/close       no-op once paid or while pending; the answer is what is true
                                            afterwards
    POST /gateway/payments/{id}/capture     ready -> paid, otherwise a no-op
    PUT  /gateway/payments/{id}/refunds/{refund_key}  {amount, currency, to: {number, ...} or null}
        -> {refund_key, id, payment, standing: done|asked|pending|refused, reason, amount, currency}
        konbini and transfer go back by bank only: asked, until `to` names an account
    GET  /gateway/payments/{id}/refunds/{refund_key}  the same, or 404
    POST /gateway/refunds/{refund_key}      form behaviour=accept|refuse: settles an asked or pending refund;
                                            after_all: sends a refused one
    GET|POST /pay/{id}                      the buyer's page; form behaviour=accept|refuse|silent|late|twice|
                                            reverse|other_amount|ready|pending|part|too_late (`part`: half of
                                            a transfer comes in; `too_late` pays although closed or expired),
                                            then 303 to return_url

Buttons: form posts, `behaviour` (several may be given), `times=N` (the next N asks, then back to what was set
without `times`), `seed=`, `among=` (several; what `random` draws from), `reason=` (of a refusal).
`behaviour=default` forgets everything set on that side.
    POST /carrier            accept refuse silent late slow twice reverse ignore_keys garbage error busy poor
                             random; `msisdn=` for one number only
    POST /carrier/looks      accept silent late garbage error busy random: what look-ups do
    POST /gateway            page (default) accept refuse silent late twice reverse ignore_keys other_amount
                             ready pending promised garbage error busy random. A way of answering without an
                             outcome (late, error, garbage, twice, reverse) means paid at once; `late&page`
                             creates an open payment and loses the answer
    POST /gateway/refunds    accept refuse silent late ask_details pending garbage error busy ignore_keys
                             random
    POST /gateway/captures   accept refuse silent late garbage error busy
    POST /gateway/closes     the same
    POST /gateway/looks      as the carrier's
    POST /outbox             accept refuse (550) busy (451) late (keeps the mail, then drops the line) silent;
                             `recipient=` for one address
    POST /carrier/reverse, /gateway/reverse   form key=K: an earlier success is undone, with a signed event;
                                              at the gateway it is a dispute of all that is still here, lost
                                              at once
    POST /gateway/dispute    form key=K, amount= (else all that is still here): the payment is disputed; {id}
    POST /gateway/disputes/{id}   form behaviour=win|lose|open, amount=: decided, or open again; a refund of
                                  disputed money is refused
    POST /gateway/reply      form body=: an event counts as heard only if it is answered exactly so; empty: by
                             any success
    POST /webhook            form url=, carrier_url=: where events go from now on
    POST /clock              form now=<ISO 8601 with zone>, empty for the real clock: expiry and signatures
                             follow it
`silent` never acts; `late` acts and drops the line after --hang seconds or when the asker leaves; `slow` acts
only after --hang seconds. `random` draws one behaviour from (seed, key, how many times this key was
asked before), so that a run can be repeated exactly.

For tests
    GET /carrier/effects?key=&msisdn=  {totals: {calls, deliveries, reversed}, keys: {K: {calls, deliveries,
                                       reversed, result}}}
    GET /gateway/effects?key=          {totals: {calls, payments, charges, charged: {CUR: minor},
                                       refund_calls, refunds, refunded: {CUR: minor}, withheld: {CUR: minor},
                                       reversed}, keys: {K: the same}}
    GET /events.json                   newest first: {n, id, side, type, key, body, signature, sent,
                                       delivered}
    GET /outbox.json?to=               newest first: {n, at, to, from, subject, message_id, language, text};
                                       /outbox, /outbox/{n} to read
    GET /health                        {"ok": true}

Events: POST with `Sandbox-Signature: t=<unix>,v1=<hex hmac-sha256 of "t.body">` and JSON {id, type, side,
key, payment, refund_key, amount, currency}; side "carrier" (carrier.done after `twice`, carrier.reversed) or
"gateway" (payment.*, refund.*). At least once, few retries.
"""
