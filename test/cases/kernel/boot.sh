#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests the harness itself: the VM boots, starts another kernel by kexec, and keeps its root disk.
# group: basic
# boot: bare
# timeout: 60

. "${0%/*}/../lib/lib.sh"

case $STAGE in
1)
	grep -q ' / ext4 rw' /proc/mounts || fail "the root is not writable ext4"
	equal "control groups" "$(stat -fc %T /sys/fs/cgroup)" cgroup2fs
	keep release "$(uname -r)"
	next_by_kexec
	;;
2)
	case $(kept release) in
	*-debug) ;;
	*) [ "$(uname -r)" != "$(kept release)" ] || fail "the kernel is the same after the kexec" ;;
	esac
	grep -q ' pram=' /proc/cmdline || fail "the command line is not the one that was passed to kexec"
	;;
esac
