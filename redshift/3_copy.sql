{% set load = ti.xcom_pull('plan_load').tables[table] -%}
-- Exactly the files of the manifest; all are mandatory. Columns go by position: the files have those of the table.
COPY {{ table }}_staging
FROM '{{ load.manifest }}'
IAM_ROLE '{{ var.json.green_taxi.redshift_role }}'
FORMAT AS PARQUET
MANIFEST
