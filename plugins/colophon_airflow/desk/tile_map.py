"""The world as a map of equal tiles, one a country, drawn as SVG: small countries are as visible as large ones.

The map is for the eye: the list of countries beside it has the same names and links for keys and screen readers.
"""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from colophon_airflow.desk.territories import Place

LAYOUT = """
.. .. .. .. .. .. GL .. .. .. .. .. .. SJ .. .. .. .. .. .. .. .. .. .. .. .. ..
.. .. .. CA .. PM .. .. .. IS FO .. NO SE FI EE .. .. RU .. .. .. .. .. .. .. ..
.. .. .. US .. BM .. .. .. IE GB IM DK AX LV BY .. .. .. KZ .. MN .. .. .. .. ..
.. .. .. MX .. BS TC .. .. GG JE NL DE PL LT UA MD GE AZ UZ KG .. .. KP .. .. ..
.. .. GT BZ CU KY HT DO .. .. BE LU CZ SK HU RO .. AM TM TJ .. CN .. KR JP .. ..
.. .. SV HN JM .. PR VG .. PT ES FR CH LI AT SI RS BG .. AF NP BT .. MO TW .. ..
.. .. NI CR .. AW VI AI .. GI AD MC IT SM HR BA MK TR SY IR PK IN BD MM HK .. ..
.. .. .. PA CW BQ SX MF .. .. .. VA MT ME AL GR CY LB IQ KW .. LK .. LA VN PH ..
.. .. .. CO VE BL KN AG .. .. MA DZ TN LY EG IL PS JO SA BH .. MV .. TH KH BN ..
.. .. EC GY TT MS GP DM .. EH MR ML NE TD SD ER YE OM AE QA .. IO .. MY SG .. ..
.. .. PE SR GF BB MQ LC .. CV SN BF NG CM CF SS ET DJ .. .. .. .. CC ID TL .. ..
.. .. BO BR .. GD VC .. .. GM GN BJ GQ GA CG CD UG KE SO .. .. .. CX PG .. SB ..
.. .. CL PY UY .. .. .. .. GW SL LR CI GH TG ST RW BI TZ SC .. PW FM MH NR KI ..
.. .. AR FK .. .. .. .. .. .. .. SH AO ZM MW MZ KM YT MU .. .. GU MP UM TV TK WF
.. .. .. GS .. .. .. .. .. .. .. .. NA ZW BW .. MG RE .. .. .. AU NC VU FJ WS AS
.. .. .. BV .. .. .. .. .. .. .. .. .. ZA SZ LS .. TF .. .. HM NF NZ TO NU CK PF
.. .. .. AQ .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. PN
"""
_TILE, _GAP = 26, 2


def drawn(places: Sequence[Place], address: str, chosen: str) -> Markup:
    """All countries; one that the layout does not know, such as a state that is no more, stands in a row below.

    :param address: where a country's tile leads; its code is put at the end. :param chosen: the country that is marked.
    """
    rows = [line.split() for line in LAYOUT.split("\n") if line]
    laid = {code for row in rows for code in row}
    rows.append([])
    rows.append([place.code for place in places if place.code not in laid])
    by_code = {place.code: place for place in places}
    tiles = [
        _tile(by_code[code], x, y, address, is_chosen=code == chosen)
        for y, row in enumerate(rows)
        for x, code in enumerate(row)
        if code in by_code
    ]
    width, height = max(map(len, rows)) * _TILE, len(rows) * _TILE
    return Markup('<svg class="world" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(width, height, Markup("").join(tiles))


def _tile(place: Place, x: int, y: int, address: str, *, is_chosen: bool) -> Markup:
    left, top, side = x * _TILE, y * _TILE, _TILE - _GAP
    looks = " ".join(_looks(place, is_chosen=is_chosen))
    told = f"{place.name}: {'open' if place.is_open else 'closed'}"
    return Markup(
        '<a href="{}{}" tabindex="-1" class="{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="3"/>'
        '<text x="{}" y="{}">{}</text></a>'
    ).format(escape(address), place.code, looks, told, left, top, side, side, left + side / 2, top + side / 2 + 4, place.code)


def _looks(place: Place, *, is_chosen: bool) -> Iterator[str]:
    yield "is-open" if place.is_open else "is-shut"
    if is_chosen:
        yield "is-chosen"
