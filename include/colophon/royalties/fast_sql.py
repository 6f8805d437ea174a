"""The SQL of the fast way. Whole numbers only: 64-bit columns, sums cast back to 64 bits, which raises where they do not fit."""

from datetime import date
from pathlib import Path

ANY_DAY = date(2000, 1, 1)

COLUMN_TYPES = {
    "id": "VARCHAR",
    "contract_id": "BIGINT",
    "product_id": "BIGINT",
    "format": "VARCHAR",
    "channel_id": "BIGINT",
    "masterchannel": "VARCHAR",
    "country": "VARCHAR",
    "sold_on": "DATE",
    "units": "BIGINT",
    "list_price": "BIGINT",
    "value": "BIGINT",
    "currency": "VARCHAR",
    "exempt": "VARCHAR",
    "unit_cost": "BIGINT",
    "source": "VARCHAR",
}
NAMES = tuple(COLUMN_TYPES)
COLUMNS = ", ".join(f"{name} {kind}" for name, kind in COLUMN_TYPES.items())
TYPED = ", ".join(f"{name}::{kind} AS {name}" for name, kind in COLUMN_TYPES.items())
_ALL = ", ".join(f"lines.{name}" for name in NAMES)
_KEYS = {
    "contract_id": "BIGINT",
    "product_id": "BIGINT",
    "format": "VARCHAR",
    "channel_key": "BIGINT",
    "masterchannel": "VARCHAR",
    "country_key": "VARCHAR",
    "no_price": "BOOLEAN",
    "no_value": "BOOLEAN",
    "discount_class": "BIGINT",
    "day_class": "BIGINT",
}
_KEY_NAMES = ", ".join(_KEYS)

MOST_CUTS, MOST_DAYS = 6, 4
"""So many places where a contract's rates change by discount or by day are judged here; one that has more goes the exact way."""
UNKNOWN = -1
"""The class of a line without a discount."""
_READS = ("by_channel", "by_country", "by_product", "by_format", "by_masterchannel")
CUTS = tuple(f"cut{place}" for place in range(MOST_CUTS))
DAYS = tuple(f"day{place}" for place in range(MOST_DAYS))
CONTRACT_COLUMNS = ", ".join(
    [
        "contract_id BIGINT, single BOOLEAN",
        *(f"{name} BOOLEAN" for name in _READS),
        *(f"{name} BIGINT" for name in CUTS),
        *(f"{name} DATE" for name in DAYS),
    ]
)
# C3, C4: a cut is twice its discount in bps, and one more where the discount itself is below it; whole numbers, never a division.
_GIVEN = "sign(units * list_price) * (units * list_price - value) * 10000"
RULE_COLUMNS = (
    "rule BIGINT, contract_id BIGINT, single BOOLEAN, basis VARCHAR, keep BIGINT, rate BIGINT, bound BIGINT, own VARCHAR, counts BOOLEAN"
)
CHOICE_COLUMNS = ", ".join(f"{name} {kind}" for name, kind in _KEYS.items()) + ", rule BIGINT, why VARCHAR"
PART_COLUMNS = "place BIGINT, tier BIGINT, rate BIGINT, units BIGINT, basis_sum BIGINT, value BIGINT"

# Lines that are there twice: found by a short hash, then looked at closely.
SAME_HASH = "CREATE TABLE same_hash AS SELECT twin AS h FROM lines GROUP BY h HAVING count(*) > 1"
TWICE = """
CREATE TABLE twice AS
SELECT contract_id, id FROM lines WHERE twin IN (SELECT h FROM same_hash) AND contract_id IN (SELECT contract_id FROM contracts)
GROUP BY ALL HAVING count(*) > 1
"""
TWICE_LINES = f"SELECT {_ALL}, '' FROM lines SEMI JOIN twice USING (contract_id, id)"  # noqa: S608 - our own column names
# No line has a probe of its own where there is none to leave out.
ONCE = {
    True: "CREATE VIEW once AS SELECT * FROM lines ANTI JOIN twice USING (contract_id, id)",
    False: "CREATE VIEW once AS SELECT * FROM lines",
}
OTHER_CONTRACTS = "CREATE TABLE others AS SELECT DISTINCT contract_id FROM lines ANTI JOIN contracts USING (contract_id)"
OTHER = f"SELECT {_ALL}, '' FROM lines SEMI JOIN others USING (contract_id)"  # noqa: S608 - our own column names

