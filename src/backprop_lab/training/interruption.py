"""Ctrl-C, SIGTERM and SIGHUP: a running training ends after its epoch, everything else ends immediately."""

import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backprop_lab.training.state import State

# Windows has no SIGHUP.
SIGNALS = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
# A terminal sends these to all processes that were started from it.
OF_TERMINALS = tuple(number for number in SIGNALS if number is not signal.SIGTERM)
SOON = 0.05  # seconds


class Interrupted(BaseException):
    """A signal asked the program to end. ``state`` is the State of the interrupted training, if one was running.

    A ``BaseException``, so that neither Hydra nor a sweep treats it as the failure of one job.
    """

    def __init__(self, signum: int, state: "State | None" = None) -> None:
        super().__init__(f"by {signal.Signals(signum).name}")
        self.signum = signum
        self.state = state

    @property
    def exit_status(self) -> int:
        """130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP, by shell convention."""
        return 128 + self.signum


# What code of others may raise, such as an option of the user's own: anything but ``Interrupted``.
FAILURES = (Exception, SystemExit, KeyboardInterrupt)


class _Stop:
    """The state of the handlers: the signal that waits for the end of an epoch, or of imports, and whether it may.

    What is raised in the middle of other people's code can get lost there: parsers of ANTLR return from ``finally``, a
    cleanup that fails raises something else, Python ignores what is raised while it deletes an object. So a signal is
    sent again until ``Interrupted`` is on its way.
    """

    def __init__(self) -> None:
        self.signum: int | None = None
        self.raised: list[int] = []
        self.may_wait = False
        self.imports = 0
        self.came_during_imports: int | None = None
        self.reminder: threading.Timer | None = None
        self.is_reminded = False

    def handle(self, signum: int, frame: FrameType | None) -> None:
        is_reminded, self.is_reminded = self.is_reminded, False
        if is_reminded and _is_on_its_way(sys.exception()):
            self._remind(signum)
        elif self.imports:
            self.came_during_imports = signum
        elif self.may_wait and self.signum is None:
            self.signum = signum
        else:  # nothing to finish, or the second signal
            self.raised.append(signum)
            self._remind(signum)
            raise Interrupted(signum)

    def forget(self) -> None:
        """For the end of the outermost block whose signals are handled: ``Interrupted`` has arrived."""
        if self.reminder:
            self.reminder.cancel()
        self.reminder, self.is_reminded = None, False

    def _remind(self, signum: int) -> None:
        if self.reminder:
            self.reminder.cancel()
        self.reminder = threading.Timer(SOON, self._send_again, [signum])
        self.reminder.daemon = True
        self.reminder.start()

    def _send_again(self, signum: int) -> None:
        if self.reminder is not threading.current_thread():  # it was forgotten in this moment
            return
        self.is_reminded = True
        if hasattr(signal, "pthread_kill"):  # wakes the main thread
            signal.pthread_kill(threading.main_thread().ident or 0, signum)
        else:
            signal.raise_signal(signum)


def _is_on_its_way(raised: BaseException | None) -> bool:
    """Whether what is raised is ``Interrupted``, or came from it."""
    while raised and not isinstance(raised, Interrupted):
        raised = raised.__context__
    return raised is not None


_stop = _Stop()


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Inside, the signals raise ``Interrupted``, except for those that are ignored, as SIGHUP is after ``nohup``.

    Can be nested; only has an effect in the main thread.
    """
    with _handlers(), recognized():
        yield


@contextlib.contextmanager
def recognized() -> Iterator[None]:
    """Inside, what is raised after a signal is its consequence, and ``Interrupted`` too.

    A call or an import that ``Interrupted`` ends may raise something else in its place.
    """
    before = len(_stop.raised)
    try:
        yield
    except FAILURES:
        if len(_stop.raised) > before:
            raise Interrupted(_stop.raised[-1]) from None
        raise


@contextlib.contextmanager
def _handlers() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before: dict[int, Any] = {number: signal.signal(number, _stop.handle) for number in heeded}
    hook = sys.unraisablehook
    sys.unraisablehook = functools.partial(_silent_on_interruptions, hook)
    try:
        yield
    finally:
        if _stop.handle not in before.values():
            _stop.forget()
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _silent_on_interruptions(hook: Callable[[Any], object], unraisable: Any) -> None:
    if not isinstance(unraisable.exc_value, Interrupted):
        hook(unraisable)


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Inside, signals wait for the end: torch, whose import was interrupted, could not be imported again.

    Only has an effect in the main thread, which signals interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _stop.imports += 1
    try:
        yield
    finally:
        _stop.imports -= 1
        came, _stop.came_during_imports = _stop.came_during_imports, None
    if came is not None:
        _stop.handle(came, None)


@contextlib.contextmanager
def held_back(*others: signal.Signals) -> Iterator[None]:
    """Inside, the signals of a terminal wait, and ``others``. Processes that are started here never get them.

    Such a process ends with the one that started it. By itself it could ignore these signals too late: Python prints a
    traceback if one comes while it loads torch.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*OF_TERMINALS, *others})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Inside, the first signal waits for ``check`` or the end of the block; a second one takes effect immediately."""
    with _handlers():
        _stop.signum, _stop.may_wait = None, True
        try:
            yield
        finally:
            _stop.may_wait = False
        if _stop.signum is not None:
            raise Interrupted(_stop.signum)


def check(state: "State") -> None:
    """Raise ``Interrupted`` with ``state`` if a signal is waiting for the end of an epoch."""
    if _stop.signum is not None:
        raise Interrupted(_stop.signum, state)
