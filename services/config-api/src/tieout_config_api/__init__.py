"""The only public door: settings, secrets, runs, records, REST."""