# Channel and country are keys only where a rule of the contract reads them.
KEPT = """
CREATE VIEW kept AS SELECT once.*, coalesce(territories.name, 'ALL') AS territory, (list_price IS NULL OR (list_price = 0 AND value IS DISTINCT FROM 0)) AS no_price, value IS NULL AS no_value,
    {discount_class} AS discount_class, {day_class} AS day_class,
    CASE WHEN by_channel THEN channel_id END AS channel_key, CASE WHEN by_country THEN once.country END AS country_key, CASE
    WHEN exempt IS NOT NULL THEN exempt
    WHEN masterchannel IN (SELECT masterchannel FROM free) THEN 'free copies'
    WHEN unit_cost IS NOT NULL AND value IS NOT NULL AND units <> 0 AND sign(units) * value <= abs(units) * unit_cost THEN 'at or below cost'
    END AS reason
FROM once JOIN contracts USING (contract_id) LEFT JOIN territories ON territories.country = once.country
"""
EXCLUDED = f"SELECT {', '.join(NAMES)}, reason FROM kept WHERE reason IS NOT NULL"  # noqa: S608 - our own column names

# The one pass over all lines: what no rule, tier or row can tell apart is added up before anything is decided.
_DIGEST = "(sum({}) % 18446744073709551616)::UBIGINT AS digest"
CELLS = f"""
CREATE TABLE cells AS SELECT {_KEY_NAMES}, territory, list_price, currency, source, reason IS NOT NULL AS earns_nothing,
    sum(greatest(units, 0))::BIGINT AS sold, sum(greatest(-units, 0))::BIGINT AS returned, coalesce(sum(value), 0)::BIGINT AS value,
    count(*) AS line_count, {_DIGEST.format("hash_of(id, line_hash)")}
FROM kept GROUP BY ALL
"""  # noqa: S608 - our own column names
# What no rule of a contract reads is no key of its choices: they are as few as its rules can tell apart.
_READ = {"product_id": "by_product", "format": "by_format", "masterchannel": "by_masterchannel"}
_CHOICE = {name: f"CASE WHEN {_READ[name]} THEN {name} END" if name in _READ else name for name in _KEYS}
CHOICE_KEYS = f"""
SELECT DISTINCT {", ".join(_CHOICE.values())} FROM cells JOIN contracts USING (contract_id) WHERE NOT single AND NOT earns_nothing
"""  # noqa: S608 - our own column names
_CHOSEN = " AND ".join(
    f"{'CASE WHEN ' + _READ[name] + ' THEN line.' + name + ' END' if name in _READ else 'line.' + name} "
    f"{'=' if name == 'contract_id' else 'IS NOT DISTINCT FROM'} same.{name}"
    for name in _KEYS
)

_SAME = " AND ".join(f"line.{name} {'=' if name == 'contract_id' else 'IS NOT DISTINCT FROM'} same.{name}" for name in _KEYS)
PLACED = f"""
CREATE TABLE placed AS
SELECT chosen.* EXCLUDE (earns_nothing), rules.basis, rules.rate, rules.bound, chosen.contract_id || ':' || coalesce(rules.own, {{part}}) AS grp,
    rules.counts AND (masterchannel IS NULL OR masterchannel NOT IN (SELECT masterchannel FROM uncounted)) AS counts
FROM (
    SELECT line.*, same.rule, same.why FROM cells AS line JOIN contracts USING (contract_id) JOIN choices AS same ON {_CHOSEN}
    UNION ALL
    SELECT line.*, rules.rule, CASE WHEN rules.basis = 'LIST' AND no_price THEN 'LIST_PRICE_MISSING'
        WHEN rules.basis = 'NET' AND no_value THEN 'VALUE_MISSING' END AS why
    FROM cells AS line JOIN rules ON line.contract_id = rules.contract_id AND rules.single
) AS chosen LEFT JOIN rules ON rules.rule = chosen.rule
WHERE NOT earns_nothing
"""  # noqa: S608 - our own column names
SUSPENDED = f"""
SELECT {", ".join(f"line.{name}" for name in NAMES)}, same.why FROM kept AS line
JOIN (SELECT DISTINCT {_KEY_NAMES}, why FROM placed WHERE why IS NOT NULL) AS same ON {_SAME} WHERE line.reason IS NULL
"""  # noqa: S608 - our own column names

# Only groups that can leave their lowest tier need their lines in order.
GROUPS = """
CREATE TABLE groups AS
SELECT row_number() OVER () AS number, grp, line_count, net,
    coalesce(coalesce(counter, 0) + up > bound, false) OR coalesce(upper, false) AS ordered
FROM (
    SELECT grp, sum(line_count)::BIGINT AS line_count, sum(CASE WHEN counts THEN sold - returned ELSE 0 END)::BIGINT AS net,
        sum(CASE WHEN counts THEN sold ELSE 0 END)::BIGINT AS up, min(bound) AS bound
    FROM placed WHERE why IS NULL GROUP BY grp
) LEFT JOIN opening USING (grp)
"""
ORDERED = f"""
CREATE TABLE ordered AS
SELECT row_number() OVER (ORDER BY number, sold_on, id) AS place, line.contract_id, line.product_id, line.format, line.masterchannel, territory, currency,
    source, hash_of(id, line_hash) AS digest, units, list_price, value, grp, same.rule, same.basis, same.counts
FROM kept AS line JOIN (
    SELECT DISTINCT {_KEY_NAMES}, grp, number, rule, basis, counts FROM placed JOIN groups USING (grp) WHERE ordered AND why IS NULL
) AS same ON {_SAME}
WHERE line.reason IS NULL
"""  # noqa: S608 - our own column names
IN_ORDER = "SELECT grp, place, rule, counts, product_id, coalesce(masterchannel, ''), units, list_price, value FROM ordered ORDER BY place"

