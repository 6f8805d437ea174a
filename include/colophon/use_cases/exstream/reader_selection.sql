-- Who gets a campaign's letter, and why somebody does not. Each statement by its name; `$values` and `{segment}` are given by reader_selection.py.

-- name: reader
-- Of a reader who is there twice the first row counts; that somebody objected, or died, whichever row says so.
CREATE OR REPLACE TABLE reader AS
WITH listed AS (SELECT *, coalesce(sha256(lower(email))[:12], 'id:' || reader_id) AS person FROM readers),
named AS (FROM listed QUALIFY row_number() OVER (PARTITION BY reader_id ORDER BY source_row) = 1),
objections AS (
    SELECT unnest([listed.person, named.person]) AS person, unnest(CASE WHEN listed.opted_out_on IS NULL THEN ['print', 'print'] ELSE ['all', 'all'] END) AS channel
    FROM listed JOIN named USING (reader_id) WHERE listed.opted_out_on IS NOT NULL OR listed.post_objected_on IS NOT NULL
    UNION ALL SELECT named.person, coalesce(channel, 'all') FROM opt_outs JOIN named USING (reader_id)
    UNION ALL SELECT sha256(lower(email))[:12], coalesce(channel, 'all') FROM opt_outs WHERE email IS NOT NULL
    UNION ALL SELECT named.person, 'all' FROM told JOIN named USING (reader_id) WHERE told.state = 'opted_out'
    UNION ALL SELECT person, 'all' FROM told WHERE state = 'opted_out' AND person IS NOT NULL),
objected AS (
    SELECT person, bool_or(channel = 'all') AS from_all, bool_or(channel = 'email') AS from_mail, bool_or(channel = 'print') AS from_post
    FROM objections GROUP BY person),
returned AS (
    SELECT reader_id, bool_or(channel = 'print') AS post_gone, bool_or(code LIKE '% deceased') AS is_dead,
        bool_or(channel = 'email' AND NOT regexp_matches(code, ' (4\.|5\.2\.2|5\.7)'))
            OR count(*) FILTER (channel = 'email' AND regexp_matches(code, ' (4\.|5\.2\.2)')) >= 3 AS mail_gone
    FROM told WHERE state = 'bounced' GROUP BY reader_id),
bought AS (SELECT reader_id, max(ordered_on) AS last_on FROM orders GROUP BY reader_id)
SELECT named.* EXCLUDE (status, opted_out_on, post_objected_on), coalesce(is_dead, false) OR reader_id IN (SELECT reader_id FROM readers WHERE status = 'deceased') AS is_dead,
    coalesce(from_all, false) AS is_out,
    email IS NOT NULL AND NOT coalesce(mail_gone, false) AS has_mail,
    line1 IS NOT NULL AND NOT coalesce(post_gone, false)
        AND greatest(length(coalesce(name, '')), length(line1), length(coalesce(line2, '')), length(coalesce(city, ''))) <= coalesce(line_length, 10000) AS has_post,
    NOT coalesce(from_post, false) AS post_allowed,
    $has_unsubscribe AND NOT coalesce(from_mail, false) AND CASE
        WHEN rule.mail = 'opt_out' THEN true
        WHEN born_on + to_years(age) > $today THEN false
        WHEN consent = 'yes' AND consent_on <= $today AND consent_source IS NOT NULL THEN true
        ELSE rule.mail = 'implied' AND coalesce(last_on >= $today - implied_days, false) END AS mail_allowed,
    coalesce(born_on + to_years(age) > $today, false) AS is_young
FROM named LEFT JOIN objected USING (person) LEFT JOIN returned USING (reader_id) LEFT JOIN bought USING (reader_id)
LEFT JOIN rule ON rule.country = coalesce(named.country, '')

-- name: may_go
-- Whoever asked for e-mail and gave no consent gets no printed advertising instead; one whose address came back does.
CREATE OR REPLACE MACRO channel_of(prefers, has_mail, has_post, mail_allowed, post_allowed, adv) AS CASE
    WHEN prefers = 'web' THEN 'web'
    WHEN prefers = 'print' AND has_post AND (post_allowed OR NOT adv) THEN 'print'
    WHEN has_mail AND (mail_allowed OR NOT adv) THEN 'email'
    WHEN has_post AND NOT adv THEN 'print'
    WHEN has_post AND post_allowed AND NOT has_mail THEN 'print' END

