-- Questions that auditors ask, for the views of duckdb.sql or athena.sql. Each stands for itself.

-- Who touched this resource?
SELECT "time", actor_id, action, outcome, ip, seq
FROM events
WHERE resource_id = 's3://tannholm-payroll/2026-03/run-0312.csv'
ORDER BY seq;

-- What was refused or failed, by actor?
SELECT actor_id, outcome, count(*) AS events, min("time") AS first_time, max("time") AS last_time
FROM events
WHERE outcome IN ('Denied', 'Failure')
GROUP BY actor_id, outcome
ORDER BY events DESC, actor_id, outcome;

-- Which hours were the busiest?
SELECT date_trunc('hour', "time") AS hour, count(*) AS events, count(DISTINCT actor_id) AS actors
FROM events
GROUP BY date_trunc('hour', "time")
ORDER BY events DESC, hour
LIMIT 10;

-- When did each actor touch each resource for the first time? The newest of these come first.
SELECT actor_id, resource_id, min("time") AS first_time, count(*) AS events
FROM events
WHERE actor_id IS NOT NULL AND resource_id IS NOT NULL
GROUP BY actor_id, resource_id
ORDER BY first_time DESC, actor_id, resource_id
LIMIT 20;

-- Which actions has nobody done before the last day of the log?
SELECT action, min("time") AS first_time, count(*) AS events
FROM events
GROUP BY action
HAVING min("time") >= (SELECT date_trunc('day', max("time")) FROM events)
ORDER BY first_time, action;

-- Are the numbers without a gap? This finds what is missing from what was read. It proves nothing: Test-AuditChain does.
SELECT count(*) AS records, min(seq) AS first_seq, max(seq) AS last_seq, max(seq) - min(seq) + 1 - count(DISTINCT seq) AS missing
FROM records;
