"""Open the page: `python app.py [--host H] [--port P] [--share] [--auth USER:PASSWORD | --no-auth]`."""

import argparse
import os
import socket
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line."""

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message}\n")


def make_parser() -> Parser:
    parser = Parser(prog="app.py", description="Open the text-to-video page.")
    # Gradio's own variables are how a Space says where the page must listen.
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    parser.add_argument("--host", default=host, metavar="H", help="0.0.0.0 for all networks (default %(default)s)")
    parser.add_argument("--port", default=port, type=int, metavar="P", help="default %(default)s")
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


def check_access(args: argparse.Namespace) -> None:
    """ValueError when others than this machine could come in and nobody has said who may."""
    from demo.studio.limits import on_a_space

    if args.auth or args.no_auth or on_a_space():  # a Space is there to be visited, and limits its visitors
        return
    if args.share or args.host not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("others could open this page; add --auth USER:PASSWORD, or --no-auth to let everybody in")


def check_address(host: str, port: int) -> None:
    """OSError when nothing can listen at this address."""
    if not 1 <= port <= 65535:
        raise OSError(f"port must be from 1 to 65535, got {port}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise OSError(f"unknown host {host!r}: {error}") from None
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        if sys.platform != "win32":  # there it would let two programs have one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise OSError(f"cannot listen on {host} port {port}: {error.strerror}; try another --port") from None


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until Ctrl-C; returns the exit code."""
    args = make_parser().parse_args(arguments)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        check_address(args.host, args.port)
        check_access(args)
        from demo.page import build_page, launch_options
        from demo.studio.limits import limits_here
        from demo.studio.workspace import Folders

        with tempfile.TemporaryDirectory(prefix="t2v-visits-", ignore_cleanup_errors=True) as visits:
            places = (ROOT / "checkpoints", ROOT / "runs", ROOT / "datasets", Path(visits))
            page = build_page(Folders(*places, limits=limits_here()))
            where = {"server_name": args.host, "server_port": args.port, "share": args.share}
            page.launch(**where, auth=args.auth, **launch_options())
    except (OSError, ValueError) as error:  # the latter is how Gradio says that nobody answers at the address
        print(f"app.py: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
