"""A small process that loads the parsers once and forks a fresh child for each file, in milliseconds.

``parsing.sandbox.sandbox`` starts it with nothing of the server in it: no secrets in its environment, no open connections, no threads.
``python -m parsing.sandbox.forkserver FD IS_ISOLATED`` first says on the socket FD how far children are isolated, then waits there for
three file descriptors at a time: ``work`` (the child talks on it, see ``parsing.sandbox.child``), ``life`` (closing its other end kills
the child; the child's wait status is written to it at the end) and the file that the child reads.
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

from parsing.isolation import namespaces, probe, system_calls
from parsing.isolation.rights import Rights, prepared
from parsing.limits import die_with, keep_account
from parsing.parser_input import OpenFile
from parsing.sandbox import child, frames

MOST_DESCRIPTORS = 65_536
NICENESS = 5  # the web process comes first


@dataclass
class Forkserver:
    """The loop around fork and wait."""

    control: socket.socket
    rights: Rights | None  # what children give up; None: nothing
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
        """Take the descriptors of one child and fork. False when the server is gone."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.control, 1, 3)
        except OSError:
            return False
        if not data:
            return False
        work, life = (socket.socket(fileno=descriptor) for descriptor in descriptors[:2])
        file = descriptors[2]
        forkserver_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(work, file, forkserver_pid)
        work.close()
        os.close(file)
        self.lives[pid] = life
        self.selector.register(life, selectors.EVENT_READ, data=pid)
        return True

    def _become_child(self, work: socket.socket, file: int, forkserver_pid: int) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._close_all_but(work.fileno(), file)
            _silence()
            keep_account()
            if self.rights:
                self.rights.become_nobody()
            die_with(forkserver_pid)  # a new user id would take it back
            if self.rights:
                self.rights.give_up()
            child.run(work, OpenFile(file))
            status = 0
        finally:
            os._exit(status)

    def _close_all_but(self, *kept: int) -> None:
        """Close what is the forkserver's; the objects behind are never used again."""
        ruleset = self.rights.ruleset if self.rights else None
        first = 3
        for descriptor in sorted({*kept, *([ruleset] if ruleset is not None else [])}):
            os.closerange(first, descriptor)
            first = descriptor + 1
        os.closerange(first, MOST_DESCRIPTORS)

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
            life = self.lives.pop(pid, None)
            if life is None:
                continue  # an orphan: the first process of a pid namespace inherits them
            with contextlib.suppress(KeyError):
                self.selector.unregister(life)
            with contextlib.suppress(OSError):
                life.sendall(frames.pack({"exit": os.waitstatus_to_exitcode(status)}))
            life.close()


def _silence() -> None:
    """Libraries complain about files on standard error."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)


def main() -> None:
    """Go apart, load the parsers, say how far children are isolated, then serve."""
    is_isolated = sys.argv[2] == "1" and sys.platform == "linux"
    system_calls.is_available()  # looks for a library, with the help of programs that are out of sight afterwards
    entered = namespaces.enter() if is_isolated else ()
    os.nice(NICENESS)
    control = socket.socket(fileno=int(sys.argv[1]))
    child.preload()
    rights = prepared() if is_isolated else None
    gc.collect()
    gc.freeze()
    can_still = probe.missing(rights)
    control.sendall(frames.pack({"namespaces": entered, "can_still": can_still}))
    Forkserver(control, rights).run()


if __name__ == "__main__":
    main()
