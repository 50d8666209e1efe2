"""Who may see what, for any person: computed by asking the portal's own querysets and rules."""
