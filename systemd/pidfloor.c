// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "pidfloor.h"

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Kernel threads, hundreds or thousands with many CPUs, get their PIDs before this runs. The next
 * kernel may have more of them. So leave as much room again above the current PID.
 */
static uint32_t lowest(uint32_t last)
{
	uint32_t twice = last < PID_LIMIT_MAX / 4 ? 2 * last : last;

	return twice > PID_FLOOR ? twice : PID_FLOOR;
}

uint32_t pid_floor(uint32_t *ids, size_t n, uint32_t last)
{
	uint32_t from = lowest(last), best, room;

	if (n)
		qsort(ids, n, sizeof(*ids), compare);
	best = n && ids[n - 1] > from ? ids[n - 1] : from;
	if (best < PID_LIMIT_MAX - PID_ROOM)
		return best;
	room = PID_LIMIT_MAX > best ? PID_LIMIT_MAX - best : 0;
	for (size_t i = 0; i < n; i++) {
		if (ids[i] > from && ids[i] - from > room) {
			room = ids[i] - from;
			best = from;
		}
		if (ids[i] > from)
			from = ids[i];
	}
	return best;
}
