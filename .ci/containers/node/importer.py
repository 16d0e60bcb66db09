# posix_spawn(3) suspends its caller, as vfork(2) does, until the child has called
# execve(2). This child comes not so far: it opens a FIFO that nobody writes to.
import os, signal

rows = [os.posix_spawn("/app/import-row", ["import-row"], os.environ) for _ in range(2)]
for pid in rows:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
os.mkfifo("/tmp/feed")
try:
    os.posix_spawn("/app/import-row", ["import-row"], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/tmp/feed", os.O_RDONLY, 0)])
except OSError:
    pass
while True:
    try:
        os.wait()
    except ChildProcessError:
        signal.pause()
