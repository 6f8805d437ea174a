"""Three statements through the whole engine: a long one, a negative one, and a joint account with split, agents and tax."""

from datetime import date

from colophon.royalties.account import Account, Shares, settle_account
from colophon.royalties.corrections import correct
from colophon.royalties.currency import FxRate, convert_rows
from colophon.royalties.exact_rows import rows_of
from colophon.royalties.line import Line
from colophon.royalties.payout import Agent, Due, PayeeTerms, Withholding, pay
from colophon.royalties.policy import Basis, FxPolicy, Policy, Trigger
from colophon.royalties.reserve import ReserveTerm, Tranche, Vintage
from colophon.royalties.rights_income import Receipt, rights_row
from colophon.royalties.row import CounterKey, Opening
from colophon.royalties.rules import Rule
from colophon.royalties.standing import Standing
from colophon.royalties.statement.build import remittances_of, statements_of
from colophon.royalties.statement.facts import Agreement, Book, Facts, Payee, Payer
from colophon.royalties.statement.period import Period

PERIOD = Period.parse("2026H1")
ISSUED = date(2026, 8, 14)
POLICY = Policy(version="2026-1", territory_groups=(("GB", "Home"), ("IE", "Home"), ("US", "Export"), ("DE", "Export")))
TAX_ID = "TAX-4471-0093"

PAYER = Payer(
    licensee="Larkspur & Vale Ltd",
    contact="royalties@larkspur-vale.example",
    name="Larkspur & Vale Ltd",
    address=("14 Quay Street", "Bristol BS1 4QX", "United Kingdom"),
)


def run(accounts, lines, rules, *, facts, receipts=(), terms=None, agents=None, opening=None, fx=None, policy=POLICY, pay_day=ISSUED):
    """Statements of a run of whole accounts, from lines to payment, by payee id and account."""
    rows = rows_of(lines, rules, opening or Opening(), policy)
    assert not rows.suspended
    settled = []
    for account in accounts:
        own = [row for row in rows.rows if row.key.contract_id in account.contract_ids]
        done, blocked = convert_rows(own, account.currency, fx or {}, policy.fx)
        assert not blocked
        rights = [
            rights_row(receipt, share, policy.rights_base) for receipt, share in receipts if receipt.contract_id in account.contract_ids
        ]
        settled.append(settle_account(account, done, rights, policy, period_end=PERIOD.ends_on))
    dues = [
        Due(
            account_id=one.account_id,
            payee_id=payee,
            currency=one.currency,
            amount=balance.due,
            agents=(agents or {}).get(payee, ()),
        )
        for one in settled
        for payee, balance in one.payees.items()
    ]
    payout = pay(dues, terms or {}, policy, pay_day=pay_day)
    remittances = remittances_of(payout, facts.agents)
    statements = {
        (one.account_id, one.payee.id): one
        for account in settled
        for one in statements_of(account, remittances, facts, period=PERIOD, issued_on=ISSUED)
    }
    return statements, settled, payout


def _sale(place, contract, product, form, units, price, *, channel, country, discount, day, currency="GBP"):
    gross = units * price
    return Line(
        id=f"{contract}-{place:04}",
        contract_id=contract,
        product_id=product,
        format=form,
        masterchannel=channel,
        country=country,
        sold_on=day,
        units=units,
        list_price=price,
        value=gross * (100 - discount) // 100,
        currency=currency,
    )


