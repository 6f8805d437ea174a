"""What the built-in catalogue is made of: imprints, people, titles and the words that sell them. All invented."""

IMPRINTS = {
    1: ("Larkspur", "fiction"),
    2: ("Vale Street Crime", "crime"),
    3: ("Hob & Kettle", "cookery"),
    4: ("Small Owl", "children"),
    5: ("Meridian Archive", "history"),
    6: ("Paper Boat Poetry", "poetry"),
    7: ("Quillworth Academic", "academic"),
    8: ("Inkwell Graphic", "graphic"),
}

# kind: Thema, BISAC, BIC, formats, list price in pounds, pages
KINDS = {
    "fiction": ("FBA", "FIC019000", "FA", ("BB", "BC", "DG"), "16.99", 320),
    "crime": ("FF", "FIC022000", "FF", ("BC", "DG", "AJ"), "9.99", 384),
    "cookery": ("WB", "CKB000000", "WB", ("BB", "DG"), "26.00", 256),
    "children": ("YFB", "JUV000000", "YFB", ("BB", "BC"), "7.99", 96),
    "history": ("NHD", "HIS010000", "HBJD", ("BB", "BC", "DG"), "25.00", 448),
    "poetry": ("DCF", "POE000000", "DCF", ("BC",), "10.99", 80),
    "academic": ("JHM", "SOC002000", "JHM", ("BB", "DG"), "75.00", 288),
    "graphic": ("XAK", "CGN004000", "FX", ("BC", "DG"), "17.99", 160),
}

FIRST = (
    "Agnes Bettina Callum Delphine Edwin Fenella Gwilym Harriet Idris Jocasta Kofi Leonie Marek Nerys Olufemi Perpetua "
    "Quentin Rosalind Siobhán Tadeusz Ursula Viggo Wren Ximena Yusuf Zuzanna Anaïs Björn Chiara Dmitri"
).split()
LAST = (
    "Ashdown Birkett Carraway Dunmore Ellershaw Fairweather Galbraith Holloway Ibbotson Jessamine Kingsnorth Lovelace "
    "Mountjoy Nightingale Okonjo Penhaligon Quayle Ravensworth Sørensen Thistlewood Underhill Vasquez Whitcombe Yarrow "
    "Zielińska Abara Blackwood Crane Drummond Evergreen"
).split()

TITLES = {
    "fiction": (
        "The {noun} at {place}|A Season of {noun_plural}|What the {noun} Knew|{place} in Winter|The Last {noun}|Our {noun_plural}|"
        "Every Other {noun}|The Year of the {noun}"
    ),
    "crime": "Death at {place}|The {noun} Murders|A Body in {place}|Cold {noun}|The {place} Confession|No {noun_plural} for the Dead",
    "cookery": "The {noun} Table|Suppers from {place}|Bread and {noun_plural}|The {place} Kitchen|Slow {noun_plural}",
    "children": "Hello, Little {noun}!|The {noun} Who Would Not Sleep|Ten Tiny {noun_plural}|{place} Goes to Sea|Where Is My {noun}?",
    "history": "{place}: A History|The {noun} and the Crown|Empires of {noun_plural}|The Road to {place}|A People's {place}",
    "poetry": "{noun_plural}|Letters to {place}|The {noun} Sonnets|Small {noun_plural}",
    "academic": "{noun_plural} and Society|Towards a Theory of the {noun}|Kinship in {place}|Measuring {noun_plural}",
    "graphic": "{noun} City|The Iron {noun}|{place} Zero|Night of {noun_plural}",
}
NOUNS = {
    "Lantern": "Lanterns",
    "Heron": "Herons",
    "Orchard": "Orchards",
    "Salt": "Salts",
    "Clockmaker": "Clockmakers",
    "Harbour": "Harbours",
    "Fox": "Foxes",
    "Letter": "Letters",
    "Lighthouse": "Lighthouses",
    "Glass": "Glasses",
    "Thistle": "Thistles",
    "River": "Rivers",
    "Owl": "Owls",
    "Bell": "Bells",
    "Garden": "Gardens",
    "Cartographer": "Cartographers",
    "Ember": "Embers",
    "Tide": "Tides",
}
PLACES = (
    "Marlow End|Saint Osyth|Kelso Bridge|Tórshavn|Hollow Hill|Pont-y-Bryn|Valparaíso|Lower Slaughter Road|Gdańsk|Whitby Sands|"
    "Nether Wallop|Cape Verity|Łódź|Ashby Moor"
).split("|")

PRAISE = (
    "A quiet triumph, told with wit and a deep kindness for its people.",
    "Readers will find themselves slowing down so as not to reach the end.",
    "Meticulous, surprising and often very funny.",
    "It asks what we owe to those who came before us, and answers with grace.",
    "Richly illustrated and drawn from archives never opened before.",
)

# Titles that try every writer, reader and escape there is.
HOSTILE = (
    "Ampersand & Sons <A Family Business>",
    'The "Quoted" Life of O\'Hara',
    "مدينة الملح",
    "雪国の手紙",
    "Straße nach Köln: Ein Märchen für Große",
    "Zoë’s naïve façade — a café story",
    "]]> and Other Endings",
    "<script>alert(1)</script>: Essays on the Web",
    "👩‍🚀 Emoji Goes to Space 🚀",
    "A" + " very" * 60 + " Long Title",
    "É́tude in Combining Marks",
    "שירים מן הגליל",
    "=SUM(A1:A9): Spreadsheets for Poets",
    "Y Ddraig a'r Dŵr",
)
