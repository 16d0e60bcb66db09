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

const helpText = `Be PID 1: run a program, pass signals on to it, reap what is left behind

Usage:
  zombiectl init [options] [--] PROGRAM [ARGUMENTS]

Runs PROGRAM, in a process group of its own and in the foreground of the
terminal, passes on every signal that can be caught, reaps every process that is
left to it, and ends when PROGRAM has ended, with its exit code: 128 and the
number of the signal that ended it, 127 when it was not found, 126 when it may not
be executed. The first argument that is no option ends the options.

Under the name of tini, tini-static, docker-init, podman-init or init (a link) it
takes the place of tini 0.19.

The same as tini:
  -s              be a subreaper, where this is not PID 1 (TINI_SUBREAPER)
  -p SIGNAL       get SIGNAL when the parent dies
  -g              send signals to the program's process group (TINI_KILL_PROCESS_GROUP)
  -e CODE         end with 0 where the program ended with CODE; repeatable
  -w              warn of every orphan that was reaped
  -v              say more; up to three times (TINI_VERBOSITY=0 to 4, where 1 is the default)
  -l              print the license
  -h, --help      print this
  --version       print the version

More than tini:
  --rewrite FROM:TO        pass signal FROM on as TO; drop it where TO is 0; repeatable
  --setsid                 give the program a session of its own: signals go to its
                           process group, a stop from the terminal stops all of it,
                           and the group gets SIGTERM when the program has ended
  --kill-remaining[=GRACE] when the program has ended, send SIGTERM to what remains,
                           and SIGKILL after GRACE (5s)
  --report[=text|json]     say on standard error, at the end, what was reaped
  --report-on SIGNAL       say it when SIGNAL comes, and do not pass SIGNAL on
`

// gap is what FullHelp adds in a program that was linked without our entry point.
const gap = `
This program was built without -ldflags=-E=zombiectl_entry. So PROGRAM does not
inherit all that this process was given: of ignored signals SIGHUP, SIGINT, SIGCONT,
SIGTSTP, SIGTTIN, SIGTTOU, 32 and 34 only; and no blocked SIGHUP, SIGINT, SIGQUIT,
SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGTERM, SIGSTKFLT, SIGCHLD,
SIGURG, SIGPROF, SIGSYS, 32, 33 or 34. A signal that comes within the first
milliseconds may end it, as if it were no init.
`

// FullHelp is what zombiectl init --help prints, and what this very program lacks.
func FullHelp() string {
	if entry.Complete() {
		return helpText
	}
	return helpText + gap
}
