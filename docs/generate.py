"""Writes the pages that state facts of the code, so that they cannot drift. `--check` fails when a page is stale."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from block_pages import block_pages
from event_pages import event_pages
from fact_pages import fact_pages
from page import page, shown_default, table
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from readiness_page import readiness_page
from sandbox_page import sandbox
from system_pages import connection_fields, forms, system_pages
from worked_statement import contract_words, figures, identities, members, picture, way, words

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """0 when all pages are fresh (or were written), 1 when `--check` finds a stale one."""
    stale = [path for path, text in pages().items() if _read(path) != text]
    if "--check" in sys.argv:
        for path in stale:
            sys.stdout.write(f"stale: {path.relative_to(ROOT)} (make docs)\n")
        return 1 if stale else 0
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(stale)} of {len(pages())} pages were stale and are written anew\n")
    return 0


def pages() -> dict[Path, str]:
    """All generated pages with their text."""
    docs = ROOT / "docs"
    return {
        docs / "errors.md": errors(),
        docs / "readiness.md": readiness_page(),
        docs / "configuration.md": configuration(),
        docs / "rules.md": rules(),
        docs / "connections.md": connections(),
        docs / "onix-import.md": onix_import(),
        docs / "onix-elements.md": onix_elements(),
        **block_pages(),
        **event_pages(),
        **fact_pages(),
        docs / "sandbox.md": sandbox(),
        **system_pages(),
        docs / "images" / "royalties.svg": picture(),
        docs / "use-cases" / "royalties.md": royalties(),
        ROOT / "constraints-plain.txt": plain_constraints(),
        ROOT / "README.md": between(ROOT / "README.md", "use-cases", use_cases()),
    }


def plain_constraints() -> str:
    """The pinned versions without their hashes, for pip: it takes hashes in constraints only where every requirement has one."""
    pins = [line.removesuffix("\\").rstrip() for line in _read(ROOT / "constraints.txt").splitlines() if line[:1].isalnum()]
    return (
        "# Generated from constraints.txt (make docs), for `pip install -c`; uv takes constraints.txt itself, and checks its hashes.\n"
        + "".join(f"{pin}\n" for pin in pins)
    )


def errors() -> str:
    """The error tree: code, meaning, remedy."""
    from colophon import errors as module
    from colophon.errors import ColophonError

    classes = [c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, ColophonError) and c is not ColophonError]
    rows = [(f'<a id="{c.code}"></a>`{c.code}`', c.__name__, _sentence(c), c.remedy) for c in sorted(classes, key=lambda c: c.code)]
    return page(
        "Errors",
        "Every error that Colophon raises on purpose. `config`, `http`, `answer` and `unknown` fail the task at once; `try` and `later` are"
        " repeated by Airflow; `refused` concerns one subject, and the others go on.",
        table(("code", "class", "means", "remedy"), rows),
    )


def configuration() -> str:
    """The configuration files, key by key, from their models."""
    from colophon.config import letters, portal
    from colophon.config.assets import AssetRecipient, Assets, PictureLimits
    from colophon.config.availability import Library, Portal
    from colophon.config.calendars import Calendar, Calendars
    from colophon.config.campaigns import Campaign, FixedPrice, MailRule, ReaderCampaigns, RenewalWindow, Segment
    from colophon.config.clearances import Clearance, Clearances, Permission
    from colophon.config.exchange import Exchange as ExchangeOfRights
    from colophon.config.launch_plans import LaunchCommunications, LaunchPlan, PlanStep
    from colophon.config.launches import Launches, LaunchStage
    from colophon.config.media import Budget, Media, MediaTemplate
    from colophon.config.milestones import Milestones
    from colophon.config.model import Embargoes, Limits, Owners, RightsAlerts, RightsNotices, Route
    from colophon.config.monitoring import Alarms, Bottleneck, DistributionStatus, MetadataExceptions, PipelineMonitor
    from colophon.config.notices import Assignee, FaultKind, Notices, Recurring
    from colophon.config.ops import Housekeeping, KeptOtherwise, WriteBackTray
    from colophon.config.outside import Collaborator, StakeholderUpdates
    from colophon.config.ownership import Ownership
    from colophon.config.partners import Partner, PartnerUpdates
    from colophon.config.portal_assets import ApprovedAssets, AssetCheck, AssetChecks, Bounds, LaunchAssets, ProductPackages
    from colophon.config.production import PrintFile, Production, Specification
    from colophon.config.publisher import Publisher, TaxRate
    from colophon.config.readiness import LaunchReadiness, VideoCampaign
    from colophon.config.reminders import DeadlineReminders, ReminderTarget
    from colophon.config.videos import VideoMetadata, VideoPerformance, VideoRelease
    from colophon.config.wording import Kind, Wording
    from colophon.domain.supplement import Contact, Details, Supplement
    from colophon.onix import profile as profiles
    from colophon.onix import terms
    from colophon.quality.schemes import Criterion, Scheme
    from colophon.royalty_run.settings import Certificate, Exchange, PolicyPart, Release, RoyaltySettings, TaxStatus, Template
    from colophon.systems.consonance.reports.audience import Audiences
    from colophon.systems.consonance.reports.layouts import ReportLayout, SheetLayout
    from colophon_airflow.provider_info import get_provider_info

    parts = [
        ("`publisher.yaml`", Publisher),
        ("an entry of `taxes` in `publisher.yaml`", TaxRate),
        ("an entry of `suppliers` in `publisher.yaml`", terms.SupplierPart),
        ("`details` in `publisher.yaml`", Details),
        ("an entry of `contacts` in `details`", Contact),
        ("`defaults`, or an entry of `imprints`, in `details`", Supplement),
        ("`owners.yaml`", Owners),
        ("`limits.yaml`", Limits),
        ("`embargoes.yaml`", Embargoes),
        ("`rights_alerts.yaml`", RightsAlerts),
        ("`write_back_tray.yaml`", WriteBackTray),
        ("`housekeeping.yaml`", Housekeeping),
        ("`housekeeping.yaml`: one of `use_cases`", KeptOtherwise),
        ("`rights_notices.yaml`", RightsNotices),
        ("a template in `rights_notices.yaml`", letters.LetterTemplate),
        ("`letters.yaml`", letters.LetterRules),
        ("an entry of `legal` in `letters.yaml`", letters.LegalText),
        ("`contributor_requests.yaml`", letters.ContributorRequests),
        ("`milestone_letters.yaml`", letters.MilestoneLetters),
        ("an entry of `letters` in these two", letters.StageLetter),
        ("an entry of `templates` of a letter", letters.ChosenTemplate),
        ("`asks` of a letter", letters.Asking),
        ("`delay` in `milestone_letters.yaml`", letters.DelayLetter),
        ("`acquisition` in `milestone_letters.yaml`", letters.SignedLetter),
        ("`partner_updates.yaml`", PartnerUpdates),
        ("`partners/<id>.yaml`", Partner),
        ("`launch_communications.yaml`", LaunchCommunications),
        ("`launch_plans/<id>.yaml`", LaunchPlan),
        ("an entry of `steps` in `launch_plans/<id>.yaml`", PlanStep),
        ("`campaigns/<id>.yaml`", Campaign),
        ("`segment` in `campaigns/<id>.yaml`", Segment),
        ("`reader_campaigns.yaml`", ReaderCampaigns),
        ("a country of `email_advertising` in `reader_campaigns.yaml`", MailRule),
        ("a country of `renewal` in `reader_campaigns.yaml`", RenewalWindow),
        ("a country of `fixed_price` in `reader_campaigns.yaml`", FixedPrice),
        ("`consonance/audiences.yaml`", Audiences),
        ("an entry of `routes` in `routes.yaml`", Route),
        ("`assets.yaml`", Assets),
        ("an entry of `recipients` in `assets.yaml`", AssetRecipient),
        ("an entry of `pictures` in `assets.yaml`", PictureLimits),
        ("`readiness.yaml`", LaunchReadiness),
        ("`video` in `readiness.yaml`", VideoCampaign),
        ("`launches.yaml`", Launches),
        ("an entry of `stages` in `launches.yaml`", LaunchStage),
        ("`media.yaml`", Media),
        ("a template in `media.yaml`", MediaTemplate),
        ("`budget` in `media.yaml`", Budget),
        ("`ownership.yaml`", Ownership),
        ("`production.yaml`", Production),
        ("an entry of `specifications` in `production.yaml`", Specification),
        ("`file` in a specification", PrintFile),
        ("`milestones.yaml`", Milestones),
        ("`deadline_reminders.yaml`", DeadlineReminders),
        ("an entry of `targets` in `deadline_reminders.yaml`", ReminderTarget),
        ("`distribution_status.yaml`", DistributionStatus),
        ("`metadata_exceptions.yaml`", MetadataExceptions),
        ("`pipeline_monitor.yaml`", PipelineMonitor),
        ("`bottleneck` in `pipeline_monitor.yaml`", Bottleneck),
        ("`alarms` in `pipeline_monitor.yaml`", Alarms),
        ("`stakeholder_updates.yaml`", StakeholderUpdates),
        ("an entry of `collaborators` in `stakeholder_updates.yaml`", Collaborator),
        ("`calendars.yaml`", Calendars),
        ("an entry of `calendars` in `calendars.yaml`", Calendar),
        ("`words/<kind>.yaml`", Kind),
        ("an entry of `languages` in `words/<kind>.yaml`", Wording),
        ("`portal` in `availability.yaml`", Portal),
        ("`portal_locales.yaml`", portal.PortalLocales),
        ("`portal_channels.yaml`", portal.PortalChannels),
        ("`portal_categories.yaml`", portal.PortalCategories),
        ("`portal_titles.yaml`", portal.PortalTitles),
        ("`portal_texts.yaml`", portal.PortalTexts),
        ("an entry of `segments` in `portal_texts.yaml`", portal.Segment),
        ("`portal_links.yaml`", portal.PortalLinks),
        ("`library` in `availability.yaml`", Library),
        ("`approved_assets.yaml`", ApprovedAssets),
        ("`asset_checks.yaml`", AssetChecks),
        ("an entry of `kinds` in `asset_checks.yaml`", AssetCheck),
        ("`stops` and `warns` of it", Bounds),
        ("`product_packages.yaml`", ProductPackages),
        ("`launch_assets.yaml`", LaunchAssets),
        ("`video_metadata.yaml`", VideoMetadata),
        ("`video_release.yaml`", VideoRelease),
        ("`video_performance.yaml`", VideoPerformance),
        ("`clearances.yaml`", Clearances),
        ("an entry of `clearances` in `clearances.yaml`", Clearance),
        ("an entry of `permissions` in `clearances.yaml`", Permission),
        ("`notices.yaml`", Notices),
        ("an entry of `faults` in `notices.yaml`", FaultKind),
        ("an entry of `assignees` in `notices.yaml`", Assignee),
        ("`recurring` in `notices.yaml`", Recurring),
        ("`royalties.yaml`", RoyaltySettings),
        ("an entry of `policies` in `royalties.yaml`", PolicyPart),
        ("an entry of `tax_statuses` in `royalties.yaml`", TaxStatus),
        ("an entry of `certificates` in `royalties.yaml`", Certificate),
        ("an entry of `released` in `royalties.yaml`", Release),
        ("an entry of `exchange_rates` in `royalties.yaml`", Exchange),
        ("an entry of `templates` in `royalties.yaml`", Template),
        ("`exchange.yaml`", ExchangeOfRights),
        ("an entry of `reports` in `consonance/reports.yaml`", ReportLayout),
        ("an entry of `sheets` in a report", SheetLayout),
        ("`recipients/<id>.yaml`", profiles.Profile),
        ("`schemes/<id>.yaml`", Scheme),
        ("an entry of `criteria` in `schemes/<id>.yaml`", Criterion),
        ("an entry of `prices` in a recipient", terms.PriceRule),
        ("an entry of `markets` in a recipient", terms.Market),
        ("`discount` in a recipient, a market or `publisher.yaml`", terms.DiscountCode),
        ("`returns` in a recipient, a market or `publisher.yaml`", terms.ReturnsCode),
        ("`rhythm` in a recipient", terms.Rhythm),
        ("an entry of `texts` in a recipient", profiles.TextLimit),
        ("`files` in a recipient", profiles.FileRule),
        ("an entry of `overlays` in a recipient", profiles.Overlay),
        ("`rejects` in a recipient", profiles.Rejects),
    ]
    options = get_provider_info()["config"]["colophon"]["options"]
    airflow_rows = [(f"`{name}`", f"`{option['default']}`", option["description"]) for name, option in options.items()]
    return page(
        "Configuration",
        "Copy the folder `include/colophon/config`, edit the copy, and name it in `[colophon] config_folder` or in the environment variable"
        " COLOPHON_CONFIG. A file that the copy lacks is taken from what ships. An unknown key is an error that names file and key.",
        "## Airflow's configuration, section `[colophon]`\n\n" + table(("option", "default", "meaning"), airflow_rows),
        *(f"## {title}\n\n{_summary(model)}\n\n{table(('key', 'type', 'default'), _fields(model))}" for title, model in parts),
    )


def rules() -> str:
    """The metadata rules, and those for rights records, messages to people, deliveries and the account."""
    from colophon import quiet, readiness, takedown
    from colophon.blocks import letter, notices
    from colophon.launch.rules import RULES as OF_LAUNCHES
    from colophon.quality.catalogue import catalogue
    from colophon.rights.rules import RULES
    from colophon.royalty_run.holds import RULES as OF_ACCOUNTS
    from colophon.systems.fourallportal.rules import RULES as OF_PORTAL
    from colophon.systems.xconnector.rejections import RULES as OF_ANSWERS
    from colophon.unsettled import RULES as OF_DELIVERIES
    from colophon.use_cases.bytenite.media_orders import RULES as OF_MEDIA
    from colophon.use_cases.fourallportal.library import RULES as OF_ASSETS
    from colophon.use_cases.ops import reconciliation, write_back_tray
    from colophon.use_cases.xconnector.asset_shelf import RULES as OF_HANDOFF
    from colophon.use_cases.xconnector.order_checks import RULES as OF_ORDERS
    from colophon.use_cases.xconnector.party_decision import RULES as OF_PARTIES

    deliveries = [
        (f"`{name}`", rule.says, rule.remedy.format(use_case="USE_CASE", destination="DESTINATION"))
        for name, rule in {**OF_DELIVERIES, **takedown.RULES, **quiet.RULES, **write_back_tray.RULES, **reconciliation.RULES}.items()
    ]
    rights = [(f"`{name}`", rule.says, rule.remedy) for name, rule in RULES.items()]
    rows = [(f"`{r.id}`", r.severity.value, r.provenance, r.sentence, r.remedy) for r in catalogue()]
    return page(
        "Metadata rules",
        "E: the title does not go to that recipient. W: it goes, and is reported. C: counts in the quality figures; a recipient's profile may"
        " raise it to E. Rules with G are gates: whether a product belongs into a recipient's feed at all.",
        table(("rule", "severity", "provenance", "says", "remedy"), rows)
        + "\n\n## Rights\n\nWhat breaks one of these keeps the cells closed that it is about; see [rights](use-cases/rights.md).\n\n"
        + table(("rule", "says", "remedy"), rights)
        + "\n\n## People\n\nFor messages to people, such as alerts of milestones and of rights that end.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in notices.RULES.items()])
        + "\n\n## Letters\n\nFor letters to people outside: what keeps one from going, and what became of what was asked.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in letter.RULES.items()])
        + "\n\n## Production orders\n\nFor orders to printers, by the production manager.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_ORDERS.items()])
        + "\n\n## Files handed over\n\nFor files that are handed over to other systems, by the production manager.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_HANDOFF.items()])
        + "\n\n## Parties\n\nFor contacts that other systems know as well, by the rights manager.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_PARTIES.items()])
        + "\n\n## The portal\n\nFor products of 4ALLPORTAL: their fields, their words, and the files that they link; see [the portal](use-cases/portal.md).\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_PORTAL.items()])
        + "\n\n## Assets and packages\n\nFor files of the portal's library, and the packages of titles; see [portal assets](use-cases/portal-assets.md).\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", rule.says, rule.remedy) for name, rule in OF_ASSETS.items()])
        + "\n\n## Launches\n\nFor what the portal and the video library say of launches; see [launches](launches.md).\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", rule.says, rule.remedy) for name, rule in OF_LAUNCHES.items()])
        + "\n\n## Videos and samples\n\nFor what is rendered, by marketing; see [rendering](use-cases/rendering.md).\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_MEDIA.items()])
        + "\n\n## Deliveries\n\nFor whatever left, or was to leave, and did not arrive; asked at the end of every deliver and await step; how fast titles close,"
        " and how much a night moves, at the end of every decision of the nightly syndication.\n\n"
        + table(("rule", "says", "remedy"), deliveries)
        + "\n\n## Recipients' answers\n\nFor what recipients say of a message, in ONIX or in a form of their own (`rejects` in"
        " [a profile](configuration.md)): the newest word on a title decides, and the exception has the recipient's own words.\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_ANSWERS.items()])
        + "\n\n## Royalties\n\nWhat breaks one of these is paid to nobody: the account is held and named to whoever approves, with what is at stake;"
        " every other account is paid. See [royalties](use-cases/royalties.md#what-holds-an-account).\n\n"
        + table(("rule", "says", "remedy"), [(f"`{name}`", *rule) for name, rule in OF_ACCOUNTS.items()])
        + "\n\n## Account\n\nWhile one of these is broken, no run of the use case is green; see [readiness](readiness.md).\n\n"
        + table(
            ("rule", "says", "remedy"),
            [
                (f"`{readiness.RULE}`", readiness.SAYS, readiness.REMEDY),
                (f"`{readiness.ROUTE_RULE}`", readiness.ROUTE_SAYS, readiness.ROUTE_REMEDY),
            ],
        ),
    )


def connections() -> str:
    """The connection types and their fields."""
    parts = [
        f"## `{kind}`\n\nMore: [{form['hook-name']}](systems/{kind}.md).\n\n{connection_fields(form)}" for kind, form in forms().items()
    ]
    return page(
        "Connections",
        "Airflow connections, made in Admin > Connections (with a working *Test* button), as `AIRFLOW_CONN_<ID>` or in a secrets backend. Marks:"
        " DOC documented by the vendor, ASM our assumption, EXT an extension. Nothing of `extra` ever becomes a request header.",
        *parts,
    )


def onix_import() -> str:
    """What a product loses on its way from ONIX into Consonance's shape."""
    from colophon_sandbox.seeds.onix_coverage import NOT_HELD

    return page(
        "From ONIX into the sandbox",
        '`make demo ONIX="one.xml two.xml"` brings products of ONIX 3.0 and 3.1 messages into Consonance\'s shape, several files together. A record'
        " that comes again in a later file takes the place of the earlier one. Defaults of a header hold for its own message.",
        "A product that cannot be taken, and a field that is garbled, is named with file, record and reason; the rest comes in.",
        table(
            ("ONIX says", "Consonance's shape holds", "elements that stay out, with all in them"),
            [(row.what, row.held_instead, " ".join(f"`{name}`" for name in row.elements)) for row in NOT_HELD],
        ),
    )


def onix_elements() -> str:
    """Element by element: who asks for it, and which field of ours fills it."""
    from colophon.onix.asked import WHO, each_element

    rows = [
        (f"`{name}`", *("x" if letter in row.who else "" for letter in WHO), f"not written: {row.why_not}" if row.why_not else row.source)
        for name, row in each_element()
    ]
    written = sum(not row.why_not for _, row in each_element())
    return page(
        "Elements of a record",
        f"What shops, libraries and distributors ask for, and what fills it: {written} elements are written. *Sample* is EDItEUR's sample of a"
        " whole record; the others are kinds of recipients, by what their public guides ask for. *Supplement* is the"
        " [file beside Consonance](consonance-files.md#supplement), *details* the part of [`publisher.yaml`](configuration.md) with"
        " defaults of everybody and by imprint. What is known of a title is written; what is not is left out.",
        table(("element", *WHO.values(), "filled by"), rows),
    )


def use_cases() -> str:
    """The table of DAGs, from the DAG files."""
    rows = []
    for path in sorted((ROOT / "dags").glob("*/*.py")):
        source = path.read_text(encoding="utf-8")
        doc = ast.get_docstring(ast.parse(source)) or ""
        title = doc.splitlines()[0].removeprefix("# ")
        when = " ".join(doc.partition("**When.**")[2].split()).partition(". ")[0]
        rows.append((f"[`{path.parent.name}__{path.stem}`]({path.relative_to(ROOT)})", title, when))
    return table(("DAG", "what", "when"), rows)


