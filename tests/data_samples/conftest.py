import pytest

from data_samples import SampleFile, make_samples
from data_samples.periods import ALL_LAYOUTS, PERIODS


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SampleFile]:
    """The small files, by layout."""
    lacking = {layout.name for layout in ALL_LAYOUTS} - {period.layout for period in PERIODS}
    assert not lacking, f"add a Period for each of {sorted(lacking)} to PERIODS in data_samples/periods.py"
    return {file.layout: file for file in make_samples(tmp_path_factory.mktemp("samples"))}
