"""April 2020, as TLC published it, from the raw file to Redshift."""

import pytest

from tests.needs import TLC

CSV = "green_tripdata_2020-04.csv"


@pytest.mark.calibration
@pytest.mark.needs("tlc")
def test_april_2020_is_in_redshift_to_the_cent(pipeline):
    pipeline.put(f"{pipeline.where['raw']}/{CSV}", (TLC / "csv" / CSV).read_bytes())
    night = pipeline.night()
    assert (night.state, night.failed) == ("success", set())
    assert pipeline.rides("2020-04") == (35_612, "590863.20")
    where = "FROM nyc.agg_green_rides_by_month WHERE source_month = '2020-04-01'"
    assert pipeline.query(f"SELECT count(*) {where}") == [(831,)]
    columns = "pulocationid, trip_type, payment_type, total_fare_amount, ride_count"
    largest = pipeline.query(f"SELECT {columns} {where} ORDER BY total_fare_amount DESC NULLS LAST LIMIT 1")
    assert largest == [(75, 1, 1, "18757.93", 1_614)]
