"""Who may do what: callers, the one table of permissions, and the page that is written from it."""
