"""What a plan says of what is due, on local folders; no Spark."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lake.errors import LakeError
from lake.intake.identity import Identity
from lake.intake.inventory import Inventory, RawFile
from lake.intake.plan import DueFile, Plan, make_plan
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.months import EVERY_MONTH, parse_months
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, Receipt, Source
from lake.storage import FileInfo
from lake.storage.local import LocalStorage
from lake.version import code_version
from schemas.contract import CONTRACT_VERSION

MODIFIED = datetime(2020, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("suffix", "size", "rows"),
    [  # as TLC published them
        (".csv", 3_210_216, 35_612),
        (".csv.gz", 646_312, 35_612),
        (".parquet", 713_573, 35_644),
        (".parquet", 1_362_284, 56_551),
    ],
)
def test_the_rows_that_are_due_are_guessed_from_sizes_rather_too_many_than_too_few(suffix, size, rows):
    file = RawFile(FileInfo(f"raw/green_tripdata_2020-04{suffix}", size, "version", None, MODIFIED), "2020-04", suffix)
    plan = Plan(
        Inventory(), {}, due={"2020-04": DueFile(file, Identity(LocalStorage(), file.info, "etag"), "new", None)}
    )
    assert rows <= plan.rows <= 2 * rows
    plan.due["2020-05"] = plan.due["2020-04"]
    assert plan.rows > 2 * rows


CSV_NAME, GZIP_NAME, PARQUET_NAME = (f"green_tripdata_2020-04{suffix}" for suffix in (".csv", ".csv.gz", ".parquet"))


@dataclass(frozen=True)
class Lake:
    """April in a lake on the disk; receipts are written by hand."""

    base: Path

    @property
    def book(self) -> ReceiptBook:
        return ReceiptBook.at(str(self.base / "transformed"))

    def raw(self, *files: tuple[str, str]) -> None:
        """Puts these files in the place of those that are there: names and texts."""
        folder = self.base / "raw"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in files:
            (folder / name).write_text(text)

    def publish(self, name: str, text: str, *superseded: str, contract: int = CONTRACT_VERSION) -> None:
        """The month's next generation, made of this file."""
        before = self.book.get("2020-04")
        generation = before.receipt.generation + 1 if before else 1
        receipt = Receipt(
            month="2020-04",
            run=f"run-{generation}",
            generation=generation,
            previous=None,
            contract_version=contract,
            code_version="0123",
            published_at=f"2026-11-0{generation}T03:00:00+00:00",
            source=Source(f"raw/{name}", hashlib.sha256(text.encode()).hexdigest(), superseded=superseded),
            files=(),
            counts=Counts(lines=9, published=9),
        )
        self.book.publish(receipt, before)

    def fate(self, *, rebuild: bool = False) -> str:
        """What becomes of April: due and why, refused and as what, or unchanged."""
        months = parse_months("2020-04") if rebuild else EVERY_MONTH
        plan = make_plan(str(self.base / "raw"), str(self.base / "transformed"), months, rebuild=rebuild)
        refused = [str(refusal.code) for _, refusal in plan.refused.values()]
        [fate] = [due.why for due in plan.due.values()] + refused + ["unchanged" for _ in plan.unchanged]
        return fate


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


CSV_A, CSV_B, GZIP, PARQUET_P = (CSV_NAME, "A"), (CSV_NAME, "B"), (GZIP_NAME, "Z"), (PARQUET_NAME, "P")


