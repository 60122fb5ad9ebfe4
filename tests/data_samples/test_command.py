"""The command line."""

import json
from pathlib import Path

import pytest

from data_samples.__main__ import main

WRONG = {
    "no folder": [],
    "rows without a layout": ["--rows", "10", "OUT"],
    "a layout without rows": ["--layout", "C7", "OUT"],
    "no rows": ["--rows", "0", "--layout", "C7", "OUT"],
    "rows that are no number": ["--rows", "1e6", "--layout", "C7", "OUT"],
    "an unknown layout": ["--rows", "10", "--layout", "C9", "OUT"],
    "months without rows": ["--months", "2017-01..", "OUT"],
    "months of another layout": ["--rows", "10", "--layout", "C7", "--months", "2016-12..2017-03", "OUT"],
    "months in the wrong order": ["--rows", "10", "--layout", "C7", "--months", "2017-03..2017-02", "OUT"],
    "no months": ["--rows", "10", "--layout", "C7", "--months", "2017-13", "OUT"],
    "expectations of large files": ["--rows", "10", "--layout", "C7", "--expected", "FILE", "OUT"],
    "a seed that is not a number": ["--seed", "x", "OUT"],
    "an unknown option": ["--row", "10", "OUT"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_line_and_2(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err[:14]) == ("", 1, "data_samples: ")
    assert not list(tmp_path.iterdir())


def test_out_must_be_a_folder(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path / "file")])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_failure_is_one_line_and_1(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "below")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "python -m data_samples --rows 10000000 --layout C7" in capsys.readouterr().out


def test_small_files_with_expectations(samples, tmp_path, capsys):
    expected = tmp_path / "facts" / "expected.json"
    assert main(["--expected", str(expected), str(tmp_path / "out")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(samples)
    facts = json.loads(expected.read_text())
    assert [fact["name"] for fact in facts] == [file.name for file in samples.values()]
    for fact, file in zip(facts, samples.values(), strict=True):
        assert fact == json.loads(json.dumps(file.to_json(), default=str))
        assert fact["sums"]["fare_amount"] == str(file.sums["fare_amount"])
        assert fact["quarantined_lines"] == len(fact["quarantined"])
    assert str(tmp_path) not in expected.read_text()


@pytest.mark.parametrize(
    ("months", "names"),
    [
        ("2017-03..", ["2017-03"]),
        ("2018-12", ["2018-12"]),
        ("2017-05..2018-02", ["2017-05"]),
    ],
)
def test_large_files_begin_with_the_first_month(months: str, names: list[str], tmp_path: Path, capsys):
    assert main(["--rows", "1_000", "--layout", "C7", "--months", months, str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"green_tripdata_{name}.csv" for name in names]
    out, err = capsys.readouterr()
    assert "1,000 rows" in out
    assert err.startswith(f"1/1 green_tripdata_{names[0]}.csv: 1,000 rows")
