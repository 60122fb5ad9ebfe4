-- The session's own, gone with it. LIKE brings the column types and NOT NULL.
CREATE TEMP TABLE {{ table }}_staging (LIKE nyc.{{ table }})
