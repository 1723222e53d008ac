"""A believable month of two invented businesses, told through the real verbs. Deterministic for the moment it ends at.

Read in this order: catalogue (what the business has), people (its members), journeys, bulk and stories (what asks for
messages), rules and fates (what becomes of each), chains, pen and dialects (how that is said), month (all of it in time
order), loading (into the database). No real person, number or text is in it: names are drawn from lists, numbers from
ranges that regulators keep for fiction, as far as those suffice.
"""
