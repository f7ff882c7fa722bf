"""Painting in a thread of its own, so that a control is answered while a picture is drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Painter:
    """Paints in a thread of its own, which lives as long as there is something to paint.

    Requests that come while it paints are one: the newest state is what is painted next.
    """

    def __init__(self, paint: Callable[[], None]) -> None:
        self._paint = paint
        self._changed = threading.Condition()
        self._wanted = self._painted = 0
        self._busy = self._stopped = False

    def ask(self) -> None:
        """Paint soon."""
        with self._changed:
            self._wanted += 1
            if self._busy or self._stopped:
                return
            self._busy = True
        threading.Thread(target=self._work, name="leadlex-explorer-paint", daemon=True).start()

    def now(self) -> None:
        """Paint in this thread, so that the first page is there at once."""
        self._paint()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all is painted."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout)

    def stop(self) -> None:
        """Paint no more."""
        with self._changed:
            self._stopped = True

    def _work(self) -> None:
        try:
            while self._is_asked():
                self._paint()
        except BaseException:
            self._rest()  # whoever waits must not wait for ever, and the next change is to be painted
            raise

    def _is_asked(self) -> bool:
        with self._changed:
            if self._stopped or self._painted == self._wanted:
                self._rest()
                return False
            self._painted = self._wanted
            return True

    def _rest(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
