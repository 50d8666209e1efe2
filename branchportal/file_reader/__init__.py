"""Looks into an uploaded file in a process of its own; only `branchportal.uploads` starts it. Imports no Django."""
