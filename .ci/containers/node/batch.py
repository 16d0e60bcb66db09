# It waits for its loads only after a while, and is frozen before.
import os, signal, sys, time

loads = [os.posix_spawn("/app/load", ["load"], os.environ) for _ in range(3)]
time.sleep(float(sys.argv[1]))
for pid in loads:
    os.waitpid(pid, 0)
signal.pause()