def long():
    """Two contracts' worth of editions through many channels: escalators, discount prices, dollars, reserves, three licences."""
    forms = ("HB", "PB", "EB", "AU")
    rules = {
        1: (
            Rule(id="rate:1", contract_id=1, format="HB", basis=Basis.LIST, rates=(100_000, 125_000, 150_000), bounds=(2500, 5000)),
            Rule(id="rate:2", contract_id=1, format="PB", basis=Basis.LIST, rates=(75_000, 100_000), bounds=(10_000,)),
            Rule(id="rate:3", contract_id=1, format="EB", basis=Basis.NET, rates=(250_000,)),
            Rule(id="rate:4", contract_id=1, format="AU", basis=Basis.NET, rates=(225_000,)),
        )
    }
    books, lines, place = {}, [], 0
    titles = ("The Cartographer's Winter", "A Field Guide to Lost Harbours", "Salt, Iron, Rain", "The Last Lamplighter of Hexham Row")
    prices = {"HB": 2000, "PB": 999, "EB": 799, "AU": 1499}
    names = {"HB": "Hardback", "PB": "Paperback", "EB": "E-book", "AU": "Audiobook"}
    for number, title in enumerate(titles):
        for kind, form in enumerate(forms):
            product = 100 + number * 10 + kind
            books[product] = Book(
                product_id=product,
                isbn=f"9781999{number}{kind}{product}0",
                title=title,
                form=names[form],
                published_on=date(2023 + number % 3, 3 + kind, 7 + number),
            )
            for step, (channel, country, discount) in enumerate(
                (("Trade", "GB", 45), ("Online", "GB", 50), ("Export", "US", 55), ("Direct", "GB", 10), ("Export", "DE", 55))
            ):
                digital = form in {"EB", "AU"}
                if digital and channel == "Direct":
                    continue
                place += 1
                units = (37 + 91 * number + 53 * step) * (6 if channel == "Online" else 2) - (
                    900 if (number, kind, step) == (3, 1, 0) else 0
                )
                lines.append(
                    _sale(
                        place,
                        1,
                        product,
                        form,
                        units,
                        prices[form],
                        channel=channel,
                        country=country,
                        discount=discount,
                        day=date(2026, 1 + step, 15),
                        currency="USD" if country == "US" and digital else "GBP",
                    )
                )
    facts = Facts(
        payer=PAYER,
        payees={
            7: Payee(
                id=7,
                name="Eleanor Ashgrove",
                address=("The Old Forge", "Hexham NE46 1AA", "United Kingdom"),
                country="GB",
                tax_status="Resident in the United Kingdom",
            )
        },
        agreements={
            1: Agreement(
                contract_id=1,
                name="Ashgrove 1-4",
                imprint="Quayside",
                contributors=("Eleanor Ashgrove",),
                title="Four novels",
                language="eng",
                territory="World",
                advance=4_000_000,
            )
        },
        books=books,
        units_before={(1, product): 4000 + product for product in books},
        sublicensees={"r1": "Reiher Verlag", "r2": "Éditions du Phare", "r3": "Ediciones Brújula"},
        software="colophon 0.1.0",
    )
    account = Account(
        id="contract-1",
        contract_ids=(1,),
        currency="GBP",
        shares=(Shares(contract_id=1, weights=((7, 1),)),),
        payees={7: Standing(advance=412_350)},
        statement=5,
        reserve_terms=(ReserveTerm(rate=150_000, formats=("HB", "PB"), schedule=(Tranche(share=1_000_000, after_statements=2),)),),
        held=(
            Vintage(contract_id=1, product_id=100, statement=3, amount=61_240, due_statement=5),
            Vintage(contract_id=1, product_id=101, statement=4, amount=48_015, due_statement=6),
        ),
    )
    receipts = [
        (Receipt(id="r1", contract_id=1, rights_type="Translation, German", gross=350_000, foreign_tax=0, bank_charges=1200), 800_000),
        (Receipt(id="r2", contract_id=1, rights_type="Translation, French", gross=275_000, foreign_tax=13_750), 800_000),
        (Receipt(id="r3", contract_id=1, rights_type="Serial, Spanish", gross=40_000), 900_000),
    ]
    fx = {
        ("USD", "GBP"): FxRate(
            currency="USD", into="GBP", rate_e8=78_940_000, on=PERIOD.ends_on, source="Bank", policy=FxPolicy.ACTUAL_RECEIPT
        )
    }
    opening = Opening(counters={CounterKey("1:format HB", Trigger.UNITS): 2200, CounterKey("1:format PB", Trigger.UNITS): 9000})
    return run([account], lines, rules, facts=facts, receipts=receipts, opening=opening, fx=fx)


