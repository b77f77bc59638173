"""Open the page: `python app.py [--host H] [--port P] [--device D] [--share] [--auth USER:PASSWORD | --no-auth]`."""

import argparse
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def make_parser() -> Parser:
    parser = Parser(prog="app.py", description="Open the text-to-video page.")
    # Gradio's own variables are how a Space says where the page must listen.
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    parser.add_argument("--host", default=host, metavar="H", help="0.0.0.0 for all networks (default %(default)s)")
    parser.add_argument("--port", default=port, type=int, metavar="P", help="default %(default)s")
    parser.add_argument(
        "--device", default="auto", choices=("auto", "cpu", "cuda", "mps"), help="auto: a GPU if it works"
    )
    access = parser.add_mutually_exclusive_group()
    access.add_argument("--auth", type=name_and_password, metavar="USER:PASSWORD", help="ask visitors for these")
    access.add_argument("--no-auth", action="store_true", help="let everybody in who reaches the page")
    parser.add_argument("--share", action="store_true", help="also open a temporary public link")
    return parser


def name_and_password(text: str) -> tuple[str, str]:
    name, _, password = text.partition(":")
    if not name or not password:
        raise argparse.ArgumentTypeError("must be USER:PASSWORD")
    return name, password


def bare(host: str) -> str:
    """`[::1]` -> `::1`"""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def for_address(host: str) -> str:
    """The host as it stands in an address, which is how Gradio wants it: `::1` -> `[::1]`."""
    return f"[{bare(host)}]" if ":" in host else host


def check_access(args: argparse.Namespace) -> None:
    """ValueError when others than this machine could come in and nobody has said who may."""
    from demo.studio.limits import on_a_space

    if args.auth or args.no_auth or on_a_space():  # a Space is there to be visited, and limits its visitors
        return
    if args.share or bare(args.host) not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("others could open this page; add --auth USER:PASSWORD, or --no-auth to let everybody in")


def check_address(host: str, port: int) -> None:
    """OSError when nothing can listen at this address."""
    if not 1 <= port <= 65535:
        raise OSError(f"port must be from 1 to 65535, got {port}")
    try:
        addresses = socket.getaddrinfo(bare(host), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(f"unknown host {host!r}: {error}") from None
    family, socket_type, protocol, _, address = addresses[0]
    with socket.socket(family, socket_type, protocol) as probe:
        if sys.platform != "win32":  # there it would let two programs have one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise OSError(f"cannot listen on {host} port {port}: {error.strerror}; try another --port") from None


def prepare(host: str, visits: Path) -> None:
    """See to what Gradio takes from its surroundings, and this program from its terminal."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # Its own folder is one for all users of a machine, and whoever came first owns it.
    os.environ.setdefault("GRADIO_TEMP_DIR", str(visits / "served"))
    for name in ("no_proxy", "NO_PROXY"):  # it asks itself at the start, which no proxy could answer
        known = [part for part in os.environ.get(name, "").split(",") if part]
        os.environ[name] = ",".join(dict.fromkeys([*known, "127.0.0.1", "localhost", "::1", bare(host)]))
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a notebook's has its own ways
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # letters that this terminal's code page lacks
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was made for visitors goes


def serve(args: argparse.Namespace, visits: Path) -> None:
    """Build the page and serve it until it is stopped."""
    from demo.page import build_page, launch_options
    from demo.studio.limits import limits_here
    from demo.studio.workspace import Folders
    from t2v.system.memory import hand_back_regularly, use_few_arenas

    use_few_arenas()
    hand_back_regularly()
    limits = limits_here()
    if args.device != "auto":
        from t2v.system.device import pick_device  # not before: it imports torch, and the page is up without

        pick_device(args.device)  # ValueError when it is not there
        limits = replace(limits, device=args.device)
    places = (ROOT / "checkpoints", ROOT / "runs", ROOT / "datasets", visits)
    page = build_page(Folders(*places, limits=limits, device=args.device))
    where = {"server_name": for_address(args.host), "server_port": args.port, "share": args.share}
    # In a notebook Gradio's launch comes back at once, and the visits' folder would go: wait here, always.
    page.launch(**where, auth=args.auth, prevent_thread_lock=True, **launch_options(limits))
    page.block_thread()


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until Ctrl-C or SIGTERM; returns the exit code."""
    args = make_parser().parse_args(arguments)
    try:
        check_address(args.host, args.port)
        with tempfile.TemporaryDirectory(prefix="t2v-visits-", ignore_cleanup_errors=True) as visits:
            prepare(args.host, Path(visits))  # before anything imports Gradio, which looks at its surroundings then
            check_access(args)
            serve(args, Path(visits))
    except KeyboardInterrupt:
        return 0
    except Exception as error:  # Gradio's come in every kind: of networks, of files, of its own
        print(f"app.py: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
