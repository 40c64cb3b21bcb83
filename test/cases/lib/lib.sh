# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the cases: a case starts with `. "${0%/*}/../lib/lib.sh"`.  It finds its stage in $STAGE (and $1), a
# directory that survives reboots in $CASE_DIR, helpers built from test/cases/prog in PATH.

# say TEXT: progress that the host sees even when the machine dies right after it.
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

skip()
{
	echo "skipped: $*"
	exit 77
}

# How a stage ends that is not the last.
next_by_kexec()
{
	exit 10
}

next_by_reboot()
{
	exit 11
}

# To be called before the case itself takes the machine down: without it, going down is a failure.
leaving()
{
	echo leaving >"/var/lib/pram-test/status/$CASE"
	sync
}

# check TEXT CMD...: runs CMD, and fails with TEXT unless it succeeds.
check()
{
	local text=$1
	shift
	"$@" || fail "$text: $*"
}

# equal WHAT GOT WANTED
equal()
{
	[ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

# Fault injection is set up, quietly; what fails is for the case to say.
need_faults()
{
	local attr
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	for attr in failslab fail_page_alloc; do
		[ -d /sys/kernel/debug/$attr ] || skip "this kernel has no $attr"
		echo N >/sys/kernel/debug/$attr/ignore-gfp-wait
		# what fails on purpose is no complaint
		echo 0 >/sys/kernel/debug/$attr/verbose
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
}

# keep NAME VALUE / kept NAME: values that a later stage compares with.
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

# Free memory in KiB, after what the kernel frees late has been freed. MemFree does not count what waits
# in the CPUs' lists (tens of MiB), so it is added.
memfree()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	sleep 0.2
	awk '/^MemFree:/ { kib = $2 } $1 == "count:" { kib += 4 * $2 } END { print kib }' \
		/proc/meminfo /proc/zoneinfo
}

# The same, once the machine has come to rest.
memfree_settled()
{
	local last now i
	last=$(memfree)
	for ((i = 0; i < 20; i++)); do
		sleep 1
		now=$(memfree)
		if [ $((now > last ? now - last : last - now)) -le 256 ]; then
			break
		fi
		last=$now
	done
	echo "$now"
}

# near WHAT A B TOLERANCE: numbers that differ by no more than TOLERANCE.
near()
{
	local d=$(($2 - $3))
	[ "${d#-}" -le "$4" ] || fail "$1: $2 and $3 differ by $d, allowed are $4"
}

# wait_for SECONDS CMD...: until CMD succeeds.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# The command line for the next kernel: the running one, PRAM's own words replaced.
next_cmdline()
{
	local word line=
	# shellcheck disable=SC2013
	for word in $(cat /proc/cmdline); do
		case $word in
		pram=* | nokaslr) ;;
		*) line="$line$word " ;;
		esac
	done
	echo "${line}nokaslr pram=$(pram_pfn)"
}

# kexec_load KERNEL [WORDS]: loads it by kexec_file_load with the next command line and WORDS.
kexec_load()
{
	[ -r "$1" ] || fail "no kernel $1"
	kexec -s -l "$1" --command-line="$(next_cmdline)${2:+ $2}"
}

# exits CODE CMD...: CMD ends with that status; what it says is in $out.
exits()
{
	local want=$1 status=0
	shift
	out=$("$@" 2>&1) || status=$?
	[ "$status" -eq "$want" ] || fail "$*: status $status, not $want: $out"
}

# says TEXT: the last command of exits has said so.
says()
{
	case $out in
	*"$1"*) ;;
	*) fail "'$1' is not in: $out" ;;
	esac
}

# Nobody but the case changes what a process's mappings hold: khugepaged and ksmd rest.
memory_rests()
{
	echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	echo 0 >/sys/kernel/mm/ksm/run
}
