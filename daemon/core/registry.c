// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "io.h"
#include "log.h"
#include "manifest.h"
#include "name.h"
#include "pb.h"
#include "proc.h"
#include "str.h"
#include "wire.h"

static int save(struct manager *m)
{
	char *path __cleanup(freep) = path_registry(m);
	size_t len = pram__registry__get_packed_size(m->registry);
	uint8_t *buf __cleanup(freep) = malloc(len + 1);

	if (!path || !buf)
		return -ENOMEM;
	pram__registry__pack(m->registry, buf);
	return write_file_atomic(path, buf, len);
}

static void drop(Pram__Registry *reg, size_t i)
{
	pb_free(reg->trees[i]);
	memmove(&reg->trees[i], &reg->trees[i + 1],
		(--reg->n_trees - i) * sizeof(*reg->trees));
}

/* Unpacks the registry. NULL if it is not valid or was written in another boot. */
static Pram__Registry *parse(const char *buf, size_t len, const char *boot_id)
{
	Pram__Registry *reg = pram__registry__unpack(NULL, len, (const uint8_t *)buf);

	if (!reg)
		return NULL;
	if (wire_check_strings(&reg->base) < 0 || !reg->boot_id || !str_eq(reg->boot_id, boot_id)) {
		pb_free(reg);
		return NULL;
	}
	for (size_t i = 0; i < reg->n_trees;) {
		const Pram__Tree *t = reg->trees[i];

		if (!name_valid(t->name) || !t->pid || t->pid > PID_LIMIT)
			drop(reg, i);
		else
			i++;
	}
	return reg;
}

int registry_load(struct manager *m)
{
	char *path __cleanup(freep) = path_registry(m);
	char *buf __cleanup(freep) = NULL;
	size_t len;
	int r = path ? read_file(path, REGISTRY_BYTES_MAX, &buf, &len) : -ENOMEM;

	m->registry = r < 0 ? NULL : parse(buf, len, m->boot_id);
	if (m->registry)
		return 0;
	if (r != -ENOENT)
		log_warning("%s cannot be read or is damaged: no tree is registered any more",
			    str_or(path));
	m->registry = PB_NEW(Registry);
	return m->registry ? pb_str(&m->registry->boot_id, m->boot_id) : -ENOMEM;
}

Pram__Tree *registry_find(const struct manager *m, const char *name)
{
	for (size_t i = 0; i < m->registry->n_trees; i++)
		if (str_eq(m->registry->trees[i]->name, name))
			return m->registry->trees[i];
	return NULL;
}

Pram__Tree *registry_find_pid(const struct manager *m, uint32_t pid, uint64_t starttime)
{
	for (size_t i = 0; i < m->registry->n_trees; i++) {
		Pram__Tree *t = m->registry->trees[i];

		if (t->pid == pid && t->starttime == starttime)
			return t;
	}
	return NULL;
}

int registry_add(struct manager *m, const char *name, uint32_t pid, const Pram__Options *options)
{
	Pram__Registry *reg = m->registry;
	struct proc_stat st;
	Pram__Tree *t;
	int r;

	if (registry_find(m, name))
		return -EEXIST;
	if (reg->n_trees >= REGISTRY_MAX)
		return -ENOSPC;
	r = proc_stat_read(pid, &st);
	if (r < 0)
		return r;
	t = PB_NEW(Tree);
	if (!t)
		return -ENOMEM;
	pb_set(t, pid, pid);
	pb_set(t, starttime, st.starttime);
	t->options = pb_dup(options);
	r = pb_str(&t->name, name);
	if (r < 0) {
		pb_free(t);
		return r;
	}
	r = pb_append_msg(&reg->n_trees, &reg->trees, t);
	if (r < 0)
		return r;
	r = save(m);
	if (r < 0)
		drop(reg, reg->n_trees - 1);
	return r;
}

int registry_remove(struct manager *m, const char *name)
{
	for (size_t i = 0; i < m->registry->n_trees; i++)
		if (str_eq(m->registry->trees[i]->name, name)) {
			drop(m->registry, i);
			return save(m);
		}
	return -ENOENT;
}

Pram__Tree *registry_message(const Pram__Tree *t)
{
	Pram__Tree *msg = pb_dup(t);
	Pram__Process **procs = NULL;
	uint64_t rss = 0;
	size_t n = 0;

	if (!msg)
		return NULL;
	pb_set(msg, alive, proc_same(t->pid, t->starttime));
	if (!msg->alive || proc_tree(t->pid, &procs, &n) < 0)
		return msg;
	for (size_t i = 0; i < n; i++) {
		rss += procs[i]->rss_bytes;
		pb_append_u32(&msg->n_pids, &msg->pids, procs[i]->pid);
	}
	pb_set(msg, processes, (uint32_t)n);
	pb_set(msg, rss_bytes, rss);
	proc_tree_free(procs, n);
	return msg;
}
