"""A statement as Exstream composes it: the statement's own members, money as decimal text, and the texts of the payee's group."""

from collections.abc import Sequence

from colophon.blocks.letter import address_of
from colophon.domain.recipient import Channel
from colophon.royalties.statement.payload import Statement
from colophon.royalties.statement.scales import plain
from colophon.systems.opentext_exstream.records import Letter


def letter_of(
    statement: Statement,
    *,
    channel: Channel,
    email: str | None = None,
    locale: str | None = None,
    theme: str | None = None,
    compliance: Sequence[str] = (),
) -> Letter:
    """The letter of one statement; the statement was checked before, and is not changed by this.

    `Data` holds the members of the statement by their TRRSS ids, `Compliance` the texts and `StatementHash` what was approved.
    """
    payee = statement.payee
    return Letter(
        delivery_preference=channel,
        theme=theme,
        locale=locale,
        email_address=email,
        name=payee.name,
        address=address_of(payee.address, payee.country),
        data={**plain(statement, statement.currency), "Compliance": list(compliance), "StatementHash": statement.content_hash},
    )
