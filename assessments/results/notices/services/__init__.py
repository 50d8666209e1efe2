"""The steps between a tally and its publication; each changes rows and writes its audit row in one transaction."""
