# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For all cases. A case starts with `. "${0%/*}/../lib/lib.sh"`. $STAGE (and $1) is the number of the boot, $CASE_DIR a
# directory that survives reboots. The programs of test/cases/prog are in PATH.

# say TEXT: reports progress to the host at once, so that it is seen even if the machine dies.
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

# skip TEXT: only for what the kernel variant cannot do by design. A program or a kernel option that is missing
# is a failure.
skip()
{
	echo "skipped: $*"
	exit 77
}

# These two end a stage that is not the last.
next_by_kexec()
{
	exit 10
}

next_by_reboot()
{
	exit 11
}

# Call this before the case takes the machine down itself. Otherwise a boot in the middle of a stage is a failure.
leaving()
{
	echo leaving >"/var/lib/pram-test/status/$CASE"
	sync
}

# check TEXT CMD...: runs CMD; the case fails with TEXT if CMD does.
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

# Sets up fault injection and silences its reports: what fails on purpose is no complaint.
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

# keep NAME VALUE, kept NAME: stores a value, and prints it, also in a later stage.
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

# Free memory in KiB, once caches are dropped. MemFree does not count pages in the CPUs' lists (tens of MiB), so they are
# added.
memfree()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/compact_memory
	sleep 0.2
	awk '/^MemFree:/ { kib = $2 } $1 == "count:" { kib += 4 * $2 } END { print kib }' \
		/proc/meminfo /proc/zoneinfo
}

# The same, once it changes by less than 256 KiB in a second. Prints nothing if it never does, which is no number
# and so fails the comparison that it was meant for.
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

# near WHAT A B TOLERANCE: the numbers A and B differ by no more than TOLERANCE.
near()
{
	local d
	[[ $2 =~ ^-?[0-9]+$ && $3 =~ ^-?[0-9]+$ ]] || fail "$1: no numbers: '$2' and '$3'"
	d=$(($2 - $3))
	[ "${d#-}" -le "$4" ] || fail "$1: $2 and $3 differ by $d, allowed are $4"
}

# wait_for SECONDS CMD...: until CMD succeeds; its status says whether it did.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# The command line for the next kernel: that of the running one with a new pram=.
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

# kexec_load KERNEL [WORDS]: loads it by kexec_file_load(), WORDS are added to the command line.
kexec_load()
{
	[ -r "$1" ] || fail "no kernel $1"
	kexec -s -l "$1" --command-line="$(next_cmdline)${2:+ $2}"
}

# exits STATUS CMD...: CMD ends with STATUS; its output is in $out.
exits()
{
	local want=$1 status=0
	shift
	out=$("$@" 2>&1) || status=$?
	[ "$status" -eq "$want" ] || fail "$*: status $status, not $want: $out"
}

# says TEXT: $out contains it.
says()
{
	case $out in
	*"$1"*) ;;
	*) fail "'$1' is not in: $out" ;;
	esac
}

# Stops khugepaged and ksmd, so that only the case changes a process's pages.
memory_rests()
{
	echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
	echo 0 >/sys/kernel/mm/ksm/run
}
