"""What is taken in as evidence: the portal's one door for kept files (`branchportal.uploads`)."""

from branchportal.uploads import ACCEPT, INLINE, PDF, Accepted, FileRefused, accept_file, display_name

__all__ = ["ACCEPT", "INLINE", "PDF", "Accepted", "FileRefused", "accept_file", "display_name"]
