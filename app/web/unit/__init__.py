"""The unit's workspace under ``/my/``: what a filing unit does, page by page, over the services."""
