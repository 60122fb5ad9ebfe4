"""Which file may take a month from which: the past never replaces the present, unless somebody says so."""

from collections.abc import Iterable

from lake.errors import LakeError
from lake.intake.endings import PARQUET
from lake.intake.identity import Identity
from lake.intake.inventory import RawFile
from lake.publication.receipts import Receipt
from schemas.datasets import PUBLISHED_TRIPS
from schemas.reasons import Refusal, RefusalCode


def past_fault(file: RawFile, identity: Identity, now: Receipt, earlier: Iterable[Receipt]) -> Refusal | None:
    """Why a file must not replace what is published, although its bytes are others; None if it may.

    Args:
        file: The file.
        identity: What identifies its bytes.
        now: What is published of its month.
        earlier: What was published before, the newest first.
    """
    published = f"the month is published from {now.source.name}, generation {now.generation}, {now.published_at}"
    is_parquet, was_parquet = file.suffix == PARQUET, now.source.name.endswith(PARQUET)
    if now.contract_version > PUBLISHED_TRIPS.version:
        what = (
            f"{published}, by newer code (contract {now.contract_version}, not {PUBLISHED_TRIPS.version}): deploy that"
        )
    elif identity.is_withdrawn_from(now):  # held back in peace, until the contract is raised
        contract = PUBLISHED_TRIPS.version
        what = f"{published}, rolled back from this file, and is to be made to contract {contract}: put that one back"
    elif file.name in now.source.superseded or (was_parquet and not is_parquet):
        what = f"{published}, which took the place of this file: put that one back"
    elif is_parquet and not was_parquet:
        return None
    else:
        try:
            past = next((receipt for receipt in earlier if identity.is_of(receipt.source)), None)
        except LakeError as error:
            what = f"whether it is an earlier version cannot be told: {error}"
        else:
            if past is None:
                return None
            what = f"these are the bytes of generation {past.generation}; {published}: put that one back"
    return Refusal(
        RefusalCode.SUPERSEDED, f"{what}; or, if this one is to replace it: --rebuild yes --months {file.month}"
    )
