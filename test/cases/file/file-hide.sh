#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared memory that is hidden from who dumps it, and from nobody else; and that is loaded into what a
# restore has mapped already.
# group: file
# long: debug
# boot: bare
# memory: 2G

. "${0%/*}/../lib/lib.sh"

before=$(filetest info)
group=/sys/fs/cgroup/pram-hide
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group
filehide "$CASE_DIR" $group || fail "see above"
rmdir $group
equal "left over" "$(filetest info)" "$before"
