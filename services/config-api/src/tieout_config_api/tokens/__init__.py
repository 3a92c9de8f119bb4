"""Access tokens: fetched by one copy at a time, kept sealed, handed out to the services that may have them."""
