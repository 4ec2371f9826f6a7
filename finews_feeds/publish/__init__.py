"""What goes out: which entries, under which names, in which bytes. `site` is the edge; the rest is pure."""
