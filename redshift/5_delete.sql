{% set load = ti.xcom_pull('plan_load') -%}
-- Readers go on seeing the old rows until the commit.
DELETE FROM nyc.{{ table }}
WHERE {% include 'redshift/fence.sql' %}
