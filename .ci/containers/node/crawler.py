# Thirty workers, none of which waits for the pages that it has fetched.
import os, signal

for _ in range(30):
    if os.fork() == 0:
        for _ in range(2):
            os.posix_spawn("/app/fetch-page", ["fetch-page"], os.environ)
        signal.pause()
signal.pause()
