// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text from /proc, in which processes choose names: a line of maps, stat, and status. The first byte chooses.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "proc.h"
#include "procfiles.h"
#include "str.h"

static void mapping(const char *line)
{
	struct proc_mapping m, again;
	char *copy;

	if (!proc_mapping_parse(line, &m))
		return;
	demand(m.path >= line && m.path <= line + strlen(line));
	/* the path is the last field, so it cannot change the others */
	copy = str_printf("%.*s%s", (int)(m.path - line), line, "/a b 1-2 rw-s 0 00:00 0 /memfd:x");
	demand(copy);
	demand(proc_mapping_parse(copy, &again));
	demand(again.start == m.start && again.end == m.end && again.ino == m.ino && again.dev == m.dev &&
	       again.shared == m.shared && again.writable == m.writable);
	free(copy);
}

static void stat(const char *text)
{
	struct proc_stat st;

	if (proc_stat_parse(text, &st))
		return;
	demand(memchr(st.comm, 0, sizeof(st.comm)));
	demand(utf8_valid(st.comm, strlen(st.comm)));
	for (const char *s = st.comm; *s; s++)
		demand(!iscntrl((unsigned char)*s));
}

static void status(const char *text)
{
	proc_status_bytes(text, "VmSwap");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parse[])(const char *) = { mapping, stat, status };

	fuzz_texts(data, size, parse, 3);
	return 0;
}