@pytest.mark.parametrize(
    ("published", "raw", "fate"),
    [
        pytest.param([(*PARQUET_P, CSV_NAME)], [CSV_A], "SUPERSEDED", id="the Parquet file is moved away"),
        pytest.param([CSV_A, (*PARQUET_P, CSV_NAME)], [CSV_A], "SUPERSEDED", id="as the first file of the month"),
        pytest.param([(*PARQUET_P, CSV_NAME), (PARQUET_NAME, "Q")], [CSV_A], "SUPERSEDED", id="since a generation ago"),
        pytest.param([(*PARQUET_P, CSV_NAME)], [GZIP], "SUPERSEDED", id="the CSV comes back as gzip"),
        pytest.param([PARQUET_P], [CSV_A], "SUPERSEDED", id="a CSV that was never beside the Parquet file"),
        pytest.param([("elsewhere", "P", CSV_NAME)], [CSV_A], "SUPERSEDED", id="named by the receipt alone"),
        pytest.param([CSV_A, CSV_B], [CSV_A], "SUPERSEDED", id="the bytes of the generation before"),
        pytest.param([CSV_A, CSV_B, (CSV_NAME, "C")], [CSV_A], "SUPERSEDED", id="the bytes of the first generation"),
        pytest.param([GZIP, CSV_A], [(CSV_NAME, "Z")], "SUPERSEDED", id="the bytes of before, under another name"),
        pytest.param([CSV_A, CSV_B], [(CSV_NAME, "C")], "changed", id="new bytes"),
        pytest.param([CSV_A], [PARQUET_P, CSV_A], "changed", id="a Parquet file beside the CSV"),
        pytest.param([PARQUET_P], [(PARQUET_NAME, "Q")], "changed", id="the Parquet file, published again"),
        pytest.param([PARQUET_P, CSV_A], [PARQUET_P], "changed", id="the Parquet file of a month redone from CSV"),
        pytest.param([(*PARQUET_P, CSV_NAME)], [PARQUET_P, CSV_A], "unchanged", id="both, as ever"),
        pytest.param([(*PARQUET_P, CSV_NAME)], [PARQUET_P], "unchanged", id="the Parquet file alone"),
    ],
)
def test_the_past_does_not_replace_the_present_unless_it_is_named(lake, published, raw, fate):
    for name, text, *superseded in published:
        lake.publish(name, text, *superseded)
    lake.raw(*raw)
    assert lake.fate() == fate
    assert lake.fate(rebuild=True) == {"SUPERSEDED": "changed", "unchanged": "rebuild"}.get(fate, fate)


@pytest.mark.defect("parquet-moved-away")
@pytest.mark.defect("past-put-back")
def test_a_file_of_the_past_is_told_what_took_its_place_and_what_to_do(lake):
    lake.publish(*CSV_A)
    lake.publish(*PARQUET_P, CSV_NAME)
    lake.raw(CSV_A)
    plan = make_plan(str(lake.base / "raw"), str(lake.base / "transformed"))
    assert plan.refused[CSV_NAME][1].message == (
        f"the month is published from {PARQUET_NAME}, generation 2, 2026-11-02T03:00:00+00:00, which took the place of this "
        "file: put that one back; or, if this one is to replace it: --rebuild yes --months 2020-04"
    )


@pytest.mark.parametrize(("text", "fate"), [("A", "unchanged"), ("B", "SUPERSEDED")])
def test_older_code_leaves_a_month_of_a_newer_contract_as_it_is(lake, text, fate):
    lake.publish(*CSV_A, contract=CONTRACT_VERSION + 1)
    lake.raw((CSV_NAME, text))
    assert lake.fate() == fate


def test_a_superseded_file_whose_successor_is_back_needs_no_one(lake):
    """The note of the refusal says nothing any more; nor of a file that is new."""
    lake.publish(*PARQUET_P, CSV_NAME)
    for text in ("A", "P"):
        etag = hashlib.sha256(text.encode()).hexdigest()
        RefusalNotes.of(lake.book).write(RefusalNote(CSV_NAME, etag, "SUPERSEDED", "x", code_version()))
    lake.publish(CSV_NAME, "B")
    lake.raw((CSV_NAME, "P"))
    lake.book.storage.delete(lake.book.replaced_uri("2020-04", 1))
    assert lake.fate() == "changed"


@pytest.mark.parametrize("harm", ["lost", "older"])
def test_receipts_that_have_gone_back_stop_the_run(lake, harm):
    """A backup was put back, or a receipt is gone: those that it replaced are still there."""
    lake.publish(*CSV_A)
    first = lake.book.get("2020-04")
    assert first
    lake.publish(*CSV_B)
    lake.publish(CSV_NAME, "C")
    now = Path(lake.book.uri("2020-04"))
    now.unlink() if harm == "lost" else now.write_bytes(first.body)
    lake.raw((CSV_NAME, "C"))
    with pytest.raises(LakeError, match=r"2020-04 .* 2020-04\.2\.json was replaced: .*docs/operations\.md"):
        lake.fate()
