"""Who may do what: certificates of callers, their roles and limits, and what is refused."""
