"""Reopening an approved or sealed sheet: asked for by one person, granted by another, as a new revision (更正)."""
