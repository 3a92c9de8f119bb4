"""What every Tieout service runs on."""
