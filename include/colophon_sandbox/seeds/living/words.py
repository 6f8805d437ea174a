"""Texts in every variant, and the same in other languages as the translators' system gave them back."""

import json
from datetime import date

from colophon_sandbox.seeds.living import House
from colophon_sandbox.seeds.shelf import text

VARIANTS = {
    "REVIEW": "<p>“A book to press upon friends.” <em>The Lantern</em></p>",
    "BIOGRAPHICAL_NOTE": "<p>The author lives by the sea and writes before breakfast.</p>",
    "PROMOTIONAL_HEADLINE": "<p>The book that everybody will lend and nobody will return.</p>",
    "TABLE_OF_CONTENTS": "<ol><li>Arrival</li><li>The House</li><li>Departure</li></ol>",
    "KEYNOTE": "<ul><li>Reading-group notes inside</li><li>Author tour in the spring</li></ul>",
}
LOCALES = {
    "de_DE": "Ein Buch, das alle verleihen und niemand zurückgibt.",
    "fr_FR": "Le livre que tout le monde prête et que personne ne rend.",
    "es_ES": "El libro que todos prestan y nadie devuelve.",
}


def add(house: House, _today: date) -> None:
    """For every third work all variants, of which one is embargoed; for every fifth the main description in three languages."""
    for place, made in enumerate(house.consonance["works"]):
        if place % 3 == 0:
            fresh = [text(house.next_id("texts"), variant, html) for variant, html in VARIANTS.items()]
            fresh[0]["fromDate"] = "2026-05-20" if place % 6 else None
            made["marketingTexts"] += fresh
        if place % 5 == 0:
            for locale, words in LOCALES.items():
                _add_translation(house, made["id"], locale, words)


def _add_translation(house: House, work_id: int, locale: str, words: str) -> None:
    reference = f"translations:{work_id}:{locale}"
    members = {"workId": work_id, "variant": "MAIN_DESCRIPTION", "textMarkdown": words, "locale": locale, "source": "translations"}
    payload = json.dumps({"externalReference": reference, **members}, sort_keys=True)
    ids = {"workId": work_id, "productId": None, "contractId": None, "contactId": None}
    house.add("externalRecords", kind="upsertMarketingText", externalReference=reference, payload=payload, **ids)
