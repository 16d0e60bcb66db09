package scan

import "github.com/zombiectl/zombiectl/scan/facts"

// The names that were of this package, and are of package facts now.
type (
	Opt[T any]    = facts.Opt[T]
	Adoption      = facts.Adoption
	Again         = facts.Again
	Age           = facts.Age
	Ages          = facts.Ages
	CPUClock      = facts.CPUClock
	Cgroup        = facts.Cgroup
	CgroupPath    = facts.CgroupPath
	Container     = facts.Container
	ContainerName = facts.ContainerName
	Death         = facts.Death
	Detail        = facts.Detail
	Engine        = facts.Engine
	Exit          = facts.Exit
	FDInfo        = facts.FDInfo
	Freezer       = facts.Freezer
	Host          = facts.Host
	ID            = facts.ID
	Line          = facts.Line
	Listed        = facts.Listed
	Listing       = facts.Listing
	Node          = facts.Node
	OOM           = facts.OOM
	PID1s         = facts.PID1s
	ProcMount     = facts.ProcMount
	Process       = facts.Process
	Reaping       = facts.Reaping
	RootKind      = facts.RootKind
	Sched         = facts.Sched
	SecondLook    = facts.SecondLook
	Self          = facts.Self
	Snapshot      = facts.Snapshot
	Source        = facts.Source
	SourceKind    = facts.SourceKind
	Stat          = facts.Stat
	State         = facts.State
	Status        = facts.Status
	Syscall       = facts.Syscall
	Thread        = facts.Thread
	Tree          = facts.Tree
	Unread        = facts.Unread
	WaitCalls     = facts.WaitCalls
	Witness       = facts.Witness
	ZombieMark    = facts.ZombieMark
)

const (
	ByBrackets      = facts.ByBrackets
	ByDefunct       = facts.ByDefunct
	ByState         = facts.ByState
	CRIO            = facts.CRIO
	Containerd      = facts.Containerd
	Dead            = facts.Dead
	Docker          = facts.Docker
	InLoop          = facts.InLoop
	Kubernetes      = facts.Kubernetes
	LXC             = facts.LXC
	Lasting         = facts.Lasting
	Live            = facts.Live
	NoPID           = facts.NoPID
	NotRoot         = facts.NotRoot
	ParentUnseen    = facts.ParentUnseen
	ParentUntold    = facts.ParentUntold
	Podman          = facts.Podman
	Recorded        = facts.Recorded
	Running         = facts.Running
	SIGCHLD         = facts.SIGCHLD
	Sleeping        = facts.Sleeping
	Stopped         = facts.Stopped
	Text            = facts.Text
	TopOfNamespace  = facts.TopOfNamespace
	Traced          = facts.Traced
	Uninterruptible = facts.Uninterruptible
	UnknownEngine   = facts.UnknownEngine
	Unlimited       = facts.Unlimited
	Unmarked        = facts.Unmarked
	Zombie          = facts.Zombie
)

var (
	ContainerOf       = facts.ContainerOf
	ContainerOfFile   = facts.ContainerOfFile
	HasSignal         = facts.HasSignal
	InZap             = facts.InZap
	NewAges           = facts.NewAges
	NewPID1s          = facts.NewPID1s
	ParseCgroups      = facts.ParseCgroups
	ParseContainer    = facts.ParseContainer
	ParseMaxProcesses = facts.ParseMaxProcesses
	ParseSched        = facts.ParseSched
	ParseSignal       = facts.ParseSignal
	ParseStat         = facts.ParseStat
	ParseStatus       = facts.ParseStatus
	ParseSyscall      = facts.ParseSyscall
	SignalName        = facts.SignalName
	WaitCallsOn       = facts.WaitCallsOn
)

// Some returns a known fact.
func Some[T any](v T) Opt[T] { return facts.Some(v) }
