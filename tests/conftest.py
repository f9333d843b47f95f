"""What all tests share: the real data beside the project, where it is there."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; the test is skipped where it is not."""
    for folder in ROOT.parents:
        if (folder / "shared" / "data" / "sources.csv").exists():
            return folder / "shared" / "data"
    pytest.skip("the shared data folder is not beside this checkout")
