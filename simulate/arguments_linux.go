package simulate

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"
)

// arguments is the memory that /proc/PID/cmdline shows: a process's argument strings and, behind them, its environment.
type arguments struct {
	memory []byte
	argv   int // how many bytes of it are arguments
}

// findArguments finds this process's own: fields 48 to 51 of /proc/PID/stat.
func findArguments() (arguments, error) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return arguments{}, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const argStart, fieldAfterComm = 48, 3
	var at [4]uintptr // arg_start, arg_end, env_start, env_end
	for i := range at {
		n := argStart - fieldAfterComm + i
		if n >= len(fields) {
			return arguments{}, errors.New("/proc/self/stat is too short")
		}
		v, err := strconv.ParseUint(fields[n], 10, 64)
		if err != nil {
			return arguments{}, fmt.Errorf("/proc/self/stat: %w", err)
		}
		at[i] = uintptr(v)
	}
	// os.Args[0] is that very memory, which the runtime does not copy.
	first := unsafe.StringData(os.Args[0])
	stop := at[1]
	if at[2] == at[1] && at[3] > at[1] {
		stop = at[3]
	}
	if uintptr(unsafe.Pointer(first)) != at[0] || stop <= at[0] {
		return arguments{}, errors.New("the arguments of this process are not where /proc/self/stat says")
	}
	return arguments{unsafe.Slice(first, stop-at[0]), int(at[1] - at[0])}, nil
}

// showing is what to write over the arguments to make the kernel show the text, which ends with NUL. A NUL in the last
// byte of the arguments makes it show all of them; anything else there, what stands before the first NUL, which may lie
// in the environment, as setproctitle(3) relies on (get_mm_cmdline).
func (a arguments) showing(text []byte) []byte {
	image := make([]byte, max(a.argv, len(text)))
	copy(image, text)
	if len(text) < a.argv {
		image[a.argv-1] = ' '
	}
	return image[:min(len(image), len(a.memory))]
}
