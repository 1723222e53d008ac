"""Reminding those whose opt-in is pending (M5), by e-mail with the flyer or by SMS.

`choosing` says whom a run would remind and why not the others, `starting` writes the run and all its reminders,
`working` sends them.
"""
