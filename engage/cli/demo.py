"""`engage demo`: a shop, simulated visitors and the console, in one process."""

# Rules of this file: nothing but Python is needed, nothing is reached beyond loopback.

from __future__ import annotations

import argparse
import asyncio
from ipaddress import ip_address
from pathlib import Path

import uvloop

from engage.cli.options import Commands, log_option, port
from engage.cli.words import say
from engage.demo.catalogue import PRODUCTS, Product
from engage.demo.settings import SERVER_KEY, SITE_KEY, DemoOptions, demo_settings
from engage.errors import ConfigError
from engage.evidence.simulated import mark_simulated
from engage.evidence.simulation.crowd import crowd
from engage.evidence.simulation.goods import Good
from engage.telemetry import configure_logging, logger
from engage.web.app import add_operations, public_app
from engage.web.client import Client
from engage.web.console.routes import add_console
from engage.web.demo_shop import ShopServer, add_shop
from engage.web.server import Listener, build_service
from engage.web.server import run as run_service
from engage.web.service import Service

log = logger()
# How much there is to know about a product before one buys it; an assumption.
_COMPLEXITY = {"guitars": 0.8, "amplifiers": 0.7, "cameras": 0.9, "shoes": 0.3}


def add_to(commands: Commands) -> None:
    """Add the command."""
    plain = DemoOptions()
    parser = commands.add_parser(
        "demo",
        help="a shop, simulated visitors and the console, in one process",
        description="Opens a demo shop with the SDK in it, sends simulated visitors "
        "through the HTTP API and shows decisions and learning in the console. Windows "
        "are short, so that learning can be watched. Ctrl-C ends it.",
    )
    parser.add_argument(
        "--host", default=plain.host, help=f"a loopback address (default: {plain.host})"
    )
    parser.add_argument(
        "--port",
        type=port,
        default=plain.port,
        help=f"0: any free one (default: {plain.port})",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(plain.data),
        metavar="DIR",
        help=f"where it keeps its data (default: {plain.data})",
    )
    parser.add_argument(
        "--no-traffic", action="store_true", help="no simulated visitors"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=plain.seed,
        help=f"of the simulated visitors (default: {plain.seed})",
    )
    _pace_options(parser, plain)
    log_option(parser, default="warning")
    parser.set_defaults(run=run)


def _pace_options(parser: argparse.ArgumentParser, plain: DemoOptions) -> None:
    """Add how fast everything happens."""
    parser.add_argument(
        "--window-s",
        type=float,
        default=plain.window_s,
        metavar="S",
        help="short close; the long close is ten times that (default: 60)",
    )
    parser.add_argument(
        "--cooldown-s",
        type=float,
        default=plain.cooldown_s,
        metavar="S",
        help="between two draws of one visitor (default: 30)",
    )
    parser.add_argument(
        "--lingering-s",
        type=float,
        default=plain.lingering_s,
        metavar="S",
        help="active seconds on a product that count as lingering (default: 10)",
    )


def run(chosen: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C."""
    configure_logging(level=chosen.log_level)
    options = DemoOptions(
        host=chosen.host,
        port=chosen.port,
        data=str(chosen.data),
        seed=chosen.seed,
        traffic=not chosen.no_traffic,
        window_s=chosen.window_s,
        cooldown_s=chosen.cooldown_s,
        lingering_s=chosen.lingering_s,
    )
    _check(options)
    uvloop.run(_demo(options))
    say("The demo has ended; its data stays in " + options.data)
    return 0


def _check(options: DemoOptions) -> None:
    """Refuse options that cannot work.

    Raises:
        ConfigError: with every mistake.
    """
    mistakes = []
    try:
        is_loopback = ip_address(options.host).is_loopback
    except ValueError:
        is_loopback = options.host == "localhost"
    if not is_loopback:
        # Its keys are public: anybody who reaches it may write.
        mistakes.append(f"--host: must be a loopback address, got {options.host!r}")
    limits = {
        "--window-s": (options.window_s, 1.0),
        "--cooldown-s": (options.cooldown_s, 0.0),
        "--lingering-s": (options.lingering_s, 1.0),
    }
    mistakes += [
        f"{name}: must be {least:g} to 86400, got {value:g}"
        for name, (value, least) in limits.items()
        if not least <= value <= 86_400
    ]
    if mistakes:
        raise ConfigError(mistakes)


async def _demo(options: DemoOptions) -> None:
    settings = demo_settings(options)
    service = await build_service(settings)
    # No secret, but what `engage replay` of this directory needs.
    salt = settings.secrets[SITE_KEY].salt
    (Path(options.data) / f"{SITE_KEY}.salt").write_bytes(salt)
    if options.traffic:
        mark_simulated(Path(options.data))
    app = public_app(service)
    add_operations(app)
    add_console(app, token=None, is_demo=True)
    shop = add_shop(app)
    running: list[asyncio.Task[None]] = []
    listener = Listener(app=app, host=options.host, port=options.port)

    async def ready(urls: list[str]) -> None:
        await _open_shop(service, shop, urls[0])
        if options.traffic:
            started = format(int(service.clock.now_s()), "x")
            traffic = _traffic(urls[0], options, run_name=started)
            running.append(asyncio.create_task(traffic))
            running[-1].add_done_callback(_told)
        _greet(urls[0], options)

    try:
        await run_service(service, [listener], on_ready=ready)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await shop.stop()


async def _open_shop(service: Service, shop: ShopServer, url: str) -> None:
    """Announce agents as the operator last set them, from now on."""
    run_name = format(int(service.clock.now_s()), "x")
    site = service.engine(SITE_KEY).site

    def remember(name: str, fields: object) -> None:
        if name == "agents" and isinstance(fields, dict):
            shop.agents[fields["group"]] = (fields["online"], fields["free"])

    site.listeners.append(remember)
    await shop.start(url, run=run_name)


async def _traffic(url: str, options: DemoOptions, *, run_name: str) -> None:
    """Send simulated shoppers through the HTTP API, like anyone else."""
    async with Client(url, server_key=SERVER_KEY) as door:
        await crowd(
            door,
            [_good(product) for product in PRODUCTS],
            seed=options.seed,
            site=SITE_KEY,
            run=run_name,
            arrivals_per_s=0.5,
            # The time between visits shrinks with the windows.
            delay_scale=10 * options.window_s / (7 * 86_400),
        )


def _told(traffic: asyncio.Task[None]) -> None:
    """Say why the visitors stopped coming, if they did."""
    if not traffic.cancelled() and (error := traffic.exception()) is not None:
        log.error("demo.traffic_failed", error=repr(error))


def _good(product: Product) -> Good:
    return Good(
        item_id=product.item_id,
        title=product.title["de"],
        category=product.category,
        price_cents=product.price_cents,
        cost_cents=product.cost_cents,
        in_stock=product.in_stock,
        has_sizes=bool(product.sizes or product.variants),
        complexity=_COMPLEXITY.get(product.category, 0.5),
    )


def _greet(url: str, options: DemoOptions) -> None:
    say(f"ready {url}")
    say(f"  shop      {url}/            stay {options.lingering_s:g} s on a product")
    say(f"  console   {url}/console/    decisions, agents, models, lift")
    say(f"  data      {options.data}/")
    if options.traffic:
        say(f"  visitors  simulated, seed {options.seed}; --no-traffic for none")
    say("  Ctrl-C ends it.")
