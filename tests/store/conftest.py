from __future__ import annotations

import pytest

pytest.register_assert_rewrite(*(f"{__package__}.{name}" for name in ("contract", "near_contract", "history_contract")))

from .contract import open_again, store  # noqa: E402 (the line above comes before the import that it is about)

__all__ = ["open_again", "store"]