-- name: member
CREATE OR REPLACE TABLE member AS SELECT DISTINCT reader_id, club FROM subscriptions
WHERE coalesce(starts_on, DATE '1900-01-01') <= $today AND coalesce(ends_on, DATE '2199-12-31') >= $today

-- name: candidate
CREATE OR REPLACE TABLE candidate (campaign VARCHAR, adv BOOLEAN, key VARCHAR, reader_id VARCHAR, what VARCHAR, imprint VARCHAR, ends_on DATE, detail VARCHAR)

-- name: renewal
INSERT INTO candidate SELECT $campaign, false, 'renewal/' || subscription_id || ':' || ends_on || ':' || step, reader_id, club, '-', ends_on, NULL FROM (
    SELECT sub.*, ends_on - $today AS days, CASE WHEN law_first IS NULL THEN list_min(list_filter($steps, lambda n: n >= days))
        WHEN days BETWEEN law_last AND law_first THEN law_first END AS step
    FROM subscriptions AS sub JOIN reader AS r USING (reader_id) LEFT JOIN rule ON rule.country = coalesce(r.country, '')
    WHERE ends_on >= $today AND ({segment})
        AND NOT EXISTS (FROM subscriptions AS later WHERE later.reader_id = sub.reader_id AND later.club = sub.club AND later.ends_on > sub.ends_on)
    QUALIFY row_number() OVER (PARTITION BY subscription_id, ends_on ORDER BY sub.source_row) = 1)
WHERE step IS NOT NULL

-- name: missed
SELECT DISTINCT sub.subscription_id, sub.ends_on, r.country, law_last FROM subscriptions AS sub JOIN reader AS r USING (reader_id) JOIN rule USING (country)
WHERE law_first IS NOT NULL AND sub.ends_on - $today BETWEEN 0 AND law_last - 1 AND NOT r.is_dead
    AND coalesce(sub.starts_on, DATE '1900-01-01') < sub.ends_on - law_first
    AND NOT EXISTS (FROM subscriptions AS later WHERE later.reader_id = sub.reader_id AND later.club = sub.club AND later.ends_on > sub.ends_on)
    AND NOT EXISTS (FROM told WHERE told.key LIKE 'renewal/' || sub.subscription_id || ':' || sub.ends_on || ':%' AND told.state <> 'planned')
ORDER BY ALL

-- name: order
-- What was changed back is confirmed once more: the reader heard the other one last.
INSERT INTO candidate
WITH now AS (
    SELECT order_id, min(reader_id) AS reader_id, min(ordered_on) AS ordered_on,
        to_json(list(struct_pack("Isbn" := isbn, "Quantity" := quantity, "Amount" := amount, "Currency" := currency) ORDER BY isbn, quantity, amount)) AS detail,
        md5(detail)[:8] AS hash, coalesce(min(imprint), '-') AS imprint
    FROM orders LEFT JOIN product USING (isbn) WHERE upper(coalesce(status, '')) NOT IN ('CANCELLED', 'CANCELED') GROUP BY order_id),
before AS (
    SELECT split_part(key, '/', 2) AS order_id, arg_max(split_part(split_part(key, '/', 3), '.', 1), told_at) AS latest,
        list(split_part(split_part(key, '/', 3), '.', 1)) AS hashes
    FROM told WHERE kind = 'order' AND state <> 'planned' GROUP BY ALL)
SELECT $campaign, false, 'order/' || order_id || '/' || hash
    || CASE WHEN list_contains(hashes, hash) AND latest <> hash THEN '.' || len(list_filter(hashes, lambda h: h = hash)) ELSE '' END,
    reader_id, order_id, imprint, NULL, detail
FROM now LEFT JOIN before USING (order_id) JOIN reader AS r USING (reader_id)
WHERE (ordered_on >= $today - $days OR (latest IS NOT NULL AND latest <> hash)) AND ({segment})

-- name: title
INSERT INTO candidate SELECT $campaign, true, CASE WHEN $kind = 'launch' THEN 'launch/' || t.what ELSE 'letter/' || $campaign END, r.reader_id, t.what, t.imprint, NULL, NULL
FROM title AS t JOIN reader AS r ON ({segment}) WHERE t.campaign = $campaign

-- name: verdict
CREATE OR REPLACE TABLE verdict AS
WITH heard AS (
    SELECT key, kind, told_at, person FROM told WHERE state <> 'planned' AND person IS NOT NULL
    UNION SELECT key, kind, told_at, reader.person FROM told JOIN reader USING (reader_id) WHERE state <> 'planned'),