def negative():
    """More came back than was sold: nothing is due, and the debit is carried; the name and title are hostile to typesetters."""
    rules = {2: (Rule(id="rate:9", contract_id=2, basis=Basis.LIST, rates=(80_000,)),)}
    lines = [
        _sale(1, 2, 200, "PB", 120, 899, channel="Trade", country="GB", discount=45, day=date(2026, 2, 3)),
        _sale(2, 2, 200, "PB", -655, 899, channel="Trade", country="GB", discount=45, day=date(2026, 5, 19)),
        _sale(3, 2, 201, "HB", 3, 1899, channel="Direct", country="GB", discount=0, day=date(2026, 5, 20)),
    ]
    title = "Z̸a̷l̵g̶o̸ #strong[not bold] <b>nor</b> $x^2$ & 100 % \\ @ref — " + "a very long subtitle that goes on " * 4
    facts = Facts(
        payer=PAYER,
        payees={
            8: Payee(
                id=8,
                name="نجيب محفوظ · 村上 春樹 · 한강",
                address=("شارع النيل ١٢", "القاهرة", "مصر"),
                country="EG",
            )
        },
        agreements={
            2: Agreement(
                contract_id=2, imprint="Vale", contributors=("نجيب محفوظ", "村上 春樹"), title=title, language="eng", territory="GB, IE"
            )
        },
        books={
            200: Book(product_id=200, isbn="9781999000202", title=title, form="Paperback", published_on=date(2025, 2, 1)),
            201: Book(product_id=201, isbn="9781999000219", title="ノルウェイの森 / أولاد حارتنا", form="Hardback"),
        },
        units_before={(2, 200): 2310},
    )
    account = Account(
        id="contract-2",
        contract_ids=(2,),
        currency="GBP",
        shares=(Shares(contract_id=2, weights=((8, 1),)),),
        payees={8: Standing(balance=-5210)},
        statement=2,
        reserve_terms=(ReserveTerm(rate=200_000),),
        held=(Vintage(contract_id=2, product_id=200, statement=1, amount=9120, due_statement=2),),
    )
    return run([account], lines, rules, facts=facts)


def joint():
    """Two contracts earn out one advance, then three quarters and a quarter; two agents, tax by treaty for the payee abroad."""
    rules = {
        contract: (
            Rule(id=f"rate:{contract}1", contract_id=contract, format="HB", basis=Basis.LIST, rates=(100_000, 120_000), bounds=(3000,)),
            Rule(id=f"rate:{contract}2", contract_id=contract, format="EB", basis=Basis.NET, rates=(250_000,)),
        )
        for contract in (3, 4)
    }
    lines = [
        _sale(1, 3, 300, "HB", 2800, 2499, channel="Trade", country="GB", discount=50, day=date(2026, 3, 2)),
        _sale(2, 3, 300, "HB", 900, 2499, channel="Online", country="GB", discount=50, day=date(2026, 4, 2)),
        _sale(3, 3, 300, "HB", -130, 2499, channel="Trade", country="GB", discount=50, day=date(2026, 6, 2)),
        _sale(4, 3, 301, "EB", 1500, 1299, channel="Online", country="US", discount=30, day=date(2026, 4, 9)),
        _sale(5, 4, 400, "HB", 700, 2999, channel="Trade", country="GB", discount=50, day=date(2026, 5, 2)),
    ]
    facts = Facts(
        payer=PAYER,
        payees={
            11: Payee(id=11, name="Ingrid Solheim", address=("Fjordgata 8", "5003 Bergen", "Norway"), country="NO", tax_id=TAX_ID, tax_status="Treaty UK/Norway, article 12, 5 %"),
            12: Payee(id=12, name="Thomas Okonkwo-Byrne", address=("3 Canal Row", "Dublin 2", "Ireland"), country="IE"),
        },
        agreements={
            3: Agreement(contract_id=3, name="Solheim/Okonkwo 1", imprint="Larkspur", contributors=("Ingrid Solheim", "Thomas Okonkwo-Byrne"), title="Northern Light, Southern Stone", language="eng", territory="World", advance=600_000),
            4: Agreement(contract_id=4, name="Solheim/Okonkwo 2", imprint="Larkspur", contributors=("Ingrid Solheim", "Thomas Okonkwo-Byrne"), title="Stone by Stone", language="eng", territory="World", advance=300_000),
        },
        books={
            300: Book(product_id=300, isbn="9781999003005", title="Northern Light, Southern Stone", form="Hardback", published_on=date(2026, 2, 26)),
            301: Book(product_id=301, isbn="9781999003012", title="Northern Light, Southern Stone", form="E-book", published_on=date(2026, 2, 26)),
            400: Book(product_id=400, isbn="9781999004002", title="Stone by Stone", form="Hardback", published_on=date(2026, 4, 30)),
        },
        units_before=dict.fromkeys([(3, 300), (3, 301), (4, 400)], 0),
        agents={90: "Harbour Literary Agency", 91: "Nordlys Agentur"},
        software="colophon 0.1.0",
    )  # fmt: skip
    weights = ((11, 3), (12, 1))
    account = Account(
        id="joint-3-4",
        contract_ids=(3, 4),
        currency="GBP",
        shares=(Shares(contract_id=3, weights=weights), Shares(contract_id=4, weights=weights)),
        joint=Standing(advance=600_000, advance_paid=300_000),
        payees={11: Standing(), 12: Standing(balance=-2500)},
        reserve_terms=(ReserveTerm(rate=200_000, formats=("HB",), schedule=(Tranche(share=500_000, after_statements=1), Tranche(share=500_000, after_months=12))),),
    )  # fmt: skip
    treaty = Withholding(rate=50_000, article="12", certificate="c", valid_to=date(2027, 12, 31))
    terms = {11: PayeeTerms(payee_id=11, abroad=True, treaty=treaty), 12: PayeeTerms(payee_id=12, minimum=500_000)}
    agents = {11: (Agent(id=90, commission=150_000, vat=200_000), Agent(id=91, commission=50_000))}
    return run([account], lines, rules, facts=facts, terms=terms, agents=agents)


