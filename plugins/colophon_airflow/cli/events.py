"""`colophon events`: what our events look like, for whoever reads them."""

import json
import sys

import typer

app = typer.Typer(help="What our events look like.", no_args_is_help=True)


@app.command("types")
def types() -> None:
    """The types of events that we send."""
    from colophon.systems.xconnector.samples import SAMPLES

    sys.stdout.writelines(f"{name}\n" for name in SAMPLES)


@app.command("sample")
def sample(name: str = typer.Argument(help="Such as workflow.milestone.")) -> None:
    """One example of a type, as it goes out: a CloudEvent in JSON."""
    from colophon.systems.xconnector.mapping import to_wire
    from colophon.systems.xconnector.samples import sample as sample_of

    sys.stdout.write(f"{json.dumps(to_wire(sample_of(name)), indent=2, ensure_ascii=False)}\n")
