-- A log as tables in DuckDB. Run it in a session, then ask what you like: see questions.sql.
--
-- Where the segments are: a directory's as below, or 's3://bucket/prefix/segments/*.jsonl.gz' with DuckDB's httpfs.
-- Set the variable beforehand to use another place.
SET VARIABLE segments = coalesce(getvariable('segments'), 'audit/segments/*.jsonl.gz');

-- The lines as they are. Nothing is guessed from the first ones, so a log of any content has these columns.
CREATE OR REPLACE TEMP VIEW lines AS
SELECT json, filename FROM read_ndjson_objects(getvariable('segments'), filename = true);

-- The last line of each segment is its seal, and has no seq.
CREATE OR REPLACE TEMP VIEW records AS
SELECT
    (json->>'$.seq')::BIGINT                     AS seq,
    (json->>'$.time')::TIMESTAMP                 AS "time",
    (json->>'$.recorded')::TIMESTAMP             AS recorded,
    (json->>'$.id')::UUID                        AS id,
    json->>'$.action'                            AS action,
    json->>'$.actor.type'                        AS actor_type,
    json->>'$.actor.id'                          AS actor_id,
    json->>'$.actor.name'                        AS actor_name,
    json->>'$.actor.ip'                          AS ip,
    json->>'$.actor.session'                     AS session,
    json->>'$.resource.type'                     AS resource_type,
    json->>'$.resource.id'                       AS resource_id,
    json->>'$.resource.name'                     AS resource_name,
    coalesce(json->>'$.outcome', 'Unknown')      AS outcome,
    json->>'$.reason'                            AS reason,
    json->>'$.source.host'                       AS host,
    json->>'$.source.app'                        AS app,
    json->'$.data'                               AS data,
    json->>'$.prev'                              AS prev,
    filename                                     AS segment
FROM lines
WHERE json->>'$.seq' IS NOT NULL;

-- What the log doesn't say of itself: its own records (keys, creation) are left out.
CREATE OR REPLACE TEMP VIEW events AS
SELECT * FROM records WHERE NOT starts_with(lower(action), 'immutableaudit:');
