{% set load = ti.xcom_pull('plan_load') -%}
-- Last, with the same guard: from here on this is the newest load. Counted in a query of its own, as an aggregate
-- returns a row whatever its WHERE says.
INSERT INTO nyc.load_log (load_number, loaded_at, generations, manifest_digest, row_count, run_id)
SELECT
    counted.loads + 1,
    GETDATE(),
    {{ load.generations }},
    '{{ load.digest }}',
    {{ load.rows }},
    '{{ run_id | replace("'", "''") }}'
FROM (SELECT coalesce(max(load_number), 0) AS loads FROM nyc.load_log) AS counted
WHERE {% include 'redshift/fence.sql' %}
