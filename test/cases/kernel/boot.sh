#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The VM boots, jumps by kexec into another kernel, and keeps its root disk: the harness itself.
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
	*) [ "$(uname -r)" != "$(kept release)" ] || fail "no other kernel came up" ;;
	esac
	grep -qw nokaslr /proc/cmdline || fail "not the command line that was passed"
	;;
esac
