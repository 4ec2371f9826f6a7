from collections.abc import Awaitable, Callable
from datetime import tzinfo

class AsyncIOScheduler:
    running: bool
    def __init__(self, *, timezone: tzinfo) -> None: ...
    def add_job(
        self,
        func: Callable[[], Awaitable[None]],
        trigger: str,
        *,
        seconds: int,
        max_instances: int,
        coalesce: bool,
        misfire_grace_time: int | None,
    ) -> object: ...
    def start(self) -> None: ...
    def shutdown(self, wait: bool = True) -> None: ...
