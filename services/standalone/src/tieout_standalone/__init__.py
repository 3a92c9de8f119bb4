"""All services in one process, the embedded database and the command line."""
