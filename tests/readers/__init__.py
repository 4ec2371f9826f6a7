"""Feed readers that others wrote subscribe to the daemon, as people do."""
