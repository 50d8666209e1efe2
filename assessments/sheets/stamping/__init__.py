"""The score form on paper, signed and stamped, as a scan beside its sheet (盖章扫描件); no figure depends on it."""
