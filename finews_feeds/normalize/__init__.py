"""What things mean: URLs, dates, text, terms, identity, merging. All of it pure."""
