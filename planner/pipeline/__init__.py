"""The whole story: `run(project) -> Study`. Read run.py first; circle, sites and systems are its longer steps."""

from .run import STAGES, Progress, run
from .sites import model_of
from .study import Study
from .travel import circle_modes, mode_of

__all__ = ["STAGES", "Progress", "Study", "circle_modes", "mode_of", "model_of", "run"]
