// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "checkpoint/kept_fds.h"
#include "io.h"
#include "log.h"
#include "name.h"
#include "str.h"

/*
 * "kept-N-UNIT". systemd allows no colon in the name of a stored descriptor, so it becomes a
 * comma, which unit names do not contain.
 */
static void stored_name(const char *ckpt, size_t i, char *buf, size_t size)
{
	snprintf(buf, size, KEPT_PREFIX "%zu-%s", i, ckpt);
	for (char *p = buf; (p = strchr(p, ':'));)
		*p = ',';
}

bool kept_is_stored(const char *fdname)
{
	return str_after(fdname, KEPT_PREFIX);
}

void kept_store(const char *ckpt, size_t i, int fd)
{
	char name[NAME_LEN_MAX + 32], state[NAME_LEN_MAX + 64];
	int r;

	stored_name(ckpt, i, name, sizeof(name));
	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s", name);
	r = sd_pid_notify_with_fds(0, 0, state, &fd, 1);
	if (r < 0)
		log_warning("systemd cannot hold a file of checkpoint %s: %s. The file is lost if pramd ends",
			    ckpt, strerror(-r));
}

void kept_store_all(const char *ckpt, const struct kept *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		kept_store(ckpt, i, kept->v[i].fd);
}

void kept_unstore(const char *ckpt, size_t i)
{
	char name[NAME_LEN_MAX + 32];

	stored_name(ckpt, i, name, sizeof(name));
	sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

int kept_alloc(struct kept **kept, size_t n)
{
	struct kept *k = *kept;

	if (k)
		return k->n <= n ? 0 : -EINVAL;
	k = malloc(sizeof(*k) + n * sizeof(*k->v));
	if (!k)
		return -ENOMEM;
	k->n = n;
	for (size_t i = 0; i < n; i++)
		k->v[i].fd = k->v[i].target = -1;
	*kept = k;
	return 0;
}

void kept_close(struct kept **kept, const char *ckpt)
{
	struct kept *k = *kept;

	for (size_t i = 0; k && i < k->n; i++) {
		if (k->v[i].fd >= 0 || k->v[i].target >= 0)
			kept_unstore(ckpt, i);
		fd_close(k->v[i].fd);
		fd_close(k->v[i].target);
	}
	free(k);
	*kept = NULL;
}
