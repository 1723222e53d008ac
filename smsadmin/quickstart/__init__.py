"""What ``make run`` does: an own PostgreSQL and broker under ``var/``, the demo, web, worker and beat."""
