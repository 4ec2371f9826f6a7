"""Answering readers over HTTP, from the files of the site alone."""
