"""What ``make run`` does: own PostgreSQL and broker under ``var/``, the demo, web, workers, beat and the simulator."""
