"""Speed beside its limits, in one run on one machine: `make bench`. Nothing in here is imported by the service."""
