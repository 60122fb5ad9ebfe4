"""The page of the samples: every number on it counted again by Spark, in what the jobs published."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from data_samples.samples import write_samples
from explore.report import page
from lake.operate.status import Lake
from lake.places import places_of
from lake.reader import published, quarantine, zones
from schemas.datasets import LOCATIONS, PUBLISHED_TRIPS, RIDES_BY_HOUR, RIDES_BY_MONTH
from tests.explore.page import Page
from tests.jobs.lakes import LakeFolder

pytestmark = [pytest.mark.spark, pytest.mark.slow]
