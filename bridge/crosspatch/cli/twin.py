"""``crosspatch twin``: virtual networks whose radios speak PEI on pseudo-terminals, and what one can ask of them."""

import asyncio
import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from crosspatch.cli.common import AsJson, Exit

if TYPE_CHECKING:
    from crosspatch_drivers.twin.server import TwinServer

Answer = dict[str, Any]


class _RunByDefault(TyperGroup):
    """Its first word may be left out when it is ``run``."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # its own kind
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["run", *args]
        return super().parse_args(ctx, args)


twin = typer.Typer(
    cls=_RunByDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
    help=(
        "Virtual TETRA networks for trying out a gateway without radios.\n\n"
        "`crosspatch twin SETTINGS.toml` starts the networks of a file and prints the serial ports of their radios. "
        "While it runs, officers speak with `speak`; `status`, `overs`, `set`, `fault`, `send`, `reboot` and `stop` "
        "do what they say, and `do` makes any request."
    ),
)

Control = Annotated[
    Path | None,
    typer.Option(metavar="SOCKET", help="The twin's control socket. Default: twin.sock in the run directory."),
]


@twin.command("run")
def run(
    settings: Annotated[Path, typer.Argument(metavar="SETTINGS", help="Networks and radios (TOML).")],
    control: Control = None,
    scenario: Annotated[Path | None, typer.Option(help="Steps that are done by themselves (TOML).")] = None,
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Start the networks of SETTINGS and keep them until SIGTERM, Ctrl-C or `stop`. The word `run` may be left out."""
    from crosspatch import logs  # noqa: PLC0415 - heavy, and --help must be quick
    from crosspatch.cli.twin_file import load_twin  # noqa: PLC0415
    from crosspatch.config import SiteError  # noqa: PLC0415
    from crosspatch_drivers.errors import Cannot  # noqa: PLC0415
    from crosspatch_drivers.twin.server import TwinServer  # noqa: PLC0415

    logs.set_up(level=log_level)
    socket = _socket(control)
    try:
        loaded = load_twin(settings, socket.parent / f"{socket.stem}.d", scenario)
        _refuse_second(socket)
        socket.parent.mkdir(parents=True, exist_ok=True)
        asyncio.run(_serve(TwinServer(loaded, socket), socket))
    except (SiteError, Cannot, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.USAGE if isinstance(error, SiteError) else Exit.FAILED) from None


@twin.command("speak")
def speak(
    network: Annotated[str, typer.Argument(help="The network's id.")],
    talkgroup: Annotated[int, typer.Argument(help="GSSI of the talkgroup.")],
    talker: Annotated[str, typer.Argument(help="Who speaks: an SSI of that network, or MCC-MNC-SSI.")],
    wav: Annotated[Path, typer.Argument(help="What is said: a 16-bit WAV file.")],
    *,
    control: Control = None,
    priority: Annotated[int, typer.Option(min=0, max=3, help="0 low, 1 high, 2 pre-emptive, 3 emergency.")] = 1,
    wait: Annotated[bool, typer.Option(help="Wait until it is said, and show the over.")] = True,
    as_json: AsJson = False,
) -> None:
    """Let an officer press the key and say a WAV file. Exit code 1 when it was refused or cut."""
    request: Answer = {"op": "speak", "network": network, "talkgroup": talkgroup, "talker": _who(talker)}
    request["priority"] = priority
    answer = _ask(control, {**request, "wav": str(wav.absolute())})
    if wait:
        answer |= _ask(control, {"op": "wait", "speech": answer["speech"], "timeout": 600}, within=610)
    if as_json:
        _print_json(answer)
    elif wait:
        over = answer["over"]
        typer.echo(f"{answer['state']} {answer['reason']}".strip() + (f": {_over_line(over)}" if over else ""))
    else:
        typer.echo(f"speech {answer['speech']}")
    if wait and answer["state"] != "said":
        raise typer.Exit(Exit.FAILED)


@twin.command("status")
def status(control: Control = None, as_json: AsJson = False) -> None:
    """Show radios, and who speaks in which talkgroup."""
    radios = _ask(control, {"op": "radios"})
    networks = _ask(control, {"op": "networks"})
    if as_json:
        _print_json({**networks, "radios": radios["radios"], "now": radios["now"]})
        return
    for name, network in networks["networks"].items():
        typer.echo(f"network {name}")
        for group, state in network["talkgroups"].items():
            words = f"{state['talker']} speaks" if state["talker"] else "call up" if state["call"] else "quiet"
            typer.echo(f"  talkgroup {group}: {words}, {len(state['members'])} members, {state['queue']} waiting")
    for name, radio in radios["radios"].items():
        where = f"on {radio['talkgroup']}" if radio["talkgroup"] else "on no talkgroup"
        words = "transmitting" if radio["transmitting"] else "idle" if radio["registered"] else "not registered"
        lost = f", {radio['lost_ms']:.0f} ms sent without a grant" if radio["lost_ms"] else ""
        typer.echo(f"radio {name} ({radio['identity']}) {where}: {words}{lost}; {radio['port']}")


@twin.command("overs")
def overs(control: Control = None, as_json: AsJson = False) -> None:
    """List the overs that ended, with their recordings."""
    found = _ask(control, {"op": "overs"})["overs"]
    if as_json:
        _print_json(found)
        return
    for over in found:
        typer.echo(_over_line(over))


@twin.command("set")
def change(
    network: Annotated[str, typer.Argument(help="The network's id.")],
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="For example grant_ms=2000 busy=deny.")],
    control: Control = None,
) -> None:
    """Change settings of a network while it runs; the values are written as in the settings file."""
    _ask(control, {"op": "set", "network": network, "values": dict(_pair(value) for value in values)})


@twin.command("fault")
def fault(
    radio: Annotated[str, typer.Argument(help="The radio's id.")],
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[FAULT=VALUE]...", help="For example glue=true byte_loss=0.01.")
    ] = None,
    *,
    off: Annotated[bool, typer.Option("--off", help="Switch all other faults off.")] = False,
    control: Control = None,
    as_json: AsJson = False,
) -> None:
    """Break a radio and its serial line, or mend them; without FAULT, show what is broken."""
    from dataclasses import asdict  # noqa: PLC0415

    from crosspatch_drivers.twin.faults import RadioFaults  # noqa: PLC0415

    wanted = (asdict(RadioFaults()) if off else {}) | dict(_pair(value) for value in values or [])
    faults = _ask(control, {"op": "fault", "radio": radio, "values": wanted})["faults"]
    if as_json:
        _print_json(faults)
        return
    for name, value in faults.items():
        typer.echo(f"{name} = {json.dumps(value)}")


@twin.command("send")
def send(
    network: Annotated[str, typer.Argument(help="The network's id.")],
    sender: Annotated[str, typer.Argument(help="Who sends: an SSI of that network, or MCC-MNC-SSI.")],
    to: Annotated[str, typer.Argument(help="A subscriber or a talkgroup, written the same way.")],
    *,
    text: Annotated[str | None, typer.Option(help="A text message.")] = None,
    status_value: Annotated[
        int | None, typer.Option("--status", min=0, max=65535, help="A status; 0: emergency.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="User data of SDS type 4, in hex.")] = None,
    control: Control = None,
) -> None:
    """Send a short message in a network, to a radio of the gateway say."""
    contents = {"text": text, "status": status_value, "data": data}
    given = {name: value for name, value in contents.items() if value is not None}
    if len(given) != 1:
        typer.echo("Say one of --text, --status and --data.", err=True)
        raise typer.Exit(Exit.USAGE)
    answer = _ask(control, {"op": "send", "network": network, "sender": _who(sender), "to": _who(to), **given})
    typer.echo(f"{answer['bits']} bits: {answer['data']}")


@twin.command("do")
def do(
    op: Annotated[str, typer.Argument(help="The request: overhear, turn, unplug, cut, vehicle, messages, ...")],
    values: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="What it needs.")] = None,
    control: Control = None,
) -> None:
    """Make any request of the control socket, and show its answer as JSON."""
    _print_json(_ask(control, {"op": op, **dict(_pair(value) for value in values or [])}))


@twin.command("reboot")
def reboot(radio: Annotated[str, typer.Argument(help="The radio's id.")], control: Control = None) -> None:
    """Switch a radio off and on."""
    _ask(control, {"op": "reboot", "radio": radio})


@twin.command("stop")
def stop(control: Control = None) -> None:
    """End the twin."""
    _ask(control, {"op": "stop"})


# ---- inside -------------------------------------------------------------------------------------------------------


def _socket(control: Path | None) -> Path:
    from crosspatch.control.inbox import default_run_dir  # noqa: PLC0415

    return control or default_run_dir() / "twin.sock"


def _ask(control: Path | None, request: Answer, within: float = 30.0) -> Answer:
    """One request; leaves with the twin's words when it is refused, or when there is no twin."""
    from crosspatch_drivers.errors import Cannot, WillReturn  # noqa: PLC0415
    from crosspatch_drivers.twin.client import ask  # noqa: PLC0415

    try:
        return ask(_socket(control), request, within)
    except WillReturn as error:
        typer.echo(f"no twin answers: {error}", err=True)
        raise typer.Exit(Exit.NO_DAEMON) from None
    except Cannot as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None


def _refuse_second(socket: Path) -> None:
    """`Cannot` when a twin serves that socket already: its door must not be taken away."""
    from crosspatch_drivers.errors import Cannot, WillReturn  # noqa: PLC0415
    from crosspatch_drivers.twin.client import ask  # noqa: PLC0415

    try:
        ask(socket, {"op": "networks"}, 2.0)
    except WillReturn:
        return
    msg = f"a twin runs at {socket} already; stop it, or name another --control"
    raise Cannot(msg)


async def _serve(server: "TwinServer", socket: Path) -> None:
    """Run it until a signal or a ``stop`` request comes."""
    from crosspatch_drivers.twin.server import run_twin  # noqa: PLC0415

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await run_twin(server, ready=lambda: _introduce(server, socket))


def _introduce(server: "TwinServer", socket: Path) -> None:
    """Where everything is, for a person; the first line appears when the twin serves."""
    settings = server.settings
    typer.echo(f"{len(settings.networks)} networks with {len(settings.radios)} radios; control socket {socket}")
    for network in settings.networks:
        groups = ", ".join(str(group) for group in network.groups)
        typer.echo(f"  network {network.id} (MCC {network.mcc}, MNC {network.mnc}): talkgroups {groups}")
    for radio in settings.radios:
        typer.echo(f"  radio {radio.id} of {radio.network}, SSI {radio.ssi}: port {server.line_path(radio.id)}")
    typer.echo(f"  recordings in {server.recordings}")


def _over_line(over: Answer) -> str:
    waited = 1000 * (over["granted_at"] - over["requested_at"])
    sender = f"{over['talker']}{' (radio ' + over['radio'] + ')' if over['radio'] else ''}"
    return (
        f"{over['network']} {over['talkgroup']} over {over['number']}: {sender}, {over['duration_ms'] / 1000:.2f} s "
        f"after {waited:.0f} ms, {over['reason']}; {over['wav']}"
    )


def _who(text: str) -> int | str:
    """An SSI as a number; else as it is."""
    return int(text) if text.isdecimal() else text


def _pair(text: str) -> tuple[str, object]:
    """``key=value``, the value as TOML, or a word."""
    import tomllib  # noqa: PLC0415

    key, equals, value = text.partition("=")
    if not equals:
        typer.echo(f"{text!r} is not KEY=VALUE", err=True)
        raise typer.Exit(Exit.USAGE)
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2))
