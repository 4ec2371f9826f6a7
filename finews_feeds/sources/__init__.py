"""How things come in: feeds over HTTP, posts from the disk. `http` and `files` are the edges; the rest is pure."""
