"""Trainings and evaluations: what is asked for, how data are split, what came out."""
