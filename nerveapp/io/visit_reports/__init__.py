"""A visit's report in every form: for people and for machines."""
