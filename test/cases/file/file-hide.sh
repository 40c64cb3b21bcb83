#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared memory is hidden from the process that dumps it, and from no other process. It is loaded into a mapping that
# a restore has already created.
# group: file
# long: debug
# boot: bare
# memory: 2G

. "${0%/*}/../lib/lib.sh"

before=$(filetest info)
group=/sys/fs/cgroup/pram-hide
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir $group
filehide "$CASE_DIR" $group || fail "filehide, its output is above"
rmdir $group
equal "left over" "$(filetest info)" "$before"
