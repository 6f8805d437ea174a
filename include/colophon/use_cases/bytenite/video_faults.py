"""What can be wrong with videos of the library: what to do about each rule, and who does it."""

from colophon.domain.finding import Finding, Severity
from colophon.systems.bytenite.library import DESTINATION

REMEDIES = {
    "BN2-hand": (
        "Ask who did it and why; what shall not stand there is taken out of video_release.yaml, or the title's videos are put on hold.",
        "marketing",
    ),
    "BN2-refused": (
        "See the channel's reason; mend the video or its account there. The other channels are not kept waiting.",
        "marketing",
    ),
    "BN3": ("Correct the video's ISBN in the library, or enter the title; the next run fills in the record.", "marketing"),
    "BN3-genre": (
        "Add words for the code to video_metadata.yaml, or correct the title's subject; all else was sent.",
        "metadata_specialist",
    ),
    "BN3-changed": (
        "It was put right; change the title in Consonance, or give the member to marketing in video_metadata.yaml.",
        "marketing",
    ),
    "BN7": ("Give the video the ISBN of its title in the library; its figures count for that title from the next run on.", "marketing"),
    "BN7-figures": (
        "Ask whoever runs the library; the figures are counted as told, or left out where it says so, and a day that is told again replaces them.",
        "marketing",
    ),
    "BN7-gap": ("Ask whoever runs the library for the day; it is filled in when it comes, and is a gap until then.", "marketing"),
}


def video_fault(rule: str, subject: str, field: str, found: str, expected: str, *, blocks: str = DESTINATION) -> Finding:
    """The finding that a video breaks a rule."""
    remedy, owner = REMEDIES[rule]
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=field, found=found[:200], expected=expected[:200], remedy=remedy,
        owner=owner, blocks=blocks,
    )  # fmt: skip
