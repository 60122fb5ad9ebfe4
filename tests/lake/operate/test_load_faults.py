"""What is found when Redshift has refused a load: on local folders, with a manifest by hand."""

import json
from pathlib import Path

import pytest

from lake.operate.load_faults import load_faults

FILES = {"run=a-1/month=2020-03/part-0.parquet": 4, "run=a-1/month=2020-04/part-0.parquet": 6}


@pytest.fixture
def tables(tmp_path: Path):
    """Two files of ten bytes in all, and the plan of a load of them."""
    for path, size in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(b"x" * size)
    entries = [
        {"url": str(tmp_path / path), "mandatory": True, "meta": {"content_length": size}}
        for path, size in FILES.items()
    ]
    (tmp_path / "_manifest.json").write_text(json.dumps({"entries": entries}))
    return {"agg_rides": {"manifest": str(tmp_path / "_manifest.json"), "rows": 96}}


def remove(folder: Path) -> None:
    (folder / "run=a-1/month=2020-04/part-0.parquet").unlink()


def lengthen(folder: Path) -> None:
    (folder / "run=a-1/month=2020-03/part-0.parquet").write_bytes(b"x" * 9)


def remove_manifest(folder: Path) -> None:
    (folder / "_manifest.json").unlink()


def spoil_manifest(folder: Path) -> None:
    (folder / "_manifest.json").write_text('{"entries": [{"url": 3}]}')


@pytest.mark.parametrize(
    ("change", "copied", "newest", "lines"),
    [
        (None, {"agg_rides": 96}, 5, []),
        (None, {}, 5, []),
        (None, {"agg_rides": 95}, 5, ["nyc.agg_rides: rows in the files: 95, in the receipts: 96"]),
        (None, {"agg_rides": -1}, 5, ["nyc.agg_rides: rows in the files: not told by Redshift, in the receipts: 96"]),
        (None, {"agg_rides": 96}, 6, ["a newer load is there: of 6 generations of receipts, this one of 5"]),
        (remove, {}, 5, ["{root}/run=a-1/month=2020-04/part-0.parquet is not there; {root}/_manifest.json names it"]),
        (
            lengthen,
            {},
            5,
            ["{root}/run=a-1/month=2020-03/part-0.parquet has 9 bytes, {root}/_manifest.json says 4"],
        ),
        (remove_manifest, {}, 5, ["{root}/_manifest.json is not there"]),
        (spoil_manifest, {}, 5, ["{root}/_manifest.json is not a manifest that this version can read: "]),
    ],
)
def test_what_does_not_agree_is_told(tmp_path, tables, change, copied, newest, lines):
    if change:
        change(tmp_path)
    found = load_faults(tables, 5, copied, newest)
    assert len(found) == len(lines)
    for line, wanted in zip(found, lines, strict=True):
        assert line.startswith(wanted.format(root=tmp_path))


def test_many_files_that_are_gone_are_three_lines(tmp_path, tables):
    entries = [
        {
            "url": f"{tmp_path}/run=a-1/month=2020-0{month}/gone.parquet",
            "mandatory": True,
            "meta": {"content_length": 1},
        }
        for month in range(1, 10)
    ]
    (tmp_path / "_manifest.json").write_text(json.dumps({"entries": entries}))
    found = load_faults(tables, 5, {}, 5)
    assert len(found) == 3
    assert found[2].endswith("_manifest.json names it (and 6 more)")
