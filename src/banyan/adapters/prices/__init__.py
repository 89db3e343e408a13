"""What models cost: the operator's own prices, named tables, and a price list that needs no network."""

from banyan.adapters.prices.tables import TABLES as TABLES
