"""The launch engine: how ready a title is, what holds it, who owns that, and whether it comes out in time. Pure, and nobody else answers.

done        what of a title's to-dos is done, and what puts a launch off
path        the way to publication: what is open, when it ends, how many days are to spare
status      one thing that a launch waits for: its light, reason, owner and source
title       readiness of a title by format and area
campaigns   how far a format's campaign may go
view        readiness as it is kept and shown, with its history
"""
