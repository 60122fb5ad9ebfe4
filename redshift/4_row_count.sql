{% set load = ti.xcom_pull('plan_load').tables[table] -%}
-- SQL has no RAISE: a text that is not a number stops the load here. Redshift need not show it, so the task's callback looks
-- the figures up. As many rows as the receipts say, or the manifest is of another moment than they are, or names a file twice.
SELECT CAST(
    CASE
        WHEN count(*) = {{ load.rows }} THEN '{{ load.rows }}'
        ELSE 'nyc.{{ table }}: rows in staging: ' || CAST(count(*) AS VARCHAR) || ', in the receipts: {{ load.rows }}; nothing was loaded'
    END AS BIGINT
) AS row_count
FROM {{ table }}_staging
