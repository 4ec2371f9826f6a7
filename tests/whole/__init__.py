"""The whole program: its command line, its files, its HTTP answers."""
