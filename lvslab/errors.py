"""The errors that lvslab raises, and the exit code each one stands for.

LabError                    the root; a message and a hint
├── UsageError         2    a wrong word on the command line: an unknown node, lab or verb
│   └── LabFileError   2    a lab file that does not hold together
├── ExpectationError   1    the lab runs, and is not what the lab file says
└── UnusableError      4    the lab or the host cannot be worked with
    ├── HostError      4    the host lacks something: root, a program, space
    ├── BusyError      4    another command is changing this lab
    ├── BoxError       4    the box is missing, broken, or could not be built
    ├── MachineError   4    a virtual machine did not do what it was told
    └── NodeError      4    a command on a node failed
"""


class LabError(Exception):
    """Something that a person has to know: what was seen, what was expected, and what to do next.

    ``message`` names the object, what was seen and what was expected; ``hint`` is a command to run or a
    thing to look at; ``details`` are further lines shown below (a console's end, a command's output).
    """

    exit_code = 4

    def __init__(self, message: str, hint: str = "", details: list[str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details or []
        # whoever prints the exception as Python does, a test's report for one, sees them too
        for line in self.details:
            self.add_note(line)

    @property
    def shown(self) -> list[str]:
        """The lines that people are shown below the message."""
        return self.details


class UsageError(LabError):
    """A word on the command line that lvslab does not know."""

    exit_code = 2


class LabFileError(UsageError):
    """A lab file with mistakes; ``details`` holds one line for each of them, ``reasoned`` the reasons as well."""

    def __init__(
        self, message: str, hint: str = "", details: list[str] | None = None, reasoned: list[str] | None = None
    ) -> None:
        super().__init__(message, hint, details)
        self.reasoned = reasoned or self.details

    @property
    def shown(self) -> list[str]:
        """Each mistake, and why it is one."""
        return self.reasoned


class ExpectationError(LabError):
    """The lab was read, and it is not in the state that the lab file asks for."""

    exit_code = 1


class UnusableError(LabError):
    """The lab or the host cannot be worked with."""


class HostError(UnusableError):
    """The host lacks what lvslab needs: root, a program, space."""


class BusyError(UnusableError):
    """Another command is changing this lab at the moment."""


class BoxError(UnusableError):
    """The box is missing, incomplete, or could not be built."""


class MachineError(UnusableError):
    """A virtual machine, or the tool that drives it, did not do what it was told."""


class NodeError(UnusableError):
    """A command on a node failed, or the node could not be reached."""
