#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Flags of mappings that CRIU 4 loses (MADV_WIPEONFORK, MAP_DROPPABLE, MLOCK_ONFAULT, mseal) and settings of the whole
# address space are kept, also for mappings that are left to CRIU: in the same kernel and over a kexec. A dump that would
# lose others is refused.
# group: plugin-flags
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/criulib.sh"

# dumps WHAT, restores WHAT: with images that last over a kexec
dumps()
{
	images=$CASE_DIR/img-$1
	pid=$(kept "pid-$1")
	dump -v4 || fail "$1: dump: $(why dump)"
	ended "$pid"
}

restores()
{
	images=$CASE_DIR/img-$1
	restore -v4 || fail "$1: restore: $(why restore)"
	goes_on "$CASE_DIR/$1"
}

# refused WHAT TEXT: a dump fails with TEXT, and the program runs on.
refused()
{
	starts "/tmp/$1" memflags "/tmp/$1" "$1"
	images=/tmp/img-$1
	dump -v4 && fail "$1: was dumped"
	out=$(why dump)
	says "$2"
	goes_on "/tmp/$1"
	no_nodes
	kill -9 "$pid"
}

case $STAGE in
1)
	# PIDs that nothing has in the next kernel when they are restored
	echo 20000 >/proc/sys/kernel/ns_last_pid
	for what in maps mm; do
		starts "$CASE_DIR/$what" memflags "$CASE_DIR/$what" $what
		keep "pid-$what" "$pid"
		dumps $what
		restores $what
	done
	no_nodes

	refused uffd "registered with userfaultfd"
	kill -9 "$(pgrep -x uffd-holder)"
	# everyday, next and debug have no protection keys; kasan and cloud have.
	if grep -qw ospke /proc/cpuinfo; then
		refused pkey "has a protection key"
	fi

	for what in maps mm; do
		dumps $what
	done
	next_by_kexec
	;;
2)
	for what in maps mm; do
		restores $what
		kill -9 "$(kept "pid-$what")"
	done
	no_nodes
	;;
esac
exit 0
