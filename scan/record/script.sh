# zombiectl capture --script: reads /proc with nothing but the shell.
#
# It starts no process, so that it works where fork gives EAGAIN: builtins and
# redirections only, no pipe, no $( ), no ( ), no &. It writes nothing anywhere
# and reads no arguments, environment or memory of any process. What it prints
# is for "zombiectl scan --from -".
#
# Every section begins with a word that was drawn at random, so no process can
# make one up, whatever it is called:
#
#   WORD PATH            a file, up to the next section; the last one counts
#   WORD ! PATH REASON   it could not be read: an errno, or in words
#   WORD 0 PATH          a directory with nothing in it that is wanted
#   WORD - PATH          forget it
#   WORD .               the end

LC_ALL=C
unset IFS
# What is no builtin here has to fail, and not to fork.
# shellcheck disable=SC2123
PATH=/nonexistent
if [ -w /dev/null ]; then exec 2>/dev/null; else exec 2>&-; fi
nl='
'
printf '' || {
	echo 'zombiectl-script/1 ! this shell has no printf of its own'
	exit 3
}

# What is printed goes below this: nothing at the first look.
to=''

# get FILE: sets c to what is in it; fails when that is nothing.
# upto FILE RULE KEY: the same, but nothing after the first line that begins with
# KEY behind one that begins with RULE.
#
# Line by line, bash seeks back after each, and the kernel then makes the whole
# file anew: the lines would be of different moments. So bash reads it at once.
c=''
# shellcheck disable=SC3045 # only bash has it
[ -z "$BASH_VERSION" ] || IFS='' read -r -d '' c </proc/self/stat
if [ -n "$c" ]; then
	get() {
		c=''
		# shellcheck disable=SC3045
		IFS='' read -r -d '' c <"$1"
		[ -n "$c" ]
	}
	upto() {
		get "$1" || return
		v=$c
		[ -z "$2" ] || v=${c#*"$nl$2"}
		l=${v#*"$nl$3"}
		[ "$l" = "$v" ] || c=${c%"$l"}${l%%"$nl"*}$nl
	}
else
	get() {
		c='' l=''
		while IFS='' read -r l; do c=$c$l$nl; done <"$1"
		c=$c$l
		[ -n "$c" ]
	}
	upto() {
		c='' l='' v=$2
		while IFS='' read -r l; do
			c=$c$l$nl
			case $l in
			"${v:-"$3"}"*)
				[ -n "$v" ] || break
				v=''
				;;
			esac
		done <"$1"
		[ -n "$c" ]
	}
fi

# number PATH: prints a file that holds a number. The kernel gives the whole of
# it to the first read, and only bash asks for more than one byte. So the others
# run it as a command, which they read at once, and say that there is none of
# that name: "sh: 1: 32768: not found". Only who may do anything to this shell
# anyway can put something else there.
if [ -n "$c" ]; then
	number() { get "/$1" && put "$1"; }
else
	number() {
		[ -r "/$1" ] || return
		printf '%s %s\n' "$w" "number/$1"
		# shellcheck disable=SC1090 # no program
		. "/$1"
	} 2>&1
fi

# put PATH: prints c as what is in it.
put() {
	printf '%s %s\n%s' "$w" "$to$1" "$c"
	case $c in *"$nl") ;; *) printf '\n' ;; esac
}

not() { printf '%s ! %s %s\n' "$w" "$to$1" "$2"; }

# file PATH: prints a file below /, or why it cannot be read; then it fails. A
# shell does not learn the reason: what is there and gives nothing is denied.
file() {
	if get "/$1"; then
		put "$1"
	elif [ -e "/$1" ]; then
		not "$1" EACCES
		return 1
	else
		not "$1" ENOENT
		return 1
	fi
}

# stat PID: prints its stat, and sets s to its state, q to its parent, u to its
# flags.
stat() {
	s='' q=''
	get "/proc/$1/stat" || return
	put "proc/$1/stat"
	where
}

# where: finds them in c. The name, which may hold anything, ends at the last
# parenthesis.
where() {
	# shellcheck disable=SC2086 # to be split
	set -- ${c##*)}
	s=$1 q=$2 u=$7
	case $q$u in '' | *[!0-9]*) return 1 ;; esac
}

