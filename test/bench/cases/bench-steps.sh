#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long each step of moving a process's memory takes, without CRIU.
# Each measurement is a line `result steps MIB PAGES ROUND STEP MS`.
# group: bench
# kernels: everyday
# timeout: 300

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

# in a memory cgroup, as services are
group=/sys/fs/cgroup/steps
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group

for round in 1 2 3; do
	for mib in 64 576; do
		for pages in 4k thp; do
			out=$(sh -c "echo \$\$ >$group/cgroup.procs; exec memspeed $mib $pages") ||
				fail "$out"
			while read -r _ step ms; do
				echo "result steps $mib $pages $round $step $ms"
			done <<<"$out"
		done
	done
done