had AS (SELECT DISTINCT key, person FROM heard),
recent AS (
    SELECT person, count(DISTINCT key) AS week, bool_or(told_at::DATE = $today) AS today FROM heard
    WHERE kind IN ('launch', 'letter') AND told_at::DATE > $today - 7 GROUP BY person),
wanted AS (
    SELECT c.*, r.person, r.country, r.language, r.is_dead, r.is_out, r.is_young, r.mail_allowed, r.has_mail,
        channel_of(r.prefers, r.has_mail, r.has_post, r.mail_allowed, r.post_allowed, c.adv) AS channel
    FROM candidate AS c JOIN reader AS r USING (reader_id)),
best AS (
    SELECT w.campaign, w.key, w.reader_id, arg_max(a.offer, a.off) AS offer, max(a.off) AS off FROM wanted AS w JOIN allowed AS a
        ON a.campaign = w.campaign AND a.what = w.what AND a.country = w.country
    WHERE a.starts_on <= $today AND a.ends_on >= CASE WHEN w.channel = 'print' THEN $today + $print_days ELSE $today END
        AND (a.club IS NULL OR EXISTS (FROM member AS m WHERE m.reader_id = w.reader_id AND m.club = a.club))
    GROUP BY ALL),
judged AS (
    SELECT w.*, b.offer, b.off, words.destination, CASE
        WHEN had.key IS NOT NULL OR (NOT w.adv AND w.key IN (SELECT key FROM told WHERE state <> 'planned')) THEN 'has it already'
        WHEN w.is_dead THEN 'deceased'
        WHEN w.adv AND w.is_out THEN 'opted out'
        WHEN w.country IS NULL THEN 'country not known'
        WHEN w.adv AND s.country IS NULL THEN 'not for sale there'
        WHEN k.offer = 'only' AND b.offer IS NULL THEN 'no offer there and now'
        WHEN w.adv AND w.is_young THEN 'too young'
        WHEN w.channel IS NULL AND w.adv AND w.has_mail AND NOT w.mail_allowed THEN 'no consent'
        WHEN w.channel IS NULL THEN 'no address'
        WHEN coalesce(words.fault, 'no legal text') <> '-' THEN coalesce(words.fault, 'no legal text')
        WHEN w.adv AND recent.today THEN 'had a letter today'
        WHEN w.adv AND recent.week >= $week THEN 'had enough this week'
        END AS reason
    FROM wanted AS w JOIN campaign AS k ON k.id = w.campaign
    LEFT JOIN best AS b ON b.campaign = w.campaign AND b.key = w.key AND b.reader_id = w.reader_id
    LEFT JOIN had ON had.key = w.key AND had.person = w.person
    LEFT JOIN sold AS s ON s.campaign = w.campaign AND s.what = w.what AND s.country = w.country
    LEFT JOIN words ON words.campaign = w.campaign AND words.imprint = w.imprint AND words.country = w.country AND words.language = coalesce(w.language, '-')
    LEFT JOIN recent ON recent.person = w.person)
SELECT * EXCLUDE (reason, place), coalesce(reason, CASE WHEN adv AND place > 1 THEN 'a better letter goes today' END) AS reason FROM (
    SELECT *, CASE WHEN reason IS NULL AND adv THEN
        row_number() OVER (PARTITION BY person, reason IS NULL AND adv ORDER BY off DESC NULLS LAST, campaign, key, reader_id) END AS place FROM judged)

-- name: letters
SELECT v.campaign, v.key, v.reader_id, v.what, v.imprint, v.ends_on, v.detail, v.offer, v.channel, r.country, r.language, r.name, r.email, r.line1, r.line2, r.city, r.postcode,
    r.consent, r.consent_on, r.consent_source, r.consent_wording, r.source_row, rule.mail, r.person
FROM verdict AS v JOIN reader AS r USING (reader_id) LEFT JOIN rule ON rule.country = r.country
WHERE v.reason IS NULL AND list_contains($campaigns, v.campaign)

-- name: unwanted
-- By another campaign or template than today's it would be a second letter.
SELECT place, subject FROM told WHERE state = 'planned' AND list_contains($places, place)
    AND NOT EXISTS (FROM verdict AS v WHERE v.key = told.key AND v.reader_id = told.reader_id AND v.destination = told.place AND v.reason IS NULL)