# dead PID: a zombie, of which only some lines are needed: there may be
# thousands. The name comes first. It has at most 15 bytes, so the rule that
# follows it in sched cannot be in it, and in status it has no line to itself.
dead() {
	if upto "/proc/$1/status" '' Threads:; then put "proc/$1/status"; else file "proc/$1/status" || return; fi
	line Threads
	x=$v
	trace
	if upto "/proc/$1/sched" ---------------- se.exec_start; then put "proc/$1/sched"; else file "proc/$1/sched"; fi
	# Its cgroup is its own in the v2 hierarchy only.
	case $mounts in "pids "* | *"${nl}pids "*) ;; *) file "proc/$1/cgroup" ;; esac
	ns "$1"
	[ "$x" = 1 ] || threads "$1"
}

# line KEY: sets v to the first word of that line of c, a status file.
line() {
	v=''
	case $c in *"$nl$1:"*) ;; *) return 1 ;; esac
	v=${c#*"$nl$1:"}
	# shellcheck disable=SC2086 # to be split
	set -- ${v%%"$nl"*}
	v=$1
}

# ns PID: its PID namespace. A shell cannot read a link, but it can open what
# it leads to, and the kernel (5.14 and later) tells the inode of that.
ns() {
	if { get /proc/self/fdinfo/9; } 9<"/proc/$1/ns/pid"; then
		case $c in
		*ino:*)
			v=${c##*ino:}
			# shellcheck disable=SC2086 # to be split
			set -- "$1" ${v%%"$nl"*}
			c="pid:[$2]"
			put "proc/$1/ns/pid"
			;;
		*) not "proc/$1/ns/pid" 'a shell cannot read it on this kernel' ;;
		esac
	elif [ -d "/proc/$1" ]; then
		not "proc/$1/ns/pid" EACCES
	fi
}

# threads PID: what each waits for. One that moved meanwhile is running.
threads() {
	n=0
	for t in "/proc/$1/task/"[0-9]*; do
		n=$((n + 1))
		[ "$n" -le 4097 ] || break # zombiectl looks at 4096, and says that there are more
		t=${t#/}
		s=''
		if file "$t/stat"; then where; fi
		case $s in '' | Z | X) continue ;; esac
		x=''
		get "/$t/syscall" && x=$c
		file "$t/wchan"
		file "$t/status"
		if [ -z "$x" ]; then
			file "$t/syscall"
		elif get "/$t/syscall" && [ "$x" = "$c" ]; then
			put "$t/syscall"
		else
			c=running
			put "$t/syscall"
			not "$t/wchan" EAGAIN
		fi
		if get "/$t/children" || [ -e "/$t/children" ]; then put "$t/children"; fi
	done
}

# fds PID: pidfds and signalfds; of others nothing is printed.
fds() {
	n=0 x=''
	for f in "/proc/$1/fdinfo/"[0-9]*; do
		n=$((n + 1))
		if [ "$n" -gt 1024 ]; then
			not "proc/$1/fdinfo" 'more than 1024 descriptors'
			return
		fi
		get "$f" || continue
		case $c in *"${nl}Pid:"* | *"${nl}sigmask:"*) put "${f#/}" && x=1 ;; esac
	done
	if [ -n "$x" ]; then
		:
	elif [ -r "/proc/$1/fdinfo" ] && [ -x "/proc/$1/fdinfo" ]; then
		printf '%s 0 %s\n' "$w" "proc/$1/fdinfo"
	elif [ -d "/proc/$1" ]; then
		not "proc/$1/fdinfo" EACCES
	fi
}

# far PID: an ancestor. near PID: a parent of zombies, a tracer, PID 1.
far() {
	file "proc/$1/status" || return
	ns "$1"
	file "proc/$1/cgroup"
	file "proc/$1/wchan"
}
near() {
	far "$1" || return
	file "proc/$1/sched"
	file "proc/$1/limits"
	threads "$1"
	fds "$1"
	get "/proc/$1/cgroup" && cgroups
}