_BASIS = "CASE basis WHEN 'LIST' THEN ({units}) * list_price WHEN 'NET' THEN {value} ELSE {units} END"
_PART = "contract_id, product_id, format, masterchannel, territory, currency, source, rule, list_price"
_PARTS = f"""
SELECT {_PART}, sold, returned, CASE WHEN counts THEN sold - returned ELSE 0 END AS counted, {_BASIS.format(units="sold - returned", value="value")} AS basis_sum, value,
    0::BIGINT AS tier, rate, line_count, digest
FROM placed SEMI JOIN (SELECT grp FROM groups WHERE NOT ordered) USING (grp) WHERE why IS NULL
UNION ALL
SELECT {_PART}, greatest(part.units, 0), greatest(-part.units, 0), CASE WHEN counts THEN part.units ELSE 0 END,
    coalesce(part.basis_sum, {_BASIS.format(units="line.units", value="line.value")}), coalesce(part.value, line.value), part.tier, part.rate, 1, digest
FROM ordered AS line JOIN parts AS part USING (place)
"""  # noqa: S608 - our own column names
# In the order of `sort_key`.
_ROW = f"""
FROM (
    SELECT part.contract_id, product_id, format, coalesce(masterchannel, '') AS channel, territory, rules.basis, rules.keep, part.rate,
        CASE WHEN rules.basis = 'LIST' THEN list_price END AS price, currency, rule, source, sold, returned, counted, basis_sum, value, tier, line_count, digest
    FROM ({_PARTS}) AS part JOIN rules USING (rule)
) GROUP BY contract_id, product_id, format, channel, territory, basis, keep, rate, price, currency
"""  # noqa: S608 - our own column names
_ROW_ORDER = "ORDER BY contract_id, product_id, format, channel, territory, basis, keep, rate, price NULLS FIRST, currency"
# Few words stand in many rows: each row has their numbers.
WORDS = {"format": "format", "channel": "coalesce(masterchannel, '')", "territory": "territory", "currency": "currency", "source": "source"}
WORD_TYPE = "CREATE TYPE {name}_words AS ENUM (SELECT DISTINCT {word} AS word FROM cells WHERE word IS NOT NULL ORDER BY word)"
SUMMED = f"""
SELECT product_id, format::format_words AS format, channel::channel_words AS channel, territory::territory_words AS territory, rate, price,
    currency::currency_words AS currency, min(rule) AS rule, min(source)::source_words AS source,
    sum(sold)::BIGINT AS sold, sum(returned)::BIGINT AS returned, sum(counted)::BIGINT AS counted, sum(basis_sum)::BIGINT AS basis_sum,
    coalesce(sum(value), 0)::BIGINT AS value_sum, max(tier) AS tier, sum(line_count)::BIGINT AS line_count, {_DIGEST.format("digest")},
    min(rule) <> max(rule) OR min(source) <> max(source) AS several
{_ROW} {_ROW_ORDER}
"""
SEVERAL = f"""
SELECT list(DISTINCT rule), list(DISTINCT source) {_ROW} HAVING min(rule) <> max(rule) OR min(source) <> max(source) {_ROW_ORDER}
"""
NETS = "SELECT grp, net FROM groups WHERE NOT ordered"
TOTALS = "SELECT currency, count(*), sum(units)::BIGINT, coalesce(sum(value), 0)::BIGINT FROM lines GROUP BY currency"


def kept(cuts: int, days: int) -> str:
    """The lines with their classes, where no contract has more cuts and days than these: what nobody has is not judged."""
    passed = (f"coalesce(({_GIVEN} >= abs(units * list_price) * ({cut} // 2) + {cut} % 2)::BIGINT, 0)" for cut in CUTS[:cuts])
    reached = (f"coalesce((sold_on >= {day})::BIGINT, 0)" for day in DAYS[:days])
    no_discount = f"WHEN cut0 IS NULL THEN NULL WHEN value IS NULL OR coalesce(units * list_price, 0) = 0 THEN {UNKNOWN}"
    return KEPT.format(
        discount_class=f"CASE {no_discount} ELSE {' + '.join(passed)} END" if cuts else "NULL::BIGINT",
        day_class=f"CASE WHEN day0 IS NOT NULL THEN {' + '.join(reached)} END" if days else "NULL::BIGINT",
    )


def quoted(path: Path) -> str:
    """A path inside an SQL string."""
    return str(path).replace("'", "''")
