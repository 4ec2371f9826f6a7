"""finews_feeds: many source feeds and folders of posts in, one clean Atom feed for every category and tag out."""

__version__ = "0.1.0"
