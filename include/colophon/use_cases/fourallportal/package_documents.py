"""FP-3, documents: what we write of a title and put into its package, the final metadata and the texts."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.domain.product import Product
from colophon.onix.xhtml import xhtml
from colophon.systems.fourallportal.assets import Asset
from colophon.systems.fourallportal.mapping_parts import PackageRules


def documents_of(product: Product, files: Mapping[str, Asset], rules: PackageRules, context: DecisionContext) -> dict[str, dict[str, str]]:
    """Each document by its kind; the texts are missing where none may be shown yet."""
    today = context.as_of.date()
    texts = {text.kind.value: xhtml(text.html) for text in product.texts if text.from_on is None or text.from_on <= today}
    bodies = {
        "metadata": (json.dumps(_metadata(product, files), ensure_ascii=False, sort_keys=True, indent=1), "json"),
        "sales_text": ("\n".join(f'<section class="{kind}">{texts[kind]}</section>' for kind in sorted(texts) if texts[kind]), "html"),
    }
    found = dict[str, dict[str, str]]()
    for kind in rules.documents:
        body, suffix = bodies[kind]
        if body:
            digest = hashlib.sha256(body.encode()).hexdigest()[:12]
            found[kind] = {"name": f"{product.isbn13}-{kind}-{digest}.{suffix}", "text": body}
    return found


def _metadata(product: Product, files: Mapping[str, Asset]) -> dict[str, Any]:
    """The final metadata, with the hash of each file to which it belongs."""
    parts = {kind: {"file": asset.id, "version": asset.version, "sha256": asset.sha256} for kind, asset in files.items()}
    known = product.model_dump(
        mode="json",
        include={
            "isbn13", "title", "subtitle", "imprint", "form_code", "publication_on", "edition_number", "pages", "duration_minutes",
            "contributors", "prices", "subjects", "languages",
        },
    )  # fmt: skip
    return {**known, "parts": parts}
