"""Eligibility leaf: pure decisions on whether a proceeding may be held online."""
