"""From a settled tally to its publication: consultation, committee meeting, public notice, objections (公示与审定)."""
