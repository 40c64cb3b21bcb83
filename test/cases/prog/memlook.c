// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "dev.h"
#include "memkind.h"
#include "memlook.h"

char *describe(pid_t pid)
{
	static const char *const keep[] = { "VmFlags:", "Locked:", "Anonymous:", "AnonHugePages:",
					    "Swap:" };
	char path[64], line[512], *text = calloc(1, 1 << 18);
	size_t len = 0;
	bool ours = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from, to;
		bool head = sscanf(line, "%lx-%lx ", &from, &to) == 2, take_it = head;

		if (head)
			ours = from >= 0x200000000000ul && from < 0x210000000000ul;
		for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
			take_it |= !strncmp(line, keep[i], strlen(keep[i]));
		if (ours && take_it && len + strlen(line) < 1 << 18)
			len += (size_t)sprintf(text + len, "%s", line);
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/numa_maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from;
		char policy[64];

		if (sscanf(line, "%lx %63s", &from, policy) == 2 && from >= 0x200000000000ul &&
		    from < 0x210000000000ul)
			/* the kernel cannot parse such a policy, so it is not restored and not compared */
			len += (size_t)sprintf(text + len, "%lx %s\n", from,
					       strstr(policy, "balancing") ? "default" : policy);
	}
	if (f)
		fclose(f);
	return text;
}

void same(const char *when, char *before, char *after)
{
	size_t i = 0;

	if (!getenv("MEMTEST_LOOSE") && strcmp(before, after)) {
		while (before[i] == after[i])
			i++;
		while (i && before[i - 1] != '\n')
			i--;
		die("%s a line of the mappings is %.*s, but was %.*s", when,
		    (int)strcspn(after + i, "\n"), after + i, (int)strcspn(before + i, "\n"),
		    before + i);
	}
	free(before);
	free(after);
}

void peek(pid_t pid)
{
	const struct kind *k;
	static char buf[PAGE];

	for (unsigned int i = 0; (k = each(i)); i++) {
		for (size_t page = 0; page < k->len / PAGE; page += 37) {
			struct iovec in = { buf, PAGE };
			struct iovec out = { kind_base(k) + page * PAGE, PAGE };

			if (process_vm_readv(pid, &in, 1, &out, 1, 0) != PAGE)
				continue;	/* not mapped, or not readable */
			if (!kind_shows(k, page, *(uint64_t *)buf))
				die("%s: page %zu shows %lx", k->name, page, *(uint64_t *)buf);
		}
	}
}
