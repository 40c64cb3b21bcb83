// SPDX-License-Identifier: GPL-2.0-only
/* Prints the details of one checkpoint. */
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <linux/pram.h>
#include <string.h>

#include "ctl.h"
#include "str.h"

static const char *left_name(uint32_t left)
{
	static const char *const names[] = {
		[PRAM_LEFT_SMALL] = "too small",
		[PRAM_LEFT_STACK] = "stack",
		[PRAM_LEFT_FLAGS] = "sealed or special mapping",
		[PRAM_LEFT_UFFD] = "registered with userfaultfd",
		[PRAM_LEFT_PINNED] = "pinned for DMA",
		[PRAM_LEFT_POISON] = "with a memory error",
		[PRAM_LEFT_SHARED] = "small, shared after fork",
		[PRAM_LEFT_PKEY] = "protection key",
	};

	return left < sizeof(names) / sizeof(*names) && names[left] ? names[left] : "other";
}

/* Memory that CRIU dumped itself, by reason. */
static void print_left(const Pram__Memory *memory)
{
	for (uint32_t left = 1; left <= PRAM_LEFT_PKEY; left++) {
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
			printf("  %" PRIu32 ": left to CRIU: %s in %zu mapping%s, %s\n",
			       memory->pid, fmt_bytes(bytes), n, n == 1 ? "" : "s",
			       left_name(left));
	}
}

static char *moved_text(const void *row)
{
	const Pram__Memory *memory = row;

	return str_printf("%s", fmt_size((memory->pages - memory->copied) << 12));
}

static const struct column memory_columns[] = {
	{ "PID", .format = COLUMN_ID, .fields = "pid" },
	{ "IN-PLACE", .text = moved_text, .flags = SCOLS_FL_RIGHT },
	{ "COPIED", .format = COLUMN_PAGES, .fields = "copied" },
};

static const struct table memory_table = {
	memory_columns, ARRAY_SIZE(memory_columns), "PID,IN-PLACE,COPIED",
};

static void print_memory(const struct args *args, const Pram__Manifest *m)
{
	if (!m->n_memory)
		return;
	puts("Memory:");
	table_print(args, &memory_table, NULL, 2, m->memory, m->n_memory);
	for (size_t i = 0; i < m->n_memory; i++)
		print_left(m->memory[i]);
}

static char *file_text(const void *row)
{
	const Pram__KeptFile *file = row;

	if (file->n_paths)
		return str_printf("/%s", file->paths[0]);
	return str_printf("shared memory of process %" PRIu32, file->pid);
}

static const struct column file_columns[] = {
	{ "SIZE", .format = COLUMN_SIZE, .fields = "bytes" },
	{ "FILE", .text = file_text },
};

static const struct table file_table = { file_columns, ARRAY_SIZE(file_columns), "FILE,SIZE" };

static char *threads_text(const void *row)
{
	const Pram__Process *process = row;

	return str_printf("%zu", process->n_tids + 1);
}

static const struct column process_columns[] = {
	{ "PID", .format = COLUMN_ID, .fields = "pid" },
	{ "COMMAND", .fields = "comm" },
	{ "THREADS", .text = threads_text, .flags = SCOLS_FL_RIGHT },
	{ "SIZE", .format = COLUMN_SIZE, .fields = "rss_bytes" },
};

static const struct table process_table = {
	process_columns, ARRAY_SIZE(process_columns), "PID,COMMAND,THREADS,SIZE",
};

static const struct column image_columns[] = {
	{ "IMAGE", .fields = "name" },
	{ "SIZE", .format = COLUMN_SIZE, .fields = "bytes" },
};

static const struct table image_table = { image_columns, ARRAY_SIZE(image_columns), "IMAGE,SIZE" };

static void print_manifest(const struct args *args, const Pram__Manifest *m)
{
	printf("CRIU:        %s\n", fmt_or(m->criu_version, "?"));
	printf("Registered:  %s\n", m->registered_as ? m->registered_as : "no");
	printf("Processes:   %zu\n", m->n_processes);
	table_print(args, &process_table, NULL, 2, m->processes, m->n_processes);
	print_memory(args, m);
	if (m->unit && m->unit->n_kept) {
		printf("Files:       %zu\n", m->unit->n_kept);
		table_print(args, &file_table, NULL, 2, m->unit->kept, m->unit->n_kept);
	}
	printf("Images:      %zu\n", m->n_images);
	table_print(args, &image_table, NULL, 2, m->images, m->n_images);
}

void print_show(const struct args *args, const Pram__Result *result)
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
	print_manifest(args, c->manifest);
}
