"""The tutor for machines: tools, resources and a prompt of the Model Context Protocol.

The SDK takes a second to import, so only those modules import it that are imported when somebody comes by this way:
`server`, `relay` and `words`. `endpoint` and `services` stay without it.
"""
