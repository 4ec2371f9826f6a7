from cmarkgfm import _cmark as _cmark
from cmarkgfm import cmark as cmark
