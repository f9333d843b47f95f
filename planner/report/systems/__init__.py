"""What a run tells of the source plans' own systems: `system_facts(study)`, one record a system."""

from .facts import SystemFacts
from .told import system_facts

__all__ = ["SystemFacts", "system_facts"]
