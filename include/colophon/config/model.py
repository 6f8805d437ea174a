"""Shapes of the configuration files. An unknown key is an error: a typo must not switch a rule off."""

from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, field_validator

from colophon.config.assets import Assets
from colophon.config.availability import Availability
from colophon.config.calendars import Calendars
from colophon.config.campaigns import Campaign, ReaderCampaigns
from colophon.config.clearances import Clearances
from colophon.config.exchange import Exchange
from colophon.config.launch_plans import LaunchCommunications, LaunchPlan
from colophon.config.launches import Launches
from colophon.config.letters import ContributorRequests, LetterRules, LetterTemplate, MilestoneLetters
from colophon.config.media import Media
from colophon.config.monitoring import DistributionStatus, MetadataExceptions, PipelineMonitor
from colophon.config.notices import Notices
from colophon.config.ops import Housekeeping, WriteBackTray
from colophon.config.outside import StakeholderUpdates
from colophon.config.ownership import Ownership
from colophon.config.partners import Partner, PartnerUpdates
from colophon.config.portal import PortalCategories, PortalChannels, PortalLinks, PortalLocales, PortalTexts, PortalTitles
from colophon.config.portal_assets import ApprovedAssets, AssetChecks, LaunchAssets, ProductPackages
from colophon.config.production import Production
from colophon.config.publisher import Publisher
from colophon.config.readiness import LaunchReadiness
from colophon.config.reminders import DeadlineReminders
from colophon.config.videos import VideoMetadata, VideoPerformance, VideoRelease
from colophon.config.wording import Words
from colophon.domain.identifiers import isbn13_of
from colophon.domain.team import TeamRole
from colophon.domain.todo import Milestone
from colophon.onix.profile import Profile
from colophon.quality.schemes import Scheme


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Owners(_Part):
    """Which role mends a finding: by rule id, else by the rule's first letter, else `default`.

    `use_cases`: who hears of a use case's deliveries that did not arrive (DELIVERY-...), where that is not the rule's owner.
    """

    default: str
    rules: dict[str, str] = Field(default_factory=dict)
    use_cases: dict[str, str] = Field(default_factory=dict)

    def of(self, rule: str, use_case: str = "") -> str:
        """Role that owns a rule's findings; `use_case`: whose delivery they are about."""
        if rule.startswith("DELIVERY-") and use_case in self.use_cases:
            return self.use_cases[use_case]
        return self.rules.get(rule) or self.rules.get(rule[:1]) or self.default


class Route(_Part):
    """A route that we want the middleware to have: events of `type` for `recipient` go to `targets`.

    Who is told of workflow, launches or production is told by such a row alone. `imprints`: only titles of these (none named: of all).
    `history_from`: a new recipient is told of what happened since that day, before what happens from now on.
    """

    id: str
    type: str
    recipient: str
    targets: tuple[str, ...]
    order: str = "per_subject"
    imprints: tuple[str, ...] = ()
    history_from: date | None = None

    def takes(self, kind: str, imprint: str | None) -> bool:
        """Whether it takes a kind of event, such as `workflow.milestone`, about a title of an imprint."""
        return self.takes_kind(kind) and (not self.imprints or imprint in self.imprints)

    def takes_kind(self, kind: str) -> bool:
        """Whether it takes a kind of event of some title."""
        return fnmatchcase(f"colophon.{kind}.v1", self.type)


class Limits(_Part):
    """Shares and sizes that stop a run instead of sending nonsense.

    `refused_share` of what goes to a destination may be refused, by our rules or by the system (1: any share); up to five refusals
    are single cases. `batch_size` products make a staged batch. A right that ends less than `rights_hold_hours` after a run closes
    in this run, and not in the next one. After `full_read_days` a nightly run reads all products, and not only what changed. For `lease_seconds` a delivery is its sender's: no call lasts longer, no upload either.
    """

    refused_share: Decimal = Field(default=Decimal("0.5"), gt=0, le=1)
    batch_size: int = Field(default=500, gt=0)
    lease_seconds: int = Field(default=900, gt=300)
    rights_hold_hours: int = Field(default=30, ge=24, le=24 * 14)
    full_read_days: int = Field(default=7, gt=0)


class RightsAlerts(_Part):
    """Who is told of rights that end, and how much at once.

    `desk` are the people (keys of the recipient directory: contact ids) who are told in a role (`rights_manager`, `legal`) where
    the title's team names nobody. A person with more than `digest_above` alerts in one run gets one digest.
    """

    digest_above: int = Field(default=5, ge=0)
    desk: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class MilestoneAlerts(_Part):
    """Which stages of a title are told at once, and to whom: `roles` of its team, else the `desk` (contact ids) of the role.

    A person with more than `digest_above` notices in one run gets one digest.
    """

    stages: frozenset[Milestone] = frozenset()
    roles: tuple[TeamRole, ...] = (TeamRole.EDITOR,)
    desk: dict[TeamRole, tuple[str, ...]] = Field(default_factory=dict)
    digest_above: int = Field(default=5, ge=0)


