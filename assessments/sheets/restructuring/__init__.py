"""Branches that merge, split or are dissolved in the middle of a year: past results stay, open sheets are taken out."""
