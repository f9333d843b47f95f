import inspect
import re

import planner
from tests.conftest import ROOT

NOT_YET = {"measure_circle", "measure_equity"}


def promised():
    """Return the names that docs/design.md section 4 promises at `planner.`."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    paragraph = text.split("**Names** at `planner.`:")[1].split("; the rest")[0]
    return set(" ".join(re.findall(r"`([^`]+)`", paragraph)).split())


def test_the_surface_is_the_one_designed():
    assert set(planner.__all__) == promised() - NOT_YET | {"read_layers"}


def test_every_public_name_loads_and_says_what_it_is():
    for name in planner.__all__:
        assert inspect.getdoc(getattr(planner, name)), name
