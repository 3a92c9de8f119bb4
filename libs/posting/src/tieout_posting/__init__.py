"""The posting engine that every writer shares."""
