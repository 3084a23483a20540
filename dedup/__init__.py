"""Find near-duplicate articles, strip their boilerplate and keep one canonical version of each."""
__version__ = "0.1.0"
