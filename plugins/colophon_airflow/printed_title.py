"""`production.yaml` of a local installation: how one title of the sandbox is printed."""

PRINTED = f"""approved_from: 2026-05-01
specifications:
  9781999000387:
    {{process: offset, trim: 198x129 mm, extent: 320, paper: Munken 80 g, colours: 1/1, binding: PUR, finish: matt,
     packing: cartons of 20, price: "2140.00", currency: GBP, printer: Kestrel Print,
     file: {{url: "https://files.larkspur-vale.example/9781999000387.pdf", sha256: "{"0" * 64}", bytes: 1048576, file_name: 9781999000387_text.pdf}}}}
"""
"""How one title of the sandbox is printed."""
