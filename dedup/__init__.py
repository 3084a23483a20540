"""Find near-duplicate articles, strip their boilerplate and keep one canonical version of each."""
from dedup.api import Stripped, scan, strip
from dedup.article import Article, Cluster, Entry, Member, Result, Span
from dedup.errors import DedupError

__version__ = "0.1.0"
__all__ = ["Article", "Cluster", "DedupError", "Entry", "Member", "Result", "Span", "Stripped", "scan", "strip"]
