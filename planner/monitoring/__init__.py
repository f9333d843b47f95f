"""Monitoring: plan targets against today, and official figures against their own numbers."""

from .claims import SCALES, Span, Verdict, judge_claims, read_span, verdicts
from .indicators import FIGURES, indicator_status, indicator_verdicts

__all__ = [
    "FIGURES",
    "SCALES",
    "Span",
    "Verdict",
    "indicator_status",
    "indicator_verdicts",
    "judge_claims",
    "read_span",
    "verdicts",
]
