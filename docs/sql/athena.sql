-- A log in a bucket as tables in Amazon Athena (engine version 3). Put your bucket and prefix in the place of acme-audit/prod.
-- Not run by the project's tests: see README.md.

-- One text column: a record's members differ, and no SerDe has to guess.
CREATE EXTERNAL TABLE audit_lines (line string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES ('input.regex' = '^(.*)$')
LOCATION 's3://acme-audit/prod/segments/';

-- The last line of each segment is its seal, and has no seq. Times are UTC to the millisecond and made from the text: a view
-- can't have a time zone, and Athena doesn't cast one away.
CREATE OR REPLACE VIEW records AS
SELECT
    CAST(json_extract_scalar(line, '$.seq') AS bigint)          AS seq,
    CAST(replace(substr(json_extract_scalar(line, '$.time'), 1, 23), 'T', ' ') AS timestamp)     AS "time",
    CAST(replace(substr(json_extract_scalar(line, '$.recorded'), 1, 23), 'T', ' ') AS timestamp) AS recorded,
    json_extract_scalar(line, '$.id')                           AS id,
    json_extract_scalar(line, '$.action')                       AS action,
    json_extract_scalar(line, '$.actor.type')                   AS actor_type,
    json_extract_scalar(line, '$.actor.id')                     AS actor_id,
    json_extract_scalar(line, '$.actor.name')                   AS actor_name,
    json_extract_scalar(line, '$.actor.ip')                     AS ip,
    json_extract_scalar(line, '$.actor.session')                AS session,
    json_extract_scalar(line, '$.resource.type')                AS resource_type,
    json_extract_scalar(line, '$.resource.id')                  AS resource_id,
    json_extract_scalar(line, '$.resource.name')                AS resource_name,
    coalesce(json_extract_scalar(line, '$.outcome'), 'Unknown') AS outcome,
    json_extract_scalar(line, '$.reason')                       AS reason,
    json_extract_scalar(line, '$.source.host')                  AS host,
    json_extract_scalar(line, '$.source.app')                   AS app,
    json_format(json_extract(line, '$.data'))                   AS data,
    json_extract_scalar(line, '$.prev')                         AS prev,
    "$path"                                                     AS segment
FROM audit_lines
WHERE json_extract_scalar(line, '$.seq') IS NOT NULL;

-- What the log doesn't say of itself: its own records (keys, creation) are left out.
CREATE OR REPLACE VIEW events AS
SELECT * FROM records WHERE NOT starts_with(lower(action), 'immutableaudit:');
