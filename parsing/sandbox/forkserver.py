"""A small process that loads the parsers once and forks a fresh child for each file, in milliseconds.

It is started by ``parsing.sandbox.sandbox`` with nothing of the server in it: no secrets in its environment, no open connections, no threads.
``python -m parsing.sandbox.forkserver FD`` waits on the socket FD for pairs of file descriptors: ``work`` (the child talks on it, see
``parsing.sandbox.child``) and ``life`` (closing its other end kills the child; the child's wait status is written to it at the end).
When the server is gone, the socket ends, every child is killed and the forkserver leaves.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass, field

from parsing.limits import die_with
from parsing.sandbox import child, frames

MOST_DESCRIPTORS = 65_536
NICENESS = 5  # the web process comes first


@dataclass
class Forkserver:
    """The loop around fork and wait."""

    control: socket.socket
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    lives: dict[int, socket.socket] = field(default_factory=dict)  # pid → its life socket

    def run(self) -> None:
        """Serve until the server is gone."""
        ended, wake = socket.socketpair()
        ended.setblocking(False)
        wake.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then lets go of the socket
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.selector.register(self.control, selectors.EVENT_READ)
        self.selector.register(ended, selectors.EVENT_READ)
        try:
            while self._serve(ended):
                self._bury()
        finally:
            for pid in self.lives:
                os.kill(pid, signal.SIGKILL)

    def _serve(self, ended: socket.socket) -> bool:
        for key, _ in self.selector.select():
            if key.fileobj is self.control:
                if not self._fork():
                    return False
            elif key.fileobj is ended:
                ended.recv(4096)
            else:
                self._kill(key.data)
        return True

    def _fork(self) -> bool:
        """Take one pair of descriptors and fork. False when the server is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.control, 1, 2)
        except OSError:
            return False
        if not data:
            return False
        work, life = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        forkserver_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(work, forkserver_pid)
        work.close()
        self.lives[pid] = life
        self.selector.register(life, selectors.EVENT_READ, data=pid)
        return True

    def _become_child(self, work: socket.socket, forkserver_pid: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with(forkserver_pid)
            os.closerange(3, work.fileno())  # all that is the forkserver's; the objects behind are never used again
            os.closerange(work.fileno() + 1, MOST_DESCRIPTORS)
            child.run(work)
            status = 0
        finally:
            os._exit(status)

    def _kill(self, pid: int) -> None:
        """The server let go of this child."""
        self.selector.unregister(self.lives[pid])
        os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        """Collect ended children and tell the server how each ended."""
        while self.lives:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            life = self.lives.pop(pid)
            with contextlib.suppress(KeyError):
                self.selector.unregister(life)
            with contextlib.suppress(OSError):
                life.sendall(frames.pack({"exit": os.waitstatus_to_exitcode(status)}))
            life.close()


def main() -> None:
    """Load the parsers, then serve."""
    os.nice(NICENESS)
    control = socket.socket(fileno=int(sys.argv[1]))
    child.preload()
    gc.collect()
    gc.freeze()
    control.sendall(b"+")  # ready
    Forkserver(control).run()


if __name__ == "__main__":
    main()
