"""What the person who approves a royalty run is shown in Airflow: what is held, which identities hold, where the amounts are; none itself."""

SHOWN = """
{% set run = ti.xcom_pull(task_ids='balance') %}
**Period {{ run.period }}**, policy {{ run.policy.values() | join(', ') }}

{{ '✅' if run.standing[0] == 'good' else '🟠' if run.standing[0] == 'open' else '🔴' }} **{{ run.standing[1] }}**

Amounts, who is held and why, charts, differences and suspense: **[the report on the desk]({{ run.desk }})** (also `{{ run.page }}`)

Against Consonance's own run: {% if run.differences is none %}it gave no totals for this period{% elif run.differences %}**[{{ run.differences }} products differ]({{ run.desk }})**{% else %}no product differs{% endif %}. Warnings: {{ run.warnings }}.

Who may answer: {{ run.approvers | join(', ') or 'whoever may edit the DAG' }}{{ '; it takes two persons, for more is paid than one may approve' if run.second }}. After {{ '{:g}'.format(run.hours) }} hours without an answer the run fails, and nothing was approved.

| Not paid | |
|---|--:|
{% for name, count in run.waiting.items() %}| {{ name }} | {{ '{:,}'.format(count) }} |
{% endfor %}{% for rule, count in run.held.items() %}| … held by {{ rule }} | {{ '{:,}'.format(count) }} |
{% endfor %}
| Control total | |
|---|---|
{% for number, text in run.says.items() if run.identities.get(number) == false %}| {{ number }} {{ text }} | 🔴 **BROKEN** |
{% endfor %}{% for number, text in run.says.items() if number in run.open %}| {{ number }} {{ text }} | 🟠 {{ run.open[number] }} |
{% endfor %}{% for number, text in run.says.items() if run.identities.get(number, true) and number not in run.open %}| {{ number }} {{ text }} | holds |
{% endfor %}
| Count | |
|---|--:|
{% for name, count in run.counts.items() %}| {{ name }} | {{ '{:,}'.format(count) }} |
{% endfor %}
"""
