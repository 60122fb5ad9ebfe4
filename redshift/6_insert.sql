{% set load = ti.xcom_pull('plan_load') -%}
-- The same guard as the DELETE.
INSERT INTO nyc.agg_green_rides_by_month
SELECT * FROM rides_staging
WHERE NOT EXISTS (
    SELECT 1 FROM nyc.newest_load
    WHERE generations > {{ load.generations }}
        OR (generations = {{ load.generations }} AND manifest_digest = '{{ load.digest }}')
)
