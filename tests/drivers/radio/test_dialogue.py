"""One command at a time, the urgent ones first, and answers given to the right one."""

from crosspatch_drivers.radio.pei.dialogue import LONGEST_QUEUE, STRAY_OK, Command, Dialogue, Purpose
from crosspatch_drivers.radio.pei.lines import Error, Ok
from crosspatch_drivers.radio.pei.outbox import Outbox, Write


class Desk:
    """A dialogue and what it writes."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.dialogue = Dialogue(self.outbox, gap=0.1)

    def ask(self, text: str, purpose: Purpose) -> Command:
        command = Command(text, purpose, 2.0)
        self.dialogue.ask(command)
        return command

    def pumped(self, now: float) -> list[bytes]:
        self.dialogue.pump(now)
        return [action.data for action in self.outbox.take() if isinstance(action, Write)]


def test_one_command_is_out_at_a_time() -> None:
    desk = Desk()
    first, second = desk.ask("AT+CSQ?", Purpose.POLL), desk.ask("AT+CREG?", Purpose.POLL)
    assert desk.pumped(0.0) == [b"AT+CSQ?\r"]
    assert desk.pumped(0.5) == []
    assert desk.dialogue.answered(Ok(), 1.0) is first
    assert desk.pumped(1.0) == [b"AT+CREG?\r"]
    assert desk.dialogue.answered(Ok(), 1.1) is second
    assert desk.dialogue.idle


def test_un_key_goes_before_key_and_key_before_all_others() -> None:
    desk = Desk()
    for text, purpose in (("AT", Purpose.KEEP_ALIVE), ("ATD1", Purpose.DIAL), ("AT+CUTXC=1", Purpose.CEASE)):
        desk.ask(text, purpose)
    written = []
    for i in range(3):
        written += desk.pumped(float(i))
        desk.dialogue.answered(Ok(), float(i))
    assert written == [b"AT+CUTXC=1\r", b"ATD1\r", b"AT\r"]


def test_set_up_commands_keep_their_distance_and_un_key_does_not() -> None:
    desk = Desk()
    desk.ask("ATE0", Purpose.SET_UP)
    desk.ask("AT+CMEE=1", Purpose.SET_UP)
    assert desk.pumped(0.0) == [b"ATE0\r"]
    desk.dialogue.answered(Ok(), 0.01)
    assert desk.pumped(0.05) == []
    assert desk.dialogue.deadline() == 0.1
    desk.ask("AT+CUTXC=1", Purpose.CEASE)
    assert desk.pumped(0.06) == [b"AT+CUTXC=1\r"]


def test_an_unanswered_command_expires_and_the_next_one_leaves() -> None:
    desk = Desk()
    first = desk.ask("AT+CSQ?", Purpose.POLL)
    desk.ask("AT+CREG?", Purpose.POLL)
    desk.pumped(0.0)
    assert desk.dialogue.expired(1.9) is None
    assert desk.dialogue.deadline() == 2.0
    assert desk.dialogue.expired(2.0) is first
    assert desk.pumped(2.0) == [b"AT+CREG?\r"]


def test_an_answer_nobody_waits_for_is_nobodys() -> None:
    desk = Desk()
    assert desk.dialogue.answered(Ok(), 0.0) is None
    assert desk.dialogue.answered(Error(35), 0.0) is None


def test_an_ok_after_an_error_is_swallowed() -> None:
    desk = Desk()
    first, second = desk.ask("AT+A", Purpose.POLL), desk.ask("AT+B", Purpose.POLL)
    desk.pumped(0.0)
    assert desk.dialogue.answered(Error(), 1.0) is first
    assert desk.pumped(1.0) == []  # it might be followed by an OK
    assert desk.dialogue.answered(Ok(), 1.05) is None
    assert desk.pumped(1.05) == [b"AT+B\r"]
    assert desk.dialogue.answered(Ok(), 1.1) is second


def test_after_an_error_without_an_ok_the_next_command_waits_only_shortly() -> None:
    desk = Desk()
    desk.ask("AT+A", Purpose.POLL)
    desk.ask("AT+B", Purpose.POLL)
    desk.pumped(0.0)
    desk.dialogue.answered(Error(), 1.0)
    assert desk.dialogue.deadline() == 1.0 + STRAY_OK
    assert desk.pumped(1.0 + STRAY_OK) == [b"AT+B\r"]


def test_what_overtakes_is_written_at_once_and_gets_its_own_answer() -> None:
    desk = Desk()
    desk.ask("AT+CTGS?", Purpose.READ_BACK)
    desk.pumped(0.0)
    cease = Command("ATH", Purpose.HANG_UP, 1.0)
    desk.dialogue.overtake(cease, b"\rAT+CUTXC=1\rATH\r", 2, 0.1)
    assert desk.outbox.take() == [Write(b"\rAT+CUTXC=1\rATH\r", first=True)]
    assert desk.dialogue.answered(Ok(), 0.2) is None  # the question's
    assert desk.dialogue.answered(Ok(), 0.2) is None  # the first of the two
    assert desk.dialogue.answered(Ok(), 0.2) is cease


def test_a_full_queue_drops_the_oldest_and_counts_it() -> None:
    desk = Desk()
    for i in range(LONGEST_QUEUE + 3):
        desk.ask(f"AT+{i}", Purpose.POLL)
    assert desk.dialogue.queue_dropped == 3
    assert desk.pumped(0.0) == [b"AT+3\r"]


def test_withdrawn_commands_never_leave_but_the_one_that_is_out_stays_awaited() -> None:
    desk = Desk()
    first = desk.ask("AT+A", Purpose.POLL)
    desk.ask("AT+B", Purpose.POLL)
    desk.pumped(0.0)
    desk.dialogue.withdraw(Purpose.POLL)
    assert desk.dialogue.answered(Ok(), 0.1) is first
    assert desk.dialogue.idle


def test_an_echo_is_told_from_an_answer() -> None:
    desk = Desk()
    desk.ask("AT+CSQ?", Purpose.POLL)
    desk.pumped(0.0)
    assert desk.dialogue.echo("AT+CSQ?") == ""
    assert desk.dialogue.echo("AT+CSQ?+CSQ: 1,99") == "+CSQ: 1,99"
    assert desk.dialogue.echo("+CSQ: 1,99") is None
