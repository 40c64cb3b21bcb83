// SPDX-License-Identifier: GPL-2.0-only
/* What several verbs print. */
#include <inttypes.h>
#include <time.h>

#include "ctl.h"
#include "macro.h"
#include "name.h"
#include "str.h"

const char *fmt_bytes(uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	static char bufs[4][32];
	static unsigned int next;
	char *buf = bufs[next++ % ARRAY_SIZE(bufs)];
	double v = (double)bytes;
	size_t u = 0;

	for (; v >= 1024 && u + 2 < sizeof(units); u++)
		v /= 1024;
	if (u)
		snprintf(buf, sizeof(bufs[0]), "%.1f %ciB", v, units[u]);
	else
		snprintf(buf, sizeof(bufs[0]), "%" PRIu64 " B", bytes);
	return buf;
}

const char *fmt_time(uint64_t realtime_usec)
{
	static char buf[64];
	time_t t = (time_t)(realtime_usec / USEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, sizeof(buf), "%F %T", &tm))
		return "?";
	return buf;
}

const char *fmt_or(const char *s, const char *otherwise)
{
	return str_empty(s) ? otherwise : s;
}

void print_trees(Pram__Tree *const *trees, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Pram__Tree *t = trees[i];

		printf("  %-20s pid %-8" PRIu32, str_or(t->name), t->pid);
		if (t->alive)
			printf(" %" PRIu32 " process%s, %s\n", t->processes,
			       t->processes == 1 ? "" : "es", fmt_bytes(t->rss_bytes));
		else
			printf(" has ended\n");
	}
}

void print_checkpoints(Pram__Checkpoint *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Pram__Checkpoint *c = list[i];

		printf("  %-20s %-8s", str_or(c->name), str_or(c->state));
		printf(" %s", fmt_bytes(c->bytes));
		if (c->root_pid)
			printf(", pid %" PRIu32 " (%s), %" PRIu32 " process%s", c->root_pid,
			       str_or(c->comm), c->processes, c->processes == 1 ? "" : "es");
		if (c->reason)
			printf(": %s", c->reason);
		putchar('\n');
	}
}

void print_units(Pram__UnitStatus *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const Pram__UnitStatus *u = list[i];

		printf("  %-20s %-8s", str_or(u->name), fmt_or(u->active, "?"));
		if (is_slice_name(str_or(u->name))) {
			printf(" %s\n", str_or(u->note));
			continue;
		}
		if (u->main_pid)
			printf(" pid %" PRIu32 ",", u->main_pid);
		printf(" if it cannot be restored: %s", str_or(u->on_restore_failure));
		if (u->problem)
			printf("; cannot be kept: %s", u->problem);
		else if (u->note)
			printf("; %s", u->note);
		if (u->slice)
			printf("; by %s", u->slice);
		putchar('\n');
	}
}

void print_items(const Pram__Result *result)
{
	for (size_t i = 0; i < result->n_items; i++) {
		const Pram__Item *it = result->items[i];

		printf("%s: %s%s\n", str_or(it->name), it->code ? "failed: " : "",
		       str_or(it->message));
	}
	if (!result->n_items && result->message)
		puts(result->message);
}
