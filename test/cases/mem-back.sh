#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Memory of a stopped process is taken and given back: it is as it was, page by page and flag by flag.
# group: mem
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/lib.sh"

for kind in small huge sparse partial zero fork forked none flags moved; do
	out=$(memtest back $kind) || fail "$kind: $out"
	say "$kind: $out"
done
