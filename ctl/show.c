// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <linux/pram.h>

#include "named.h"
#include "str.h"

static const char *left_name(uint32_t left)
{
	static const char *const names[] = {
		[PRAM_LEFT_SMALL] = "too small to be worth it",
		[PRAM_LEFT_STACK] = "stack",
		[PRAM_LEFT_FLAGS] = "sealed or of a special kind",
		[PRAM_LEFT_UFFD] = "registered with userfaultfd",
		[PRAM_LEFT_PINNED] = "pinned for DMA",
		[PRAM_LEFT_POISON] = "with a memory error",
		[PRAM_LEFT_SHARED] = "shared since a fork, and small",
	};

	return left < sizeof(names) / sizeof(*names) && names[left] ? names[left] : "other";
}

/* What was left to CRIU, by the reason. */
static void print_left(const Pram__Memory *memory)
{
	for (uint32_t left = 1; left <= PRAM_LEFT_SHARED; left++) {
		uint64_t bytes = 0;
		size_t n = 0;

		for (size_t i = 0; i < memory->n_mappings; i++) {
			const Pram__Mapping *mapping = memory->mappings[i];

			if (mapping->left != left)
				continue;
			bytes += mapping->end - mapping->start;
			n++;
		}
		if (n)
			printf("           left to CRIU: %s in %zu mapping%s, %s\n", fmt_bytes(bytes), n,
			       n == 1 ? "" : "s", left_name(left));
	}
}

static void print_memory(const Pram__Manifest *m)
{
	if (!m->n_memory)
		return;
	printf("Memory:\n");
	for (size_t i = 0; i < m->n_memory; i++) {
		const Pram__Memory *memory = m->memory[i];

		printf("  %-8" PRIu32 " %" PRIu64 " pages moved, %" PRIu64 " copied%s\n", memory->pid,
		       memory->pages - memory->copied, memory->copied,
		       memory->copied ? " (shared, or in the image's place)" : "");
		print_left(memory);
	}
}

static void print_kept(const Pram__Unit *unit)
{
	if (!unit || !unit->n_kept)
		return;
	printf("Files:       %zu\n", unit->n_kept);
	for (size_t i = 0; i < unit->n_kept; i++)
		if (unit->kept[i]->n_paths)
			printf("  %-32s /%s\n", fmt_bytes(unit->kept[i]->bytes), unit->kept[i]->paths[0]);
		else
			printf("  %-32s shared memory of %" PRIu32 "\n", fmt_bytes(unit->kept[i]->bytes),
			       unit->kept[i]->pid);
}

static void print_manifest(const Pram__Manifest *m)
{
	printf("CRIU:        %s\n", fmt_or(m->criu_version, "?"));
	printf("Registered:  %s\n", m->registered_as ? m->registered_as : "no");
	printf("Processes:   %zu\n", m->n_processes);
	for (size_t i = 0; i < m->n_processes; i++) {
		const Pram__Process *p = m->processes[i];

		printf("  %-8" PRIu32 " %-16s %zu threads, %s\n", p->pid, str_or(p->comm),
		       p->n_tids + 1, fmt_bytes(p->rss_bytes));
	}
	print_memory(m);
	print_kept(m->unit);
	printf("Images:      %zu\n", m->n_images);
	for (size_t i = 0; i < m->n_images; i++)
		printf("  %-32s %s\n", str_or(m->images[i]->name), fmt_bytes(m->images[i]->bytes));
}

static void print(const Pram__Result *result)
{
	const Pram__Checkpoint *c;

	if (!result->n_checkpoints)
		return;
	c = result->checkpoints[0];
	printf("Name:        %s\n", str_or(c->name));
	printf("State:       %s%s%s\n", str_or(c->state), c->reason ? ": " : "", str_or(c->reason));
	printf("Kept:        %s in %" PRIu64 " pages, %" PRIu64 " pages of metadata\n",
	       fmt_bytes(c->bytes), c->pages, c->meta_pages);
	printf("Logs:        %s\n", str_or(c->log_dir));
	if (!c->manifest)
		return;
	printf("Frozen:      %s under Linux %s%s\n", fmt_time(c->frozen_realtime_usec),
	       str_or(c->kernel_release), c->this_boot ? ", this boot" : "");
	print_manifest(c->manifest);
}

static void body(Pram__Request *req, Pram__NameRequest *name)
{
	req->body_case = PRAM__REQUEST__BODY_SHOW;
	req->show = name;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	return named_run(ctl, argc, argv, body, print);
}

const struct verb verb_show = {
	.name = "show",
	.args = "NAME",
	.summary = "All that is known of one checkpoint",
	.run = run,
};
