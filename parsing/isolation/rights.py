"""What a child process gives up before it sees a file: privileges, other files, other processes, the network."""

import contextlib
import os
from dataclasses import dataclass

from parsing.isolation import kernel, landlock, paths, system_calls

USER_ID = 65_533  # Debian reserves 65000–65533 and gives it to nobody; inside the ids that containers usually map


@dataclass(frozen=True, slots=True)
class Rights:
    """What is prepared once for all children.

    Attributes:
        ruleset: of Landlock, as a descriptor; None where the kernel has none.
        has_filter: whether libseccomp is there.
        is_code_readable: whether another user may read the modules that are imported late.
    """

    ruleset: int | None
    has_filter: bool
    is_code_readable: bool

    def become_nobody(self) -> None:
        """Become another user, where the server is root. Signals that were to come when the parent ends are forgotten by this."""
        if os.getuid() == 0 and self.is_code_readable:
            with contextlib.suppress(OSError):
                os.setgroups([])
                os.setresgid(USER_ID, USER_ID, USER_ID)
                os.setresuid(USER_ID, USER_ID, USER_ID)

    def give_up(self) -> None:
        """Give up what can be given up; what fails is left to the probe to find. For the whole life of this process."""
        with contextlib.suppress(OSError):
            kernel.drop_capabilities()
        with contextlib.suppress(OSError):
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            if self.ruleset is not None:
                landlock.restrict_self(self.ruleset)
        if self.ruleset is not None:
            os.close(self.ruleset)
        if self.has_filter:
            with contextlib.suppress(OSError):
                system_calls.restrict_self()


def prepared() -> Rights:
    """Ready for children to give up; opens one descriptor."""
    ruleset = None
    with contextlib.suppress(OSError):
        ruleset = landlock.read_only(paths.READABLE)
    return Rights(ruleset, system_calls.is_available(), paths.are_readable_by_others())
