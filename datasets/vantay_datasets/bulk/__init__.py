"""Bulk files: how a population, or an enrolment database, goes from one place to another."""