def royalties() -> str:
    """The page about royalties with its worked statement, computed by the engine."""
    path = ROOT / "docs" / "use-cases" / "royalties.md"
    text = _read(path)
    for name, part in (
        ("worked statement", way()),
        ("identities", identities()),
        ("members", members()),
        ("words", words()),
        ("contract words", contract_words()),
        ("figures", figures()),
    ):
        text = within(text, name, part)
    return text


def between(path: Path, name: str, text: str) -> str:
    """The page with what stands between its markers replaced."""
    return within(_read(path), name, text)


def within(page_text: str, name: str, text: str) -> str:
    """The same for the text of a page."""
    start, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
    head, _, rest = page_text.partition(start)
    _, _, tail = rest.partition(end)
    return f"{head}{start}{text}\n{end}{tail}"


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        yield f"`{name}`", _type(field.annotation), "required" if field.is_required() else shown_default(_value(field))


def _value(field: FieldInfo) -> object:
    factory: Callable[[], Any] | None = field.default_factory
    return factory() if factory else field.default


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(_type(a) for a in arguments if a is not type(None))
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return f"{_type(arguments[0])} to {_type(arguments[1])}"
    if arguments:
        return ", ".join(f"`{a}`" for a in arguments)
    return {"str": "text", "int": "number", "bool": "true, false"}.get(annotation.__name__, annotation.__name__)


def _summary(model: type) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _sentence(thing: type) -> str:
    return (inspect.getdoc(thing) or "").splitlines()[0]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
