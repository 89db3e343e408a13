"""Runs migrations on the connection that `engine.py` hands over, within its transaction."""

from alembic import context

from banyan.adapters.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
