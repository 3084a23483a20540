"""Find near-duplicate articles, strip their boilerplate and keep one canonical version of each."""
from __future__ import annotations

from dedup.errors import DedupError

TYPE_CHECKING = False  # typing itself takes as long to import as the interpreter to start
if TYPE_CHECKING:
    from typing import Any

    from dedup.api import ScannedArticle, ScannedCluster, ScanResult, Stripped, scan, strip
    from dedup.article import Article, Cluster, Entry, Member, Result, Span

__version__ = "0.1.0"
__all__ = ["Article", "Cluster", "DedupError", "Entry", "Member", "Result", "ScanResult", "ScannedArticle", "ScannedCluster",
           "Span", "Stripped", "scan", "strip"]


def __getattr__(name: str) -> Any:
    """The rest of the interface is loaded when somebody asks for it: the command line starts without."""
    if name not in __all__:
        raise AttributeError(f"module 'dedup' has no attribute {name!r}")
    from dedup import api, article

    return getattr(api if hasattr(api, name) else article, name)
