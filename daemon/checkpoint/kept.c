// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "core/manager.h"
#include "io.h"
#include "log.h"
#include "pramdev.h"
#include "proc.h"
#include "str.h"

/* How long to retry while processes are being killed, or while a page is in use by a device. */
#define STOW_TIMEOUT_USEC (10 * USEC_PER_SEC)
#define RETRY_USEC 20000

void kept_name(size_t i, char *buf)
{
	snprintf(buf, KEPT_NAME_SIZE, KEPT_PREFIX "%zu", i);
}

const char *kept_label(const Pram__KeptFile *f)
{
	return kept_is_shared(f) ? "shared memory" : f->paths[0];
}

bool kept_is_node(const char *file)
{
	return str_after(file, KEPT_PREFIX);
}

bool kept_whole(const struct ckpt *c)
{
	size_t n = c->kept_nodes;

	if (!c->manifest->unit)
		return true;
	for (size_t i = 0; c->kept && i < c->kept->n; i++)
		n += c->kept->v[i].fd >= 0;
	return n >= c->manifest->unit->n_kept;
}

/* --- files from an earlier pramd ------------------------------------------------------------ */

static bool has_node(int dev, const char *name, size_t i)
{
	struct pram_node_info info = {};
	char path[PRAM_NAME_MAX], file[KEPT_NAME_SIZE];

	kept_name(i, file);
	if (node_name(name, file, path, sizeof(path)) < 0)
		return false;
	while (pramdev_next(dev, &info) > 0)
		if (str_eq(info.name, path))
			return true;
	return false;
}

static bool adopt(struct manager *m, const char *fdname, int fd)
{
	const char *rest = str_after(fdname, KEPT_PREFIX);
	char *end, name[NAME_LEN_MAX + 1];
	size_t i = strtoul(rest, &end, 10);
	struct ckpt *c;

	if (*end != '-' || strlen(end + 1) >= sizeof(name))
		return false;
	strcpy(name, end + 1);
	for (char *p = name; (p = strchr(p, ','));)
		*p = ':';
	c = ckpt_find(m, name);
	if (!c || !c->manifest || !c->manifest->unit || i >= c->manifest->unit->n_kept ||
	    has_node(m->dev, name, i) || kept_alloc(&c->kept, c->manifest->unit->n_kept) < 0 ||
	    c->kept->v[i].fd >= 0)
		return false;
	c->kept->v[i].fd = fd;
	return true;
}

void kept_inherit(struct manager *m, const char *fdname, int fd)
{
	if (m->dev >= 0 && adopt(m, fdname, fd))
		return;
	sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", fdname);
	fd_close(fd);
}

/* --- files into nodes ---------------------------------------------------------------------- */

struct kept_stow {
	struct manager *m;
	struct ckpt *c;
	const Pram__Manifest *mf;
	struct store_sum *sum;
	size_t next;
	uint64_t until_usec;
	sd_event_source *timer;
	kept_done_t done;
	void *userdata;
};

void kept_settle(int dev, struct ckpt *c)
{
	for (size_t i = 0; c->kept && i < c->kept->n; i++) {
		int fd = c->kept->v[i].fd, target = c->kept->v[i].target;

		c->kept->v[i].target = -1;
		if (target < 0)
			continue;
		if (fd < 0 && !has_node(dev, c->name, i)) {
			c->kept->v[i].fd = target;
			continue;
		}
		if (fd < 0)
			kept_unstore(c->name, i);
		fd_close(target);
	}
}

static bool any_lives(const Pram__Manifest *mf)
{
	struct proc_stat st;

	for (size_t i = 0; i < mf->n_processes; i++)
		if (proc_stat_read(mf->processes[i]->pid, &st) == 0 && st.state != 'Z' &&
		    st.state != 'X')
			return true;
	return false;
}

/* Moves the next open file into its node. Returns 0, 1 if there is none, or a negative errno. */
static int stow_next(struct kept_stow *s)
{
	struct kept *kept = s->c->kept;
	char name[KEPT_NAME_SIZE];
	int r;

	while (kept && s->next < kept->n && kept->v[s->next].fd < 0)
		s->next++;
	if (!kept || s->next == kept->n)
		return 1;
	kept_name(s->next, name);
	r = any_lives(s->mf) ?
		    -EBUSY :
		    store_put_fd(s->m->dev, kept->v[s->next].fd, s->c->name, name, s->sum);
	if (r < 0)
		return r;
	/*
	 * Otherwise the empty rest could be taken for the file later. A sealed file keeps its size
	 * (EPERM).
	 */
	if (ftruncate(kept->v[s->next].fd, 0) < 0 && errno != EPERM)
		log_warning("Cannot free the copy of a file of checkpoint %s: %s", s->c->name,
			    strerror(errno));
	kept_unstore(s->c->name, s->next);
	kept->v[s->next].fd = fd_close(kept->v[s->next].fd);
	return 0;
}

static int on_turn(sd_event_source *source, uint64_t usec __unused_arg, void *userdata)
{
	struct kept_stow *s = userdata;
	int r = stow_next(s);
	bool again = r == -EBUSY && now_usec(CLOCK_MONOTONIC) < s->until_usec;

	if (!r || again) {
		sd_event_source_set_time_relative(source, again ? RETRY_USEC : 0);
		return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	/* may free @s */
	s->done(s->userdata, r < 0 ? r : 0, r < 0 ? kept_label(s->mf->unit->kept[s->next]) : NULL);
	return 0;
}

int kept_stow(struct manager *m, struct ckpt *c, const Pram__Manifest *mf, struct store_sum *sum,
	      kept_done_t done, void *userdata, struct kept_stow **ret)
{
	struct kept_stow *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->m = m;
	s->c = c;
	s->mf = mf;
	s->sum = sum;
	s->until_usec = now_usec(CLOCK_MONOTONIC) + STOW_TIMEOUT_USEC;
	s->done = done;
	s->userdata = userdata;
	r = sd_event_add_time_relative(m->event, &s->timer, CLOCK_MONOTONIC, 0, 1, on_turn, s);
	if (r < 0) {
		kept_stow_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void kept_stow_now(struct manager *m, struct ckpt *c)
{
	struct kept_stow s = { .m = m, .c = c, .mf = c->manifest };

	while (c->kept && s.next < c->kept->n) {
		int r = stow_next(&s);

		if (r < 0)
			log_error("Cannot move %s of checkpoint %s into PRAM: %s. It is lost at a kexec",
				  kept_label(c->manifest->unit->kept[s.next]), c->name,
				  strerror(-r));
		s.next += r != 0;
	}
}

void kept_stow_free(struct kept_stow *s)
{
	if (!s)
		return;
	sd_event_source_disable_unref(s->timer);
	free(s);
}
