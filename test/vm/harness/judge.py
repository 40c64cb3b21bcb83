# SPDX-License-Identifier: GPL-2.0-only
"""Finds complaints in the kernel log, and the case that was running at that time."""

import re

COMPLAINT = re.compile(
	r"WARNING:|BUG:|kernel BUG|\bOops\b|general protection fault|Kernel panic"
	r"|possible (?:recursive|circular|irq lock|deadlock)|inconsistent lock state"
	r"|INFO: (?:task|possible|trying|lockdep|suspicious|rcu)|suspicious RCU|DEBUG_LOCKS_WARN"
	r"|KASAN|UBSAN|[Bb]ad page|[Bb]ad rss|unable to handle|refcount_t"
	r"|Malformed early option|sleeping function|scheduling while atomic"
	r"|list_(?:add|del) corruption|pagealloc: |EXT4-fs error|I/O error|soft lockup"
	r"|self-detected stall|detected stalls|\[ cut here \]|Call Trace:|segfault at")
MARK = re.compile(r"pram-test: (begin|end) (\S+) (\d+)")


def complaints(text, allowed):
	"""Yields (case or None, line) for every complaint that is not allowed."""
	case = None
	for line in text.splitlines():
		mark = MARK.search(line)
		if mark:
			case = mark[2] if mark[1] == "begin" else None
		elif COMPLAINT.search(line) and not any(p.search(line) for p in allowed):
			yield case, line.strip()


def dead(text):
	"""Returns whether the kernel has panicked."""
	return "end Kernel panic" in text or "Attempted to kill init" in text
