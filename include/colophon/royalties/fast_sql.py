"""The SQL of the fast way. Whole numbers only: 64-bit columns, sums cast back to 64 bits, which raises where they do not fit."""

from datetime import date
from pathlib import Path

FAR = 1 << 60
ANY_DAY = date(2000, 1, 1)

_TYPES = {
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
NAMES = tuple(_TYPES)
COLUMNS = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
TYPED = ", ".join(f"{name}::{kind} AS {name}" for name, kind in _TYPES.items())
_ALL = ", ".join(f"lines.{name}" for name in NAMES)
_KEYS = ("contract_id", "product_id", "format", "channel_id", "masterchannel", "country")

RULE_COLUMNS = (
    "rule BIGINT, contract_id BIGINT, single BOOLEAN, basis VARCHAR, keep BIGINT, rate BIGINT, bound BIGINT, own VARCHAR, counts BOOLEAN"
)
TIER_COLUMNS = "rule BIGINT, tier BIGINT, low BIGINT, high BIGINT, rate BIGINT"
CHOICE_COLUMNS = ", ".join(f"{name} {_TYPES[name]}" for name in _KEYS) + ", no_price BOOLEAN, no_value BOOLEAN, rule BIGINT, why VARCHAR"
PART_COLUMNS = (
    "contract_id BIGINT, product_id BIGINT, format VARCHAR, masterchannel VARCHAR, country VARCHAR, currency VARCHAR, source VARCHAR, id VARCHAR, "
    "grp VARCHAR, rule BIGINT, units BIGINT, counted BIGINT, list_price BIGINT, basis_sum BIGINT, value BIGINT, tier BIGINT, rate BIGINT"
)

# Lines that are there twice: found by a short hash, then looked at closely.
TWICE = """
CREATE TABLE twice AS
SELECT contract_id, id FROM lines
WHERE hash(contract_id, id) IN (SELECT hash(contract_id, id) AS h FROM lines GROUP BY h HAVING count(*) > 1)
  AND contract_id IN (SELECT contract_id FROM contracts)
GROUP BY ALL HAVING count(*) > 1;
CREATE VIEW once AS SELECT * FROM kept ANTI JOIN twice USING (contract_id, id)
"""
TWICE_LINES = f"SELECT {_ALL}, '' FROM lines SEMI JOIN twice USING (contract_id, id)"  # noqa: S608 - our own column names
OTHER = f"SELECT {_ALL}, '' FROM lines ANTI JOIN contracts USING (contract_id)"  # noqa: S608 - our own column names

KEPT = """
CREATE VIEW kept AS SELECT *, CASE
    WHEN exempt IS NOT NULL THEN exempt
    WHEN masterchannel IN (SELECT masterchannel FROM free) THEN 'free copies'
    WHEN unit_cost IS NOT NULL AND value IS NOT NULL AND units <> 0 AND sign(units) * value <= abs(units) * unit_cost THEN 'at or below cost'
    END AS reason
FROM lines SEMI JOIN contracts USING (contract_id)
"""
EXCLUDED = f"SELECT {', '.join(NAMES)}, reason FROM once WHERE reason IS NOT NULL"  # noqa: S608 - our own column names

CHOICE_KEYS = f"""
SELECT DISTINCT {", ".join(_KEYS)}, list_price IS NULL, value IS NULL
FROM kept SEMI JOIN (SELECT contract_id FROM contracts WHERE NOT single) USING (contract_id) WHERE reason IS NULL
"""  # noqa: S608 - our own column names

_SAME = " AND ".join(f"line.{name} IS NOT DISTINCT FROM choices.{name}" for name in _KEYS if name != "contract_id")
_CHOSEN = f"""
SELECT line.*, choices.rule, choices.why FROM once AS line JOIN choices ON line.contract_id = choices.contract_id AND {_SAME}
    AND (line.list_price IS NULL) = choices.no_price AND (line.value IS NULL) = choices.no_value
WHERE line.reason IS NULL
UNION ALL
SELECT line.*, rules.rule, CASE WHEN rules.basis = 'LIST' AND line.list_price IS NULL THEN 'LIST_PRICE_MISSING'
    WHEN rules.basis = 'NET' AND line.value IS NULL THEN 'VALUE_MISSING' END AS why
FROM once AS line JOIN rules ON line.contract_id = rules.contract_id AND rules.single
WHERE line.reason IS NULL
"""  # noqa: S608 - our own column names
SUSPENDED = f"SELECT {', '.join(NAMES)}, why FROM ({_CHOSEN}) WHERE why IS NOT NULL"  # noqa: S608 - our own column names

PLACED = f"CREATE VIEW placed AS SELECT * EXCLUDE (reason, why) FROM ({_CHOSEN}) WHERE why IS NULL"  # noqa: S608 - our own column names

GROUPED = """
CREATE VIEW grouped AS SELECT placed.*, rules.basis, rules.keep, rules.rate, rules.bound,
    placed.contract_id || ':' || coalesce(rules.own, {part}) AS grp,
    CASE WHEN rules.counts AND (masterchannel IS NULL OR masterchannel NOT IN (SELECT masterchannel FROM uncounted)) THEN units ELSE 0 END AS counted
FROM placed JOIN rules USING (rule)
"""

# Only groups that can leave their lowest tier need their lines in order.
GROUPS = """
CREATE TABLE groups AS
SELECT grp, line_count, coalesce(counter, 0) AS before, (coalesce(counter, 0) + net)::BIGINT AS after,
    coalesce(coalesce(counter, 0) + greatest(up, 0) > bound, false) AS ordered
FROM (SELECT grp, count(*) AS line_count, sum(counted)::BIGINT AS net, sum(greatest(counted, 0))::BIGINT AS up, min(bound) AS bound FROM grouped GROUP BY grp)
LEFT JOIN opening USING (grp)
"""
ORDERED = """
CREATE TABLE ordered AS
SELECT line.*, tiers.tier, tiers.rate AS tier_rate,
    greatest(line.before, line.after) > tiers.high AS straddles
FROM (
    SELECT *, (upto - counted)::BIGINT AS before, upto::BIGINT AS after FROM (
        SELECT grouped.*, groups.before + sum(counted) OVER (PARTITION BY grp ORDER BY sold_on, id) AS upto
        FROM grouped JOIN groups USING (grp) WHERE groups.ordered
    )
) AS line
JOIN tiers ON tiers.rule = line.rule
    AND least(line.before, line.after) + CASE WHEN line.counted = 0 THEN 0 ELSE 1 END > tiers.low
    AND least(line.before, line.after) + CASE WHEN line.counted = 0 THEN 0 ELSE 1 END <= tiers.high
"""
STRADDLERS = """
SELECT contract_id, product_id, format, masterchannel, country, currency, source, id, grp, rule, units, list_price, value, before, after
FROM ordered WHERE straddles
"""

_BASIS = "CASE basis WHEN 'LIST' THEN units * list_price WHEN 'NET' THEN value ELSE units END AS basis_sum"
_PART = "contract_id, product_id, format, masterchannel, country, currency, source, id, grp, rule, units, counted, list_price"
_PARTS = f"""
SELECT {_PART}, {_BASIS}, value, 0::BIGINT AS tier, rate FROM grouped SEMI JOIN (SELECT grp FROM groups WHERE NOT ordered) USING (grp)
UNION ALL
SELECT {_PART}, {_BASIS}, value, tier, tier_rate AS rate FROM ordered WHERE NOT straddles
UNION ALL
SELECT {_PART}, basis_sum, value, tier, rate FROM split_parts
"""  # noqa: S608 - our own column names
SUMMED = f"""
SELECT part.contract_id, product_id, format, coalesce(masterchannel, '') AS channel, coalesce(territories.name, 'ALL') AS territory,
    rules.basis, rules.keep, part.rate, CASE WHEN rules.basis = 'LIST' THEN list_price END AS price, currency,
    part.rule, source,
    sum(greatest(units, 0))::BIGINT, sum(greatest(-units, 0))::BIGINT, sum(counted)::BIGINT, sum(basis_sum)::BIGINT,
    coalesce(sum(value), 0)::BIGINT, max(tier), count(*), sum(md5_number_lower(id))::HUGEINT
FROM ({_PARTS}) AS part JOIN rules ON rules.rule = part.rule LEFT JOIN territories ON territories.country = part.country
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""  # noqa: S608 - our own column names
TIER_SUMS = """
SELECT grp, tier, sum(counted)::BIGINT FROM (
    SELECT grp, tier, counted FROM ordered WHERE NOT straddles UNION ALL SELECT grp, tier, counted FROM split_parts
    UNION ALL SELECT grp, 0, after - before FROM groups WHERE NOT ordered
) GROUP BY grp, tier
"""
GROUP_RULES = "SELECT DISTINCT grp, rule FROM grouped"


def quoted(path: Path) -> str:
    """A path inside an SQL string."""
    return str(path).replace("'", "''")
