"""Monitoring: plan targets against today, and official figures against their own numbers."""

from .claims import Span, audit_claims, judge_claims, read_span
from .indicators import indicator_status

__all__ = ["Span", "audit_claims", "indicator_status", "judge_claims", "read_span"]
