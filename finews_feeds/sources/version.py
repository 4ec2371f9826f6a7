"""Numbers that change whenever the same bytes would be read otherwise, so that unchanged files are read anew."""

#: The same post file would give another source entry.
POSTS = "3"
