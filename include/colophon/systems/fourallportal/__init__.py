"""4ALLPORTAL: product data and assets, in the customer's own modules and fields (contract fourallportal)."""
