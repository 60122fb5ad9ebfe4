-- The session's own, gone with it. LIKE brings the column types and NOT NULL.
CREATE TEMP TABLE rides_staging (LIKE nyc.agg_green_rides_by_month)
