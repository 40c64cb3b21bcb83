// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept_fds.h"
#include "core/manager.h"
#include "core/paths.h"
#include "pb.h"
#include "str.h"

const char *ckpt_state_name(enum ckpt_state state)
{
	static const char *const names[] = {
		[CKPT_READY] = "ready",
		[CKPT_BUSY] = "busy",
		[CKPT_FAILED] = "failed",
		[CKPT_CORRUPT] = "corrupt",
	};

	return names[state];
}

struct ckpt *ckpt_find(struct manager *m, const char *name)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next)
		if (str_eq(c->name, name))
			return c;
	return NULL;
}

struct ckpt *ckpt_add(struct manager *m, const char *name)
{
	struct ckpt *c = calloc(1, sizeof(*c));
	struct ckpt **p = &m->ckpts;

	if (!c)
		return NULL;
	memcpy(c->name, name, strlen(name) + 1);
	c->state = CKPT_BUSY;
	while (*p)
		p = &(*p)->next;
	*p = c;
	return c;
}

void ckpt_remove(struct manager *m, struct ckpt *c)
{
	for (struct ckpt **p = &m->ckpts; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	kept_close(&c->kept, c->name);
	pb_free(c->manifest);
	free(c->reason);
	free(c);
}

void ckpt_remove_all(struct manager *m)
{
	while (m->ckpts)
		ckpt_remove(m, m->ckpts);
}

void ckpt_set_state(struct ckpt *c, enum ckpt_state state, const char *reason)
{
	char *copy = reason ? strdup(reason) : NULL;

	free(c->reason);
	c->reason = copy;
	c->state = state;
}

bool ckpt_of_this_boot(const struct manager *m, const Pram__Manifest *mf)
{
	return mf->boot_id && str_eq(mf->boot_id, m->boot_id);
}

Pram__Checkpoint *ckpt_message(struct manager *m, const struct ckpt *c, bool whole)
{
	Pram__Checkpoint *msg = PB_NEW(Checkpoint);
	const Pram__Manifest *mf = c->manifest;
	char *logs __cleanup(freep) = path_logs(m, c->name);

	if (!msg)
		return NULL;
	pb_str(&msg->name, c->name);
	pb_str(&msg->state, ckpt_state_name(c->state));
	pb_str(&msg->reason, c->reason);
	pb_str(&msg->log_dir, logs);
	pb_set(msg, bytes, c->bytes);
	pb_set(msg, pages, c->pages);
	pb_set(msg, meta_pages, c->meta_pages);
	if (!mf)
		return msg;
	if (mf->unit)
		pb_str(&msg->unit, mf->unit->name);
	pb_set(msg, root_pid, mf->root_pid);
	pb_str(&msg->comm, mf->processes[0]->comm);
	pb_set(msg, processes, (uint32_t)mf->n_processes);
	pb_set(msg, images, (uint32_t)mf->n_images);
	pb_set(msg, frozen_realtime_usec, mf->frozen_realtime_usec);
	pb_str(&msg->kernel_release, mf->kernel_release);
	pb_set(msg, this_boot, ckpt_of_this_boot(m, mf));
	if (whole)
		msg->manifest = pb_dup(mf);
	return msg;
}
