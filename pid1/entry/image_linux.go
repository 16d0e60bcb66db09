//go:build linux && (amd64 || arm64)

package entry

import "unsafe"

// A Segment is a part of this program's memory.
type Segment struct{ Start, End uintptr }

// Image returns the parts that are mapped from the program's file and never
// written: code and constants. The kernel can read them again at any time. It
// returns nothing where the entry point was not ours: then we do not know.
func Image() (segments []Segment) {
	if ran == 0 {
		return nil
	}
	// Behind the arguments lie the environment, and the auxiliary vector of
	// getauxval(3); each ends with a zero.
	at := uintptr(unsafe.Pointer(stack)) + (1+stack[0]+1)*word
	for peek(at) != 0 {
		at += word
	}
	var headers, count uintptr
	for at += word; peek(at) != 0; at += 2 * word {
		switch peek(at) {
		case 3: // AT_PHDR
			headers = peek(at + word)
		case 5: // AT_PHNUM
			count = peek(at + word)
		}
	}
	if headers == 0 {
		return nil
	}
	// The program headers of elf(5).
	type header struct {
		kind, flags                                            uint32
		offset, address, physical, inFile, inMemory, alignment uint64
	}
	const load, writable = 1, 2
	for _, h := range unsafe.Slice((*header)(pointer(headers)), count) {
		if h.kind == load && h.flags&writable == 0 {
			segments = append(segments, Segment{uintptr(h.address), uintptr(h.address + h.inMemory)})
		}
	}
	return segments
}

const word = unsafe.Sizeof(uintptr(0))

func peek(address uintptr) uintptr { return *(*uintptr)(pointer(address)) }

// pointer is for addresses that the kernel has chosen: Go moves nothing there.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }
