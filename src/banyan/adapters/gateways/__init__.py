"""Ways from the assistant to a proxy that runs elsewhere."""
