# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For all cases. A case starts with `. "${0%/*}/../lib/lib.sh"`. $STAGE (and $1) is the number of the boot, $CASE_DIR a
# directory that survives reboots. The programs of test/cases/prog are in PATH.

# say TEXT: reports progress to the host immediately, so that the text arrives even if the machine crashes later.
say()
{
	echo "$*"
	if [ -n "${CASE_PORT:-}" ]; then
		echo "> ${CASE:-}: $*" >"$CASE_PORT"
	fi
}

fail()
{
	echo "FAILED: $*"
	exit 1
}

# These two end any stage except the last one.
next_by_kexec()
{
	exit 10
}

next_by_reboot()
{
	exit 11
}

# Call this before the case itself reboots the machine. Otherwise the agent treats a boot in the middle of a stage as a
# failure.
leaving()
{
	echo leaving >"/var/lib/pram-test/status/$CASE"
	sync
}

# check TEXT CMD...: runs CMD. If CMD fails, the case fails with TEXT.
check()
{
	local text=$1
	shift
	"$@" || fail "$text: $*"
}

# equal WHAT GOT WANTED: the case fails unless GOT and WANTED are the same string.
equal()
{
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# Sets up fault injection. Turns off its reports, because the harness treats them as kernel complaints.
need_faults()
{
	local attr
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	for attr in failslab fail_page_alloc; do
		[ -d /sys/kernel/debug/$attr ] || fail "this kernel has no $attr"
		echo N >/sys/kernel/debug/$attr/ignore-gfp-wait
		echo 0 >/sys/kernel/debug/$attr/verbose
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

# keep NAME VALUE stores a value. kept NAME prints it, in the same stage or in a later one.
keep()
{
	echo "$2" >"$CASE_DIR/$1"
}

kept()
{
	cat "$CASE_DIR/$1"
}

digest()
{
	sha256sum "$@" | cut -d' ' -f1
}

pram_pfn()
{
	cat /sys/kernel/pram 2>/dev/null || echo 0
}

# Drops the caches and prints the free memory in KiB. MemFree does not include the pages in the per-CPU lists (tens of
# MiB), so they are added.
memfree()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	sleep 0.2
	awk '/^MemFree:/ { kib = $2 } $1 == "count:" { kib += 4 * $2 } END { print kib }' \
		/proc/meminfo /proc/zoneinfo
}

# Waits until memfree changes by at most 256 KiB per second, then prints it. If it never settles, this prints nothing
# on stdout, and the comparison in the caller fails because the value is not a number.
memfree_settled()
{
	local last now i
	last=$(memfree)
	for ((i = 0; i < 20; i++)); do
		sleep 1
		now=$(memfree)
		if [ $((now > last ? now - last : last - now)) -le 256 ]; then
			echo "$now"
			return
		fi
		last=$now
	done
	echo "FAILED: free memory does not settle: $now KiB" >&2
	return 1
}

# near WHAT A B TOLERANCE: the case fails unless the numbers A and B differ by at most TOLERANCE.
near()
{
	local d
	[[ $2 =~ ^-?[0-9]+$ && $3 =~ ^-?[0-9]+$ ]] || fail "$1: '$2' and '$3' are not both numbers"
	d=$(($2 - $3))
	[ "${d#-}" -le "$4" ] || fail "$1: $2 and $3 differ by $d, the limit is $4"
}

# alive PID: succeeds if the process exists and has not ended. A process that has ended exists until its parent, often
# PID 1, has fetched its exit status.
alive()
{
	grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null
}

# wait_for SECONDS CMD...: repeats CMD until it succeeds. Returns 1 if it did not succeed within SECONDS.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

journal_shows()
{
	journalctl --sync
	shown=$(journalctl -q -b -o cat "${@:2}")
	[[ $shown == *"$1"* ]]
}

# journal_says TEXT MATCH...: checks that the journal's lines that match contain TEXT. It tries again, because readers skip
# a journal file while journald extends it.
journal_says()
{
	wait_for 20 journal_shows "$@" || fail "the journal does not say '$1': $shown"
}

# Prints the command line for the next kernel: that of the running kernel with a new pram=.
next_cmdline()
{
	local word line=
	# shellcheck disable=SC2013
	for word in $(cat /proc/cmdline); do
		case $word in
		pram=*) ;;
		*) line="$line$word " ;;
		esac
	done
	echo "${line}pram=$(pram_pfn)"
}

# kexec_load KERNEL [WORDS]: loads KERNEL with kexec_file_load(). WORDS are appended to the command line.
kexec_load()
{
	[ -r "$1" ] || fail "no kernel $1"
	kexec -s -l "$1" --command-line="$(next_cmdline)${2:+ $2}"
}

# exits STATUS CMD...: the case fails unless CMD exits with STATUS. The output of CMD is in $out.
exits()
{
	local want=$1 status=0
	shift
	out=$("$@" 2>&1) || status=$?
	[ "$status" -eq "$want" ] || fail "$*: exit status $status, expected $want: $out"
}

# exited STATUS PID: waits for a background process, which has to exit with STATUS.
exited()
{
	local status=0
	wait "$2" || status=$?
	[ "$status" -eq "$1" ] || fail "the background process $2: exit status $status, expected $1"
}

# says TEXT: the case fails unless $out contains TEXT.
says()
{
	case $out in
	*"$1"*) ;;
	*) fail "'$1' is not in: $out" ;;
	esac
}

# Stops khugepaged and ksmd, so that nothing but the case changes the pages of a process.
stop_memory_daemons()
{
	# khugepaged still looks at the next process once, so it must not fill holes then.
	echo 0 >/sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none
	echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	echo 0 >/sys/kernel/mm/ksm/run
}
