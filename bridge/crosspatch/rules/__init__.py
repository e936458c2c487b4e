"""Which patches are wanted because of where vehicles are. Pure: reports and time in, wishes and reasons out."""

from crosspatch.rules.book import RuleBook
from crosspatch.rules.facts import Fact

__all__ = ["Fact", "RuleBook"]
