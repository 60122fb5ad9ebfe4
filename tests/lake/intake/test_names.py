"""What a name in the raw folder says: a month; a month under another name, which is told; or nothing of ours."""

import os
from pathlib import Path

import pytest

from lake.intake.inventory import Inventory, take_inventory
from lake.storage import storage_of
from schemas.reasons import RefusalCode

M = "green_tripdata_2019-02"

NEAR: dict[str, tuple[str, ...]] = {
    # an ending twice, another one, one too many
    f"{M}.csv.csv": ("the ending .csv twice", f"rename it {M}.csv"),
    f"{M}.parquet.parquet": ("the ending .parquet twice", f"rename it {M}.parquet"),
    f"{M}.csv.gz.gz": ("packed twice", f"unpack it once, to {M}.csv.gz"),
    f"{M}.csv.gz.csv": ("ending", f"{M}.csv"),
    f"{M}.csv.txt": ("the ending .txt", f"rename it {M}.csv"),
    f"{M}.parquet.csv": ("ending", f"{M}.parquet"),
    f"{M}.CSV": ("upper case", f"rename it {M}.csv"),
    f"{M}.Parquet": ("upper case", f"rename it {M}.parquet"),
    f"{M}.CSV.GZ": ("upper case", f"rename it {M}.csv.gz"),
    f"{M}.csv.": ("dot", f"rename it {M}.csv"),
    f"{M}.pq": ("the ending .pq", f"rename it {M}.parquet"),
    f"{M}.parq": ("the ending .parq", f"rename it {M}.parquet"),
    f"{M}.txt": ("the ending .txt", f"{M}.csv"),
    f"{M}.tsv": ("tabs", f"{M}.csv"),
    f"{M}.snappy.parquet": ("snappy", f"rename it {M}.parquet"),
    f"{M}.cvs": ("the ending .cvs", f"rename it {M}.csv"),
    f"{M}.parqet": ("the ending .parqet", f"rename it {M}.parquet"),
    f"{M}.csv?versionId=x1": ("?versionId=x1", f"rename it {M}.csv"),
    f"{M}": ("no ending", f"{M}.csv"),
    f"{M}_csv": ("", f"rename it {M}.csv"),
    f"{M}.csv.weird": (".weird", f"rename it {M}.csv"),
    # a second download, a copy, a backup
    f"{M}.parquet.1": ("a second download", f"{M}.parquet"),
    f"{M}.csv.12": ("a second download", f"{M}.csv"),
    f"{M}.csv (1)": ("a second download", f"{M}.csv"),
    f"{M} (1).csv": ("a second download", f"{M}.csv"),
    f"{M}(2).parquet": ("a second download", f"{M}.parquet"),
    f"{M} (1).csv.gz": ("a second download", f"{M}.csv.gz"),
    f"{M}.csv (1).gz": ("a second download", f"{M}.csv.gz"),
    f"{M} - Copy.csv": ("a copy", f"{M}.csv"),
    f"{M} - Copy (2).csv": ("a copy", f"{M}.csv"),
    f"{M} copy.csv": ("a copy", f"{M}.csv"),
    f"{M}_copy.parquet": ("a copy", f"{M}.parquet"),
    f"Copy of {M}.csv": ("a copy", f"{M}.csv"),
    f"{M}.csv - Copy": ("a copy", f"{M}.csv"),
    f"{M}.csv.bak": ("a backup", f"{M}.csv"),
    f"{M}.csv.old": ("a backup", f"{M}.csv"),
    f"{M}.csv.orig": ("a backup", f"{M}.csv"),
    f"{M}.csv~": ("a backup", f"{M}.csv"),
    f"{M}.csv.20190301": ("a backup", f"{M}.csv"),
    f"{M}.bak.csv": ("a backup", f"{M}.csv"),
    f"{M}.parquet.tmp": ("a temporary file", f"{M}.parquet"),
    # packed
    f"{M}.csv.zip": ("packed as zip", f"unpack it to {M}.csv"),
    f"{M}.zip": ("packed as zip", f"unpack it to {M}.csv"),
    f"{M}.csv.bz2": ("packed as bzip2", f"unpack it to {M}.csv"),
    f"{M}.csv.xz": ("packed as xz", f"unpack it to {M}.csv"),
    f"{M}.csv.zst": ("packed as zstd", f"unpack it to {M}.csv"),
    f"{M}.csv.7z": ("packed as 7z", f"unpack it to {M}.csv"),
    f"{M}.csv.Z": ("packed by compress", f"unpack it to {M}.csv"),
    f"{M}.csv.lz4": ("packed as lz4", f"unpack it to {M}.csv"),
    f"{M}.csv.rar": ("packed as rar", f"unpack it to {M}.csv"),
    f"{M}.csv.tar.gz": ("packed as tar", f"unpack it to {M}.csv"),
    f"{M}.tgz": ("packed as tar", f"unpack it to {M}.csv"),
    f"{M}.parquet.gz": ("packed as gzip", f"unpack it to {M}.parquet"),
    f"{M}.parquet.gzip": ("packed as gzip", f"unpack it to {M}.parquet"),
    f"{M}.csv.gzip": (".gzip", f"rename it {M}.csv.gz"),
    f"{M}.gz": (".gz", f"{M}.csv.gz"),
    f"{M}.csv.zip.1": ("a second download", "packed as zip", f"unpack it to {M}.csv"),
    f"{M}.csv.gpg": ("encrypted", f"decrypt it to {M}.csv"),
    # another format
    f"{M}.xlsx": ("Excel", f"save it as CSV, to {M}.csv"),
    f"{M}.csv.xlsx": ("Excel", f"save it as CSV, to {M}.csv"),
    f"{M}.orc": ("ORC", f"write it again as Parquet, to {M}.parquet"),
    f"{M}.avro": ("Avro", f"write it again as Parquet, to {M}.parquet"),
    f"{M}.feather": ("Arrow", f"write it again as Parquet, to {M}.parquet"),
    f"{M}.jsonl": ("JSON lines", f"write it again as Parquet, to {M}.parquet"),
    # a month otherwise written
    "Green_Taxi_2019-02.csv": (f"rename it {M}.csv",),
    "green-2019-02.parquet": (f"rename it {M}.parquet",),
    "green_2019-02.csv.gz": (f"rename it {M}.csv.gz",),
    "green_tripdata_2019_02.csv": ("'2019_02'", f"rename it {M}.csv"),
    "green_tripdata-2019-02.csv": (f"rename it {M}.csv",),
    "green-tripdata-2019-02.csv": (f"rename it {M}.csv",),
    "green tripdata 2019-02.csv": ("blanks", f"rename it {M}.csv"),
    "green_tripdata_201902.csv": ("'201902'", f"rename it {M}.csv"),
    "green_tripdata_20190201.csv": (f"rename it {M}.csv",),
    "green_tripdata_2019-2.csv": ("'2019-2'", f"rename it {M}.csv"),
    "green_tripdata_2019.02.csv": ("'2019.02'", f"rename it {M}.csv"),
    "green_tripdata_2019 02.csv": ("'2019 02'", f"rename it {M}.csv"),
    "green_tripdata_02-2019.csv": ("'02-2019'", f"rename it {M}.csv"),
    "green_tripdata_2019-Feb.csv": ("'2019-Feb'", f"rename it {M}.csv"),
    "green_tripdata_february_2019.csv": ("'february_2019'", f"rename it {M}.csv"),
    "green_tripdata_2019\u201302.csv": ("beyond ASCII", f"rename it {M}.csv"),
    "green_tripdata_2019\u201102.csv": ("beyond ASCII", f"rename it {M}.csv"),
    "green_tripdata_2019\u221202.csv": ("beyond ASCII", f"rename it {M}.csv"),
    "green_tripdata_\uff12\uff10\uff11\uff19-02.csv": ("beyond ASCII", f"rename it {M}.csv"),
    "green_trip\u200bdata_2019-02.csv": ("beyond ASCII", f"rename it {M}.csv"),
    "\ufeffgreen_tripdata_2019-02.csv": ("beyond ASCII", f"rename it {M}.csv"),
    f"{M}.csv ": ("blanks", f"rename it {M}.csv"),
    f" {M}.csv": ("blanks", f"rename it {M}.csv"),
    f"{M}.csv\n": ("control", f"rename it {M}.csv"),
    "green_tripdata_\x1b[31m2019-02.csv": ("control", f"rename it {M}.csv"),
    f"{M} .csv": ("blanks", f"rename it {M}.csv"),
    f"_{M}.csv": (f"rename it {M}.csv",),
    f".{M}.csv": (f"rename it {M}.csv",),
    f"{M}_final.csv": (f"rename it {M}.csv",),
    f"{M}-v2.csv": (f"rename it {M}.csv",),
    f"nyc_{M}.parquet": (f"rename it {M}.parquet",),
    "Green_Tripdata_2019-02.csv": ("upper case", f"rename it {M}.csv"),
    "GREEN_TRIPDATA_2019-02.CSV": ("upper case", f"rename it {M}.csv"),
    "greentripdata_2019-02.csv": (f"rename it {M}.csv",),
    "green_tripdata2019-02.csv": (f"rename it {M}.csv",),
    "tripdata_green_2019-02.csv": (f"rename it {M}.csv",),
    "2019-02_green_tripdata.csv": (f"rename it {M}.csv",),
    "2019-02-green.parquet": (f"rename it {M}.parquet",),
    "green_trips_2019-02.csv": (f"rename it {M}.csv",),
    "green_cab_2019-02.csv": (f"rename it {M}.csv",),
    "gren_tripdata_2019-02.csv": (f"rename it {M}.csv",),
    "green_tripdta_2019-02.csv": (f"rename it {M}.csv",),
    "tripdata_2019-02.csv": (f"rename it {M}.csv",),
    "2019-02.parquet": (f"rename it {M}.parquet",),
    f"raw%2F{M}.csv": (f"rename it {M}.csv",),
    "Green Taxi Trip Records - February 2019.csv": ("'February 2019'", f"rename it {M}.csv"),
    "green.tripdata.2019-02.csv": (f"rename it {M}.csv",),
    # no month, none that is one, or several
    "green_tripdata_2019-01_2019-12.csv": ("more than one", "green_tripdata_YYYY-MM.csv"),
    "2019_Green_Taxi_Trip_Data_20240101.csv": ("more than one", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata_2019-13.csv": ("'2019-13'", "not a month", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata_2019-00.csv": ("'2019-00'", "not a month", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata_1999-12.csv": ("'1999-12'", "before 2000", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata_2019.csv": ("no month", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata.csv": ("no month", "green_tripdata_YYYY-MM.csv"),
    "green-trips-\u00fcn\u00ef 100%.csv": ("no month", "green_tripdata_YYYY-MM.csv"),
    "green_tripdata_YYYY-MM.csv": ("no month", "green_tripdata_YYYY-MM.csv"),
    os.fsdecode(b"green_tripdata_\xff2019-02.csv"): ("beyond ASCII", f"rename it {M}.csv"),
    M + "x" * 225 + ".csv": (f"rename it {M}.csv",),
}

COMPANIONS = (
    *(
        f"{M}{ending}"
        for ending in (
            ".csv.md5",
            ".md5",
            ".csv.sha1",
            ".csv.sha256",
            ".parquet.sha512",
            ".csv.MD5",
            ".csv.sha256sum",
            ".csv.md5.txt",
            ".csv.asc",
            ".csv.sig",
            ".csv.crc",
            ".csv.crc32",
            ".csv.part",
            ".csv.partial",
            ".csv.filepart",
            ".csv.crdownload",
            ".csv.download",
            ".csv.aria2",
            ".csv._COPYING_",
            ".csv.6eF94bAE",  # the AWS CLI, while it downloads
            ".csv.dvc",
            ".dvc",
            ".csv:Zone.Identifier",
            ".csv:com.dropbox.attrs",
            ".csv.meta",
            ".csv.etag",
            ".csv.lock",
            ".csv.done",
            ".csv.swp",
            ".csv_profile.json",
            "_profile.html",
            "_profile.csv",
            ".yaml",
            ".json",
            ".html",
            ".pdf",
            ".csv.log",
            ".csv-metadata.json",
            ".sql",
            ".ipynb",
            ".md",
            "_README.txt",
            "_schema.csv",
            ".csv.torrent",
            ".csv.md5.1",
            "_$folder$",
        )
    ),
    f"._{M}.csv",
    f".{M}.csv.crc",
    f".{M}.csv.swp",
    f".{M}.csv.X3f9aQ",  # rsync, while it copies
    f".~lock.{M}.csv#",
    f"~${M}.xlsx",
    f".#{M}.csv",
    f"#{M}.csv#",
    f"~syncthing~{M}.csv.tmp",
    "data_dictionary_trip_records_green.pdf",
    "data_dictionary_trip_records_green (1).pdf",
    "green_tripdata_checksums.txt",
    "green_tripdata_SHA256SUMS",
    "README_green_trips.txt",
    "green_tripdata_README",
    "green_$folder$",
)

FOREIGN = (
    "yellow_tripdata_2019-02.csv",
    "fhv_tripdata_2019-02.csv",
    "fhvhv_tripdata_2019-02.parquet",
    "Yellow_Taxi_2019-02.csv",
    "yellow_tripdata_2019-02.csv.1",
    "taxi_zone_lookup.csv",
    "taxi_zones.zip",
    "weather_2019-02.csv",
    "central_park_weather_2019-02.csv",
    "greenhouse_gas_2019-02.csv",
    "2019-02-14.csv",
    "2019.csv",
    "part-00001.csv",
    "part-00000-20190202.snappy.parquet",
    "notes_2019-02.txt",
    "2019-02.txt",
    "SHA256SUMS",
    "MD5SUMS",
    "README",
    "README.md",
    "LICENSE",
    "_SUCCESS",
    "._SUCCESS.crc",
    "_committed_201902",
    ".DS_Store",
    "._.DS_Store",
    "Thumbs.db",
    "desktop.ini",
    ".gitattributes",
    ".gitkeep",
    ".dvcignore",
    "index.html",
    ".nfs000000000000201902",
)


def inventory_of(folder: Path, *names: str) -> Inventory:
    for name in names:
        (folder / name).write_text("x")
    return take_inventory(storage_of(str(folder)), str(folder))


@pytest.mark.defect("nearly-right-name")
@pytest.mark.parametrize("name", NEAR, ids=ascii)
def test_a_month_under_another_name_is_refused_with_the_name_it_should_have(tmp_path: Path, name: str):
    found = inventory_of(tmp_path, name)
    assert list(found.refused) == [name]
    _, refusal = found.refused[name]
    assert refusal.code == RefusalCode.NAME
    assert [text for text in NEAR[name] if text not in refusal.message] == [], refusal.message
    assert len(refusal.message) < 250
    assert refusal.message.isprintable()
    assert (found.files, found.foreign) == ({}, ())


@pytest.mark.defect("companion-files")
@pytest.mark.parametrize("name", [*COMPANIONS, *FOREIGN])
def test_what_is_no_month_is_left_alone(tmp_path: Path, name: str):
    found = inventory_of(tmp_path, name)
    assert found.refused == {}
    assert (found.files, found.foreign) == ({}, (name,))


def test_a_name_that_is_taken_is_not_proposed_without_saying_so(tmp_path: Path):
    found = inventory_of(tmp_path, f"{M}.csv", f"{M}.csv.1", f"{M}.csv.zip")
    assert found.files["2019-02"].name == f"{M}.csv"
    for name in (f"{M}.csv.1", f"{M}.csv.zip"):
        assert f"{M}.csv lies here too: leave one of the two, under that name" in found.refused[name][1].message
