"""A connection that is closed when its total time is up, however slowly the other side sends: a socket's
own time-out starts anew with every byte.
"""

import socket
import threading
from contextlib import suppress


class Limit:
    """Cuts one line after so many seconds, unless it is `lifted` before."""

    def __init__(self, line: socket.socket, seconds: float) -> None:
        self.reached = False
        self._line, self._over, self._lock = line, False, threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def lift(self) -> None:
        self._timer.cancel()
        with self._lock:  # from here on the line may be another question's
            self._over = True

    def _cut(self) -> None:
        with self._lock:
            if not self._over:
                self.reached = True
                with suppress(OSError):
                    # The line itself: TLS need not be asked.
                    socket.socket.shutdown(self._line, socket.SHUT_RDWR)
