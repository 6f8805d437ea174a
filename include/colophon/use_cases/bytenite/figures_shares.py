"""How figures of a video are shared among its titles: by weight and largest remainder, so that the parts of a row add up to the row."""

# ruff: noqa: S608 - names of columns are ours, and paths those of our own scratch folder

METRICS = ("views", "unique_viewers", "completions", "watch_seconds", "clicks", "shares")
KEY = ("day", "video_id", "channel", "country")


def shared_rows(facts: str, shares: str) -> str:
    """A query of facts shared among titles by largest remainder; of equal remainders the title with the lowest id gets the rest."""
    total = "sum(weight) OVER (PARTITION BY video_id)::BIGINT AS total, count(*) OVER (PARTITION BY video_id) AS titles"
    key, figures = ", ".join(KEY), ", ".join(METRICS)
    numbered = f"SELECT *, row_number() OVER () AS place FROM {facts}"
    of_one = f"SELECT {key}, work_id, {figures} FROM {facts} LEFT JOIN weighed USING (video_id) WHERE titles IS NULL OR titles = 1"
    of_many = (
        f"SELECT {', '.join(f'any_value(f.{name}) AS {name}' for name in KEY)}, ours.work_id, {', '.join(map(_part, METRICS))} FROM ({numbered}) f"
        " JOIN weighed ours USING (video_id) JOIN weighed other USING (video_id) WHERE ours.titles > 1 GROUP BY f.place, ours.work_id"
    )
    return f"WITH weighed AS MATERIALIZED (SELECT video_id, work_id, weight, {total} FROM {shares}) {of_one} UNION ALL {of_many}"


def _part(figure: str) -> str:
    """A title's part of a figure: rounded towards 0, and one more where fewer titles come before it than there are left to give."""
    ours, theirs = (f"abs(f.{figure}) * {which}.weight % ours.total" for which in ("ours", "other"))
    before = f"count_if({theirs} > {ours} OR ({theirs} = {ours} AND other.work_id < ours.work_id))"
    is_given = f"{before} * any_value(ours.total) < sum({theirs})"  # remainders add up to `total` times what is left to give
    return (
        f"any_value(sign(f.{figure}))::BIGINT * (any_value(abs(f.{figure}) * ours.weight // ours.total) + ({is_given})::BIGINT) AS {figure}"
    )
