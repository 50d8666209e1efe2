"""Whose sheets are reviewed: the sample drawn, the candidates computed, and what the office adds by hand."""