# cgroups: the limits of the cgroups in c, a cgroup file, up to the mounts.
cgroups() {
	g=$c
	while [ -n "$g" ]; do
		l=${g%%"$nl"*}
		g=${g#*"$nl"}
		l=${l#*:}
		name=${l#*:} l=,${l%%:*},
		case $name in *..* | '') continue ;; esac
		m=$mounts
		while [ -n "$m" ]; do
			# shellcheck disable=SC2086 # to be split
			set -- ${m%%"$nl"*}
			m=${m#*"$nl"}
			case $l in ,, | *",$1,"*) ;; *) continue ;; esac
			case $l$1 in ,,cgroup2 | ,*,pids | ,*,memory | ,*,freezer) ;; *) continue ;; esac
			case $3 in
			/) d=$2${name%/} ;;
			*)
				case $name/ in "$3"/*) ;; *) continue ;; esac
				d=$2${name#"$3"}
				;;
			esac
			climb "$2"
		done
	done
}

# climb POINT: reads what cgroups say of limits, from d up to there.
climb() {
	while :; do
		case $seen in *"$nl$d$nl"*) return ;; esac
		seen=$seen$d$nl
		for f in pids.max pids.current pids.events pids.events.local memory.events memory.oom_control \
			freezer.state freezer.self_freezing cgroup.events cgroup.freeze; do
			[ ! -e "$d/$f" ] || file "${d#/}/$f"
		done
		case $d in "$1" | '' | /) return ;; esac
		d=${d%/*}
	done
}

# clock: the clock of the CPU that we are on: exec_start of ourselves, who are
# running, and that we stayed there meanwhile.
clock() {
	i=$((i + 1))
	get /proc/self/sched && put "clock/$i/sched"
	get /proc/self/stat && put "clock/$i/stat"
	get /proc/uptime && put "clock/$i/uptime"
	get /proc/self/sched && put "clock/$i/again"
}

# now: sets v to the time since boot, in hundredths of a second.
now() {
	get /proc/uptime || return
	v=${c%% *}
	v=${v%.*}${v#*.}
	v=${v#0} v=${v#0} # it would be octal
}

fail() {
	printf 'zombiectl-script/1 ! %s\n' "$1"
	exit 3
}
get /proc/self/stat || fail 'cannot read /proc/self/stat: no proc is mounted on /proc'
self=${c%% *}
get /proc/sys/kernel/random/uuid || fail 'cannot read /proc/sys/kernel/random/uuid: /proc is mounted with subset=pid'
w=${c%"$nl"}
printf 'zombiectl-script/1 %s\n' "$w"

# The machine, and ourselves.
for f in uptime loadavg sys/kernel/random/boot_id sys/kernel/osrelease sys/kernel/arch; do
	get "/proc/$f" && put "proc/$f"
done
number proc/sys/kernel/pid_max
number proc/sys/kernel/threads-max
c=$self
put self
{ get /proc/self/fdinfo/9 && put mount; } 9</proc/uptime
file "proc/$self/status"
file "proc/$self/cgroup"
ns "$self"
mounts=''
set -f
printf '%s %s\n' "$w" "proc/$self/mountinfo"
while IFS='' read -r l; do
	# shellcheck disable=SC2086 # to be split
	set -- $l
	case " ${l#* - }" in
	' proc '*) ;;
	' cgroup2 '*) mounts="${mounts}cgroup2 $5 $4$nl" ;;
	' cgroup '*)
		v=,${l##* },
		case $v in *,pids,*) mounts="${mounts}pids $5 $4$nl" ;; esac
		case $v in *,memory,*) mounts="${mounts}memory $5 $4$nl" ;; esac
		case $v in *,freezer,*) mounts="${mounts}freezer $5 $4$nl" ;; esac
		;;
	' overlay '*) [ "$5" = / ] || continue ;;
	*) case $5 in /etc/hosts | /etc/hostname | /etc/resolv.conf | /dev/termination-log) ;; *) continue ;; esac ;;
	esac
	printf '%s\n' "$l"
done <"/proc/$self/mountinfo"
set +f

# take PID: a process. _zh holds its state, flags and parent, _zp the parents.
take() {
	stat "$1" || return
	eval "_zh$1=\$s:\$u:\$q"
	case $c in INITS) inits="$inits $1" ;; esac
	[ "$s" = Z ] && eval "[ -z \"\$_zp$q\" ]" || return 0
	eval "_zp$q=1"
	parents="$parents $q"
}

# Every process. inits: what is called as an init is.
parents='' inits=''
set -- /proc/[0-9]*
for d; do
	p=${d#/proc/}
	case $p in *[!0-9]*) continue ;; esac
	take "$p" || [ ! -d "$d" ] || not "proc/$p/stat" EACCES
done
# A parent that is not there has been born since, or has ended, and then its
# children have another one.
for d; do
	p=${d#/proc/}
	case $p in *[!0-9]*) continue ;; esac
	for _ in 1 2 3 4 5; do
		eval "q=\$_zh$p"
		q=${q##*:}
		case $q in '' | 0) break ;; esac
		eval "[ -z \"\$_zh$q\" ]" || break
		x=$q
		if take "$x"; then
			p=$x
		elif take "$p"; then
			[ "$q" != "$x" ] || break # it is hidden
		else
			printf '%s - %s\n' "$w" "proc/$p/stat"
			eval "_zh$p=''"
			break
		fi
	done
done

# trace: who traces the process whose status is in c. It may be a thread.
trace() {
	line TracerPid && [ "$v" -gt 0 ] || return
	get "/proc/$v/status" && line Tgid && tracers="$tracers $v"
}

# More of those that matter: zombies; PID 1, the parents, tracers, and what is
# ending; ancestors, and children that have not called execve.
i=0 seen=$nl tracers='' ending='' forked=''
clock
for d; do
	p=${d#/proc/}
	case $p in *[!0-9]*) continue ;; esac
	eval "s=\$_zh$p"
	case $s in
	Z:*) ;;
	'') continue ;;
	*)
		u=${s#*:} q=${s##*:}
		u=${u%:*}
		# PF_EXITING, PF_FORKNOEXEC
		[ "$((u & 4))" = 0 ] || ending="$ending $p"
		[ "$((u & 64))" = 0 ] || {
			eval "x=\$_zp$q"
			# as many of one parent as zombiectl looks at
			[ -z "$x" ] || [ "$x" = 17 ] || {
				eval "_zp$q=$((x + 1))"
				forked="$forked $p"
			}
		}
		continue
		;;
	esac
	dead "$p"
done
for p in $parents; do
	get "/proc/$p/status" && trace
done
# shellcheck disable=SC2034 # read by eval
_zk0=1
for p in 1 $parents $tracers $ending; do
	eval "[ -z \"\$_zk$p\" ]" || continue
	eval "_zk$p=1"
	near "$p"
done
for p in $parents; do
	while get "/proc/$p/stat" && where; do
		p=$q
		eval "[ -z \"\$_zk$p\" ]" || break
		eval "_zk$p=1"
		far "$p"
	done
done
# An init below a PID 1 that has zombies was meant to be in its place.
# shellcheck disable=SC2154 # set by eval
[ -n "$_zp1" ] || inits=''
for p in $forked $inits; do
	eval "[ -z \"\$_zk$p\" ]" || continue
	far "$p"
done

# The clocks have to be later than what they are held against.
clock
printf '%s %s\n' "$w" proc/stat
while IFS='' read -r l; do
	case $l in cpu* | btime*) printf '%s\n' "$l" ;; esac
done </proc/stat

# A second look, a tenth of a second later. A shell cannot sleep without a
# process for it, so it looks at the clock until then.
again() {
	get "/proc/$1/stat" || {
		[ -d "/proc/$1" ] || not "proc/$1/stat" ENOENT
		return
	}
	put "proc/$1/stat"
	where
	[ "$s" != Z ] || return
	file "proc/$1/status" || return
	x=''
	# What may have been of a moment only: D, t, SIGCHLD blocked and pending.
	case $s in D | t) x=1 ;; esac
	line SigBlk && [ "$v" != 0000000000000000 ] && line ShdPnd && [ "$v" != 0000000000000000 ] && x=1
	file "proc/$1/wchan"
	[ -z "$x" ] || threads "$1"
}
if [ -n "$parents$ending" ] && now; then
	x=$((v + 10))
	while now && [ "$v" -le "$x" ]; do :; done
	get /proc/uptime && put again/uptime
	clock
	to=again/
	for d; do
		p=${d#/proc/}
		case $p in *[!0-9]*) continue ;; esac
		eval "s=\$_zh$p"
		case $s in Z:*) again "$p" ;; esac
	done
	for p in $parents $ending; do
		[ "$p" = 0 ] || again "$p"
	done
fi
printf '%s .\n' "$w"