class Embargoes(_Part):
    """Titles that must not be sold before a day, which Consonance has no field for.

    `first_day_of_sale` is the day by ISBN-13: until it, the product is closed in every country and channel. Videos are not: they announce.
    """

    first_day_of_sale: dict[str, date] = Field(default_factory=dict)

    @field_validator("first_day_of_sale", mode="before")
    @classmethod
    def _by_isbn(cls, given: object) -> object:
        """ISBNs may be numbers of YAML, or have hyphens; one that is none would leave a title open."""
        if not isinstance(given, dict):
            return given
        found = {isbn13_of(str(isbn)) or f"!{isbn}": day for isbn, day in given.items()}
        if faulty := [isbn[1:] for isbn in found if isbn.startswith("!")]:
            raise ValueError(f"{faulty[0]} is no ISBN")
        if len(found) < len(given):
            raise ValueError("an ISBN is there twice")
        return found


class RightsNotices(_Part):
    """Letters about licences: which templates, and when.

    A renewal notice goes once, `renewal_days` or fewer before the end; a confirmation or permission up to `confirm_days` after
    the day of signing. `permission_types` are the rights types, in Consonance's words, that are permissions.
    """

    renewal_days: int = Field(default=180, gt=0)
    confirm_days: int = Field(default=30, gt=0)
    permission_types: tuple[str, ...] = ("Permission",)
    renewal: LetterTemplate
    confirmation: LetterTemplate
    permission: LetterTemplate


class Config(_Part):
    """Everything in the configuration folder: each part is the file of its name, such as `limits.yaml`; `recipients`, `partners`, `launch_plans`, `campaigns`, `schemes` and `words` are folders."""

    publisher: Publisher
    recipients: dict[str, Profile]
    schemes: tuple[Scheme, ...] = ()
    owners: Owners
    routes: tuple[Route, ...] = ()
    limits: Limits = Limits()
    rights_alerts: RightsAlerts = RightsAlerts()
    milestone_alerts: MilestoneAlerts = MilestoneAlerts()
    metadata_exceptions: MetadataExceptions = MetadataExceptions()
    pipeline_monitor: PipelineMonitor
    readiness: LaunchReadiness
    stakeholder_updates: StakeholderUpdates = StakeholderUpdates()
    deadline_reminders: DeadlineReminders = DeadlineReminders()
    distribution_status: DistributionStatus = DistributionStatus()
    rights_notices: RightsNotices
    embargoes: Embargoes = Embargoes()
    launches: Launches
    assets: Assets = Assets()
    ownership: Ownership = Ownership()
    production: Production
    notices: Notices
    availability: Availability
    portal_locales: PortalLocales
    portal_channels: PortalChannels
    portal_categories: PortalCategories
    portal_titles: PortalTitles = PortalTitles()
    portal_texts: PortalTexts = PortalTexts()
    portal_links: PortalLinks
    media: Media = Media()
    video_metadata: VideoMetadata
    video_release: VideoRelease
    video_performance: VideoPerformance = VideoPerformance()
    clearances: Clearances = Clearances()
    exchange: Exchange
    words: Words = Words()
    calendars: Calendars
    letters: LetterRules = LetterRules()
    contributor_requests: ContributorRequests
    milestone_letters: MilestoneLetters
    partner_updates: PartnerUpdates
    partners: dict[str, Partner] = Field(default_factory=dict)
    launch_communications: LaunchCommunications
    launch_plans: dict[str, LaunchPlan] = Field(default_factory=dict)
    approved_assets: ApprovedAssets
    asset_checks: AssetChecks = AssetChecks()
    product_packages: ProductPackages = ProductPackages()
    launch_assets: LaunchAssets
    write_back_tray: WriteBackTray = WriteBackTray()
    housekeeping: Housekeeping = Housekeeping()
    reader_campaigns: ReaderCampaigns = ReaderCampaigns()
    campaigns: dict[str, Campaign] = Field(default_factory=dict)

    def routes_of(self, *kinds: str) -> dict[str, list[Route]]:
        """Routes of some kinds of events, by recipient."""
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            if any(route.takes_kind(kind) for kind in kinds):
                found.setdefault(route.recipient, []).append(route)
        return found
