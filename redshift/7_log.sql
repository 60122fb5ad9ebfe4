{% set load = ti.xcom_pull('plan_load') -%}
-- Last: from here on this is the newest load, if it is not so already. If a newer one is there, the two statements before
-- have changed nothing, and a text that is not a number fails the load, as 4_row_count.sql does: either another loader was
-- faster, or the lake has lost receipts, and would never again be loaded. Counted in a query of its own, as an aggregate
-- returns a row whatever its WHERE says.
INSERT INTO nyc.load_log (load_number, loaded_at, generations, manifest_digest, row_count, run_id)
SELECT
    CAST(
        CASE
            WHEN newest.generations <= {{ load.generations }} THEN CAST(newest.load_number + 1 AS VARCHAR)
            ELSE 'load ' || CAST(newest.load_number AS VARCHAR) || ' is newer: ' || CAST(newest.generations AS VARCHAR)
                || ' generations of receipts, this one: {{ load.generations }}; nothing was loaded'
        END AS BIGINT
    ),
    GETDATE(),
    {{ load.generations }},
    '{{ load.digest }}',
    {{ load.rows }},
    '{{ run_id | replace("'", "''") }}'
FROM (
    SELECT coalesce(max(load_number), 0) AS load_number, coalesce(max(generations), 0) AS generations
    FROM nyc.newest_load
) AS newest
WHERE NOT EXISTS (
    SELECT 1 FROM nyc.newest_load
    WHERE generations = {{ load.generations }} AND manifest_digest = '{{ load.digest }}'
)
