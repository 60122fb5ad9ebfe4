{% set load = ti.xcom_pull('plan_load') -%}
-- The same guard as the DELETE.
INSERT INTO nyc.{{ table }}
SELECT * FROM {{ table }}_staging
WHERE {% include 'redshift/fence.sql' %}
