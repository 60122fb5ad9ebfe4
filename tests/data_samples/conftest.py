import pytest

from data_samples import SampleFile, make_samples


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SampleFile]:
    """The small files, by layout."""
    return {file.layout: file for file in make_samples(tmp_path_factory.mktemp("samples"))}
