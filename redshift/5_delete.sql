{% set load = ti.xcom_pull('plan_load') -%}
-- Not if a newer load is there (generations only grow, so their sum orders two states of the lake), nor if it is this
-- one. Readers go on seeing the old rows until the commit.
DELETE FROM nyc.agg_green_rides_by_month
WHERE NOT EXISTS (
    SELECT 1 FROM nyc.newest_load
    WHERE generations > {{ load.generations }}
        OR (generations = {{ load.generations }} AND manifest_digest = '{{ load.digest }}')
)
