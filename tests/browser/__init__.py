"""The app in headless Chromium: what a person does there, and that nothing leaves the machine.

A package, so that its browser is closed when its last test is done: as long as one is open, no
other event loop can run in the thread of the tests.
"""
