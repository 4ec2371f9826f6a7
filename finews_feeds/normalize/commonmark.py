"""GitHub-flavoured CommonMark to HTML, by cmark-gfm: raw HTML is kept, for `normalize.html` cleans it afterwards.

cmarkgfm's own functions never free the parsed tree nor the rendered text: 12 KB lost for each post, 100 MB for a
first run over a large site, and no end of it in a daemon. So the library inside it is called directly, and everything
is freed. Where a platform hides that library's functions, cmarkgfm's own one does the work, with the same result.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache

from cmarkgfm import _cmark, cmark

#: Tables, task lists, strikethrough and bare links (GFM 0.29 §4.10, §5.3, §6.5, §6.9); "tagfilter" is our cleaner's
#: work.
_EXTENSIONS = ("table", "strikethrough", "autolink", "tasklist")
#: One tilde strikes nothing out, as in Kramdown: `5%~10%，20%~30%` are two spans of numbers.
_OPTIONS = (
    _cmark.lib.CMARK_OPT_UNSAFE | _cmark.lib.CMARK_OPT_FOOTNOTES | _cmark.lib.CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE
)


def render(markdown: str) -> str:
    """The HTML of a Markdown text, blocks ending in line breaks. Total: lone surrogates are dropped, NUL is U+FFFD."""
    return _renderer()(markdown.encode("utf-8", "ignore"))


@cache
def _renderer() -> Callable[[bytes], str]:
    try:
        return _freeing_renderer(ctypes.CDLL(_cmark.__file__))
    except (OSError, AttributeError, ValueError):
        return _leaking_renderer


def _leaking_renderer(markdown: bytes) -> str:
    return cmark.markdown_to_html_with_extensions(markdown.decode(), _OPTIONS, _EXTENSIONS)


def _freeing_renderer(library: ctypes.CDLL) -> Callable[[bytes], str]:
    """The renderer over cmark-gfm's C interface; AttributeError or ValueError where it is not to be reached."""
    pointer = ctypes.c_void_p

    def function(name: str, result: type | None, *arguments: type) -> Callable[..., int | None]:
        found = getattr(library, name)
        found.restype, found.argtypes = result, arguments
        return found  # type: ignore[no-any-return]  # ctypes finds functions at run time

    class Allocator(ctypes.Structure):
        """cmark_mem: whatever cmark hands out is given back by its third member."""

        _fields_ = (("calloc", pointer), ("realloc", pointer), ("free", ctypes.CFUNCTYPE(None, pointer)))

    parser_new = function("cmark_parser_new", pointer, ctypes.c_int)
    parser_attach = function("cmark_parser_attach_syntax_extension", ctypes.c_int, pointer, pointer)
    parser_feed = function("cmark_parser_feed", None, pointer, ctypes.c_char_p, ctypes.c_size_t)
    parser_finish = function("cmark_parser_finish", pointer, pointer)
    parser_extensions = function("cmark_parser_get_syntax_extensions", pointer, pointer)
    parser_free = function("cmark_parser_free", None, pointer)
    node_free = function("cmark_node_free", None, pointer)
    find_extension = function("cmark_find_syntax_extension", pointer, ctypes.c_char_p)
    render_html = function("cmark_render_html", pointer, pointer, ctypes.c_int, pointer)
    free = Allocator.in_dll(library, "CMARK_DEFAULT_MEM_ALLOCATOR").free

    _cmark.lib.cmark_gfm_core_extensions_ensure_registered()
    extensions = [find_extension(name.encode()) for name in _EXTENSIONS]

    def rendered(markdown: bytes) -> str:
        parser = parser_new(_OPTIONS)
        try:
            for extension in extensions:
                parser_attach(parser, extension)
            parser_feed(parser, markdown, len(markdown))
            root = parser_finish(parser)
            # The parser owns the list of its extensions, and the renderer reads it: free the parser last.
            html = render_html(root, _OPTIONS, parser_extensions(parser))
            node_free(root)
            try:
                return ctypes.string_at(html or 0).decode("utf-8", "replace")
            finally:
                free(html)
        finally:
            parser_free(parser)

    return rendered
