package pid1

import "github.com/zombiectl/zombiectl/pid1/entry"

const license = `zombiectl is licensed under the Apache License, Version 2.0. You may obtain a
copy of the License at

    https://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed
under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR
CONDITIONS OF ANY KIND, either express or implied. See the License for the
specific language governing permissions and limitations under the License.
`

const helpText = `Be PID 1: run a program, forward signals to it, and reap orphans

Usage:
  zombiectl init [options] [--] PROGRAM [ARGUMENTS]

It runs PROGRAM in a process group of its own, in the foreground of the terminal.
It forwards every signal that can be caught, and reaps every orphan that it adopts.
When PROGRAM exits, it exits with the same code: 128 plus the number of the signal
that killed PROGRAM, 127 if it was not found, 126 if it could not be executed. The
options end at the first argument that is not one.

As tini, tini-static, docker-init, podman-init or init (a link with that name) it
replaces tini 0.19.

The same as in tini:
  -s              be a subreaper where this is not PID 1 (TINI_SUBREAPER)
  -p SIGNAL       get SIGNAL when the parent exits
  -g              send signals to the program's process group (TINI_KILL_PROCESS_GROUP)
  -e CODE         exit with 0 if the program exits with CODE; repeatable
  -w              print a warning for each orphan that was reaped
  -v              print more; up to three times (TINI_VERBOSITY=0 to 4; 1 is the default)
  -l              print the license
  -h, --help      print this help
  --version       print the version

Not in tini:
  --rewrite FROM:TO        forward signal FROM as TO; if TO is 0, drop it; repeatable
  --setsid                 give the program a session of its own: signals go to its
                           process group, a stop from the terminal stops all of the
                           group, and the group gets SIGTERM when the program exits
  --kill-remaining[=GRACE] when the program exits, send SIGTERM to the processes that
                           remain, and SIGKILL after GRACE (5s)
  --report[=text|json]     at the end, print on standard error what was reaped
  --report-on SIGNAL       print it when SIGNAL comes; SIGNAL is not forwarded
`

// gap is what FullHelp adds in a program that was linked without our entry point.
const gap = `
This program was built without -ldflags=-E=zombiectl_entry, so PROGRAM does not
inherit all ignored and blocked signals of this process. Of the ignored signals it
inherits only SIGHUP, SIGINT, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, 32 and 34. Of the
blocked ones it does not inherit SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT,
SIGBUS, SIGFPE, SIGSEGV, SIGTERM, SIGSTKFLT, SIGCHLD, SIGURG, SIGPROF, SIGSYS, 32,
33 or 34. A signal within the first milliseconds may kill this init.
`

// FullHelp is what zombiectl init --help prints, and what this very program lacks.
func FullHelp() string {
	if entry.Complete() {
		return helpText
	}
	return helpText + gap
}
