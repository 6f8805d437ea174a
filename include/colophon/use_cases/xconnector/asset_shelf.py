"""The files of the asset store as it lists them: which are approved and the newest, what they replace, and what is wrong with them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.systems.fourallportal.assets import Asset, approval_statuses, read_asset
from colophon.systems.fourallportal.mapping import PortalMapping
from colophon.systems.fourallportal.records import PortalObject
from colophon.systems.fourallportal.usable import approved_assets

RULES = {
    "AS1": ("An approved file has a SHA-256", "Have the portal keep checksums, in the field that mapping.yaml names."),
    "AS2": ("An approval status is one that mapping.yaml names", "Name it in mapping.yaml under approval, as approved or withdrawn."),
    "AS3": ("A file is of a type that its kind may have", "Bring the right file into the portal, or name its type in assets.yaml."),
    "AS4": ("A file of the portal can be read", "Correct the named field of the file in the portal."),
    "AS5": ("The portal lists its files", "See whether our user may read the portal's files; nothing was withdrawn."),
}


class Shelf(NamedTuple):
    """The files of the asset store by subject: the newest approved ones (`wanted`), what took an older one's place (`newer`), and
    those of which nobody can say whether they may go (`doubtful`); `listed` are the ids of all.
    """

    wanted: Mapping[str, Asset]
    newer: Mapping[str, Asset]
    doubtful: frozenset[str]
    listed: frozenset[str]
    findings: Sequence[Finding]


def files_of(facts: Facts, context: DecisionContext) -> Shelf:
    """The files as the asset store lists them now."""
    (mapping,) = facts.records(PortalMapping)
    objects, module = list(facts.records(PortalObject)), mapping.modules["file"]
    files = [obj for obj in objects if obj.module == module]
    approvals = approval_statuses((obj for obj in objects if obj.module != module), mapping) if mapping.approval.module else None
    shelf, findings = approved_assets(files, mapping, as_of=context.as_of, approvals=approvals), list[Finding]()
    doubtful = {file_id(problem.subject): problem.sentence for problem in shelf.faults}
    findings += [finding("AS4", f"file:{key}", "file", says, "fields that can be read") for key, says in sorted(doubtful.items())]
    readable = (read_asset(obj, mapping, approvals) for obj in files if obj.id not in doubtful) if shelf.unnamed_statuses else ()
    unnamed = {asset.id: asset.status for asset in readable if asset.status in shelf.unnamed_statuses}
    for status, count in sorted(Counter(unnamed.values()).items()):
        findings.append(finding("AS2", f"approval:{status}", "approval", f"{status} ({count} files)", "a status that mapping.yaml names"))
    wanted, newer = dict[str, Asset](), dict[str, Asset]()
    for (_, kind), assets in shelf.approved.items():
        if (types := context.config.assets.kinds.get(kind)) is None:
            continue
        is_list = any(link.list and kind in {name, name.removesuffix("s")} for name, link in mapping.links.items())
        for asset in assets if is_list else assets[:1]:
            if not asset.sha256:
                findings.append(finding("AS1", subject_of(asset), "sha256", "none", "the SHA-256 of its bytes"))
            elif asset.media_type and asset.media_type not in types:
                findings.append(finding("AS3", subject_of(asset), "media_type", asset.media_type, " or ".join(types)))
            else:
                wanted[subject_of(asset)] = asset
        newer |= {subject_of(asset): assets[0] for asset in ([] if is_list else assets[1:])}
    return Shelf(wanted, newer, frozenset({*doubtful, *unnamed}), frozenset(obj.id for obj in files), findings)


def subject_of(asset: Asset) -> str:
    """How the ledger names a file."""
    return f"isbn:{asset.isbn}/asset:{asset.id}"


def file_id(subject: str) -> str:
    """The asset store's name of a file that the ledger names."""
    return subject.rpartition(":")[2]


def finding(rule: str, subject: str, name: str, found: str, expected: str) -> Finding:
    """An exception about a file, or about the asset store."""
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=name, found=found, expected=expected, remedy=RULES[rule][1],
        owner="production_manager",
    )  # fmt: skip
