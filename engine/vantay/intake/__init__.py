"""The intake check: whether an applicant is known, new, somebody else, or a case for a person to decide.

An `Application` comes in (`application`), a `CheckResult` goes out (`result`). Between them: is the applicant
eligible (`eligibility`), are the captures good enough (`capture_gate`), who is it (the engine), what follows
from that (`decision`), and when it is due (`working_days`), all by the rules of `intake.toml` (`rules`).
`IntakeDesk` takes these steps and writes all that follows in one transaction.
"""
