"""Running the service: settings, the queue in front of the engine, what operators see, start and stop.

`main` reads `settings` and calls `serving.serve`, which opens the engine, makes the server of `server`,
waits until `readiness` says that it may answer, and until a signal says that it shall not. What waits for
the engine waits in `work_queue`; what is too much is turned away by `overload`. `observation` tells
`metrics`, `call_log` and `traces` of each call.
"""
