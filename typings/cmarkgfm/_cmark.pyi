from typing import Final

class _Library:
    CMARK_OPT_UNSAFE: Final[int]
    CMARK_OPT_FOOTNOTES: Final[int]
    CMARK_OPT_STRIKETHROUGH_DOUBLE_TILDE: Final[int]
    def cmark_gfm_core_extensions_ensure_registered(self) -> None: ...

lib: Final[_Library]
