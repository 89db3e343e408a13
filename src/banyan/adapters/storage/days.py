"""Days of points in time, on both engines."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, String, Text, cast, func


def day_of(connection: Connection, at: ColumnElement[Any]) -> ColumnElement[str]:
    """As 2026-01-31, in UTC."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", at), "YYYY-MM-DD", type_=String)
    return func.substr(cast(at, Text), 1, 10, type_=String)
