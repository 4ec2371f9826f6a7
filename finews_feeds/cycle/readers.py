"""Reading documents where a bad one costs its source an error, and not the cycle.

Whoever reads what strangers send may hang on it, or be ended by it. So documents are read in processes of their own,
which are killed at a deadline, may not take more memory than a document of the largest size needs, and are replaced.

A process costs 0.4 s to start with all its libraries, and a common feed of 30 entries 28 ms to read, here or there. A
few small documents are therefore read here, in a thread: within `feed_bounds` a small one cannot take long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, TypeVar

from finews_feeds.cycle.messages import read_message, write_message
from finews_feeds.cycle.polling import Outcome, decide, is_unread
from finews_feeds.errors import StoreError
from finews_feeds.log import event
from finews_feeds.model import Answer, Failed, Representation, SourceState
from finews_feeds.settings import FeedSourceSettings, Settings

if TYPE_CHECKING:
    from finews_feeds.cycle.recalling import Recalled

T = TypeVar("T")

#: What is read in a thread: documents up to this size, until so many were read.
SMALL_BYTES = 64 * 1024
FEW_DOCUMENTS = 40
#: What is read of a document on the spot, where the rest of it is known: a thread would cost as much as reading it.
_LITTLE_BYTES = 8 * 1024
#: More processes than cores gain nothing, and each has the libraries in memory.
_MOST_READERS = 4
_START_SECONDS = 30.0


class ReaderLostError(Exception):
    """The process was killed at the deadline, or ended by itself; the message says which."""


class ReaderAbsentError(Exception):
    """No process can be started here."""


class Readers:
    """Turns answers into outcomes; a context manager that belongs to one cycle and starts processes when they pay."""

    def __init__(self, settings: Settings) -> None:
        self._settings = replace(settings, sources=(), posts=(), feeds=())
        count = min(os.cpu_count() or 1, _MOST_READERS)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self._idle = [Reader(self._settings) for _ in range(count)]
        self._all = tuple(self._idle)
        self._documents = 0

    def __enter__(self) -> Readers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for reader in self._all:
            reader.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def outcome(
        self,
        source: FeedSourceSettings,
        old: SourceState | None,
        answer: Answer,
        now: datetime,
        recall: Callable[[Representation], Recalled | None] = lambda _: None,
    ) -> Outcome:
        """`decide`; a document that our reader fails on, or not in time, is this one source's failure.

        `recall` is asked for what need not be read of it.
        """
        if not isinstance(answer, Representation) or not is_unread(self._settings, source, old, answer):
            return decide(self._settings, source, old, answer, now)
        try:
            recalled = recall(answer)
            if recalled is not None and len(recalled.unread) <= SMALL_BYTES:
                from finews_feeds.cycle.recalling import OddPartsError

                with suppress(OddPartsError):
                    if len(recalled.unread) <= _LITTLE_BYTES:
                        return decide(self._settings, source, old, answer, now, recalled)
                    return await self._here(source, old, answer, now, recalled)
            self._documents += 1
            if len(answer.body) > SMALL_BYTES or self._documents > FEW_DOCUMENTS:
                return await self._elsewhere(source, old, answer, now)
            return await self._here(source, old, answer, now)
        except (ReaderLostError, TimeoutError) as lost:
            cause = str(lost) or _late(self._settings)
            mend = "it is asked again later; a document that needs longer wants a higher http.read_deadline"
            return decide(self._settings, source, old, Failed(answer.url, cause, mend, answer.status), now)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the spine: logged whole, listed, and the source is asked again
            event(logging.ERROR, "poll.broke", exc_info=True, source=source.name, url=source.shown_url)
            cause = f"our reader failed on its answer ({type(error).__name__}: {error})"
            failed = Failed(answer.url, cause, "report it with the document; the source is asked again")
            return decide(self._settings, source, old, failed, now)

    async def _here(self, *job: object) -> Outcome:
        seconds = self._settings.http.read_deadline.total_seconds()
        async with asyncio.timeout(seconds):
            return await _in_thread(lambda: decide(self._settings, *job))  # type: ignore[arg-type]

    async def _elsewhere(self, *job: object) -> Outcome:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, job)
        except ReaderAbsentError:
            return await self._here(*job)

    def _ask(self, job: tuple[object, ...]) -> Outcome:
        # as many threads as readers: whoever runs finds one
        reader = self._idle.pop()
        try:
            return reader.ask(pickle.dumps(job))
        finally:
            self._idle.append(reader)


class Reader:
    """One process, started when it is first asked and after it was lost."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._is_late = False

    def ask(self, job: bytes) -> Outcome:
        """What the process makes of a job; its own exceptions are raised here."""
        process = self._process or self._start()
        found = pickle.loads(self._answer(process, job, self._settings.http.read_deadline.total_seconds()))  # noqa: S301  # our own process wrote it
        if isinstance(found, Exception):
            raise found
        if not isinstance(found, Outcome):
            raise TypeError(type(found))
        return found

    def end(self) -> None:
        """Ends the process; one that is asked meanwhile is lost to whoever asks it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)

    def _start(self) -> subprocess.Popen[bytes]:
        paths = [path or str(Path.cwd()) for path in sys.path]
        command = [sys.executable, "-m", "finews_feeds.cycle.reader_process"]
        try:
            process = subprocess.Popen(  # noqa: S603  # the interpreter that runs us, and nothing from outside
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        except OSError as error:
            raise ReaderAbsentError from error
        self._process = process
        try:
            self._answer(process, pickle.dumps(self._settings), _START_SECONDS)
        except ReaderLostError as lost:
            raise ReaderAbsentError from lost
        return process

    def _answer(self, process: subprocess.Popen[bytes], message: bytes, deadline_seconds: float) -> bytes:
        late = threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(deadline_seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            if process.stdin is None or process.stdout is None:
                raise EOFError
            write_message(process.stdin, message)
            return read_message(process.stdout)
        except (OSError, EOFError, ValueError):
            self.end()
            gone = "our reader ended on this document; it may want more memory than there is"
            raise ReaderLostError(_late(self._settings) if late.is_set() else gone) from None
        finally:
            timer.cancel()


def _late(settings: Settings) -> str:
    return f"the document could not be read within {settings.http.read_deadline.total_seconds():g} s"


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:  # what was not yet written has nobody to go to
        return


async def _in_thread(work: Callable[[], T]) -> T:
    """The result of `work`, from a thread that nobody waits for at the end of the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: BaseException | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001  # handed on to whoever awaits it
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result, failure)

    threading.Thread(target=run, name="reader", daemon=True).start()
    return await future