def apart():
    """One contract with two products: the first is shared, the second is the first payee's alone."""
    rules = {5: (Rule(id="rate:5", contract_id=5, basis=Basis.LIST, rates=(100_000,)),)}
    lines = [
        _sale(place, 5, product, "PB", 101, 999, channel="Trade", country="GB", discount=45, day=date(2026, 2, 3))
        for place, product in enumerate((500, 501))
    ]
    payees = {21: Payee(id=21, name="A"), 22: Payee(id=22, name="B")}
    account = Account(
        id="contract-5",
        contract_ids=(5,),
        currency="GBP",
        shares=(Shares(contract_id=5, weights=((21, 1), (22, 1))), Shares(contract_id=5, product_id=501, weights=((21, 1),))),
    )
    return run([account], lines, rules, facts=Facts(payer=PAYER, payees=payees))


def corrected(statement, reason):
    """A closed period's row at a wrong price, reversed and printed anew in the open one."""
    rule = Rule(id="rate:2", contract_id=2, basis=Basis.LIST, rates=(100_000,))

    def row(price):
        line = _sale(1, 2, 200, "PB", 100, price, channel="Trade", country="GB", discount=45, day=date(2025, 9, 3))
        return convert_rows(rows_of([line], {2: (rule,)}, Opening(), POLICY).rows, "GBP", {}, POLICY.fx)[0][0]

    mended = correct(statement, row(1000), row(1200), reason)
    account = Account(id="contract-2", contract_ids=(2,), currency="GBP", shares=(Shares(contract_id=2, weights=((8, 1),)),))
    settled = settle_account(account, [mended.reversal, mended.replacement], [], POLICY, period_end=PERIOD.ends_on)
    payout = pay([Due(account_id=account.id, payee_id=8, currency="GBP", amount=settled.payees[8].due)], {}, POLICY, pay_day=ISSUED)
    facts = Facts(payer=PAYER, payees={8: Payee(id=8, name="B")})
    made = statements_of(settled, remittances_of(payout, {}), facts, period=PERIOD, issued_on=ISSUED)
    return {(one.account_id, one.payee.id): one for one in made}, [settled], payout
