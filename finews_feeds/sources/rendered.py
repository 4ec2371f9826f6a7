"""The rendered site: the content of a post as its generator published it, plugins, includes and all.

Which part of a page is the content is a convention of themes, not a standard. Asked in this order: what schema.org or
microformats mark as it (`itemprop="articleBody"`, `e-content`), the class names of the common themes, the only
`article`, the only `main`. In the last two, what frames the content (headers, footers, navigation) is left out.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from finews_feeds.sources.notes import Notes
from finews_feeds.sources.post_bytes import decode

if TYPE_CHECKING:
    from lxml.etree import _Element

#: The largest page that is read; a longer one is cut, as nobody's article is.
MAX_BYTES = 8 * 1024 * 1024

_BODY_CLASSES = ("e-content", "post-content", "entry-content", "article-content", "post-body", "article-body")
_FRAMES = ("header", "footer", "nav", "aside", "form", "h1")


def page_file(root: Path, path: str) -> Path | None:
    """The file of the page at this path of a rendered site, as a web server finds it; None where there is none.

    A path that leads out of the folder, by its dots or by a symbolic link, has no file.
    """
    plain = unquote(urlsplit(path).path).strip("/")
    names = [f"{plain}/index.html"] if path.endswith("/") else [plain, f"{plain}.html", f"{plain}/index.html"]
    try:
        base = root.resolve()
        for name in names:
            file = (base / name.lstrip("/")).resolve()
            if file.is_relative_to(base) and file.is_file():
                return file
    except (OSError, ValueError):
        return None
    return None


def read_page(file: Path) -> bytes:
    """The bytes of a page, no more than `MAX_BYTES`; OSError where it is gone or unreadable."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES)


def content_of(page: bytes) -> str:
    """The markup of a page's content, as it stands there; "" where no element is to be taken for it."""
    text = decode(page, Notes(""))
    if not text or text.isspace():
        return ""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.LxmlError:
        return ""
    # a document of comments alone has no root
    element, is_framed = _body(root) if root is not None else (None, False)
    if element is None:
        return ""
    if is_framed:
        _take_out(element, _FRAMES)
    children = (etree.tostring(child, encoding="utf-8", method="html").decode() for child in element)
    return "".join((escape(element.text or "", quote=False), *children)).strip()


def _body(root: _Element) -> tuple[_Element | None, bool]:
    """The element that holds the content, and whether it holds a frame around it too."""
    elements = list(root.iter())
    marked = [each for each in elements if each.get("itemprop") == "articleBody"]
    for name in _BODY_CLASSES:
        marked = marked or [each for each in elements if name in (each.get("class") or "").split()]
    if marked:
        return marked[0], False
    for tag in ("article", "main"):
        found = [each for each in elements if each.tag == tag]
        if len(found) == 1:
            return found[0], True
    return None, False


def _take_out(element: _Element, tags: tuple[str, ...]) -> None:
    """Removes these elements from inside an element; the text after each stays."""
    for each in list(element.iter(*tags)):
        parent = each.getparent()
        if parent is None or each is element:
            continue
        place = list(parent).index(each)
        before = parent[place - 1] if place else None
        if before is None:
            parent.text = (parent.text or "") + (each.tail or "")
        else:
            before.tail = (before.tail or "") + (each.tail or "")
        parent.remove(each)
