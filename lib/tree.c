// SPDX-License-Identifier: GPL-2.0-only
/* proc_tree(): reads all of /proc once, then finds the descendants by their parent PIDs. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pb.h"
#include "proc.h"
#include "str.h"

struct stat_list {
	struct proc_stat *v;
	size_t n;
	size_t cap;
};

static int stat_list_add(struct stat_list *l, const struct proc_stat *st)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 256;
		struct proc_stat *v = realloc(l->v, cap * sizeof(*v));

		if (!v)
			return -ENOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *st;
	return 0;
}

static int read_one(uint32_t pid, void *userdata)
{
	struct proc_stat st;

	if (proc_stat_read(pid, &st) < 0 || (st.flags & PROC_PF_KTHREAD))
		return 0;
	return stat_list_add(userdata, &st);
}

static int add_tids(Pram__Process *p)
{
	char path[64];
	struct dirent *de;
	int r = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", p->pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while (!r && (de = readdir(d))) {
		uint32_t tid;

		if (str_pid(de->d_name, &tid) == 0 && tid != p->pid)
			r = p->n_tids < PROC_TREE_MAX ? pb_append_u32(&p->n_tids, &p->tids, tid) :
							-E2BIG;
	}
	closedir(d);
	return r;
}

static int add_process(const struct proc_stat *st, Pram__Process ***procs, size_t *n)
{
	Pram__Process *p = PB_NEW(Process);
	int r = p ? pb_str(&p->comm, st->comm) : -ENOMEM;

	if (!r) {
		pb_set(p, pid, st->pid);
		pb_set(p, ppid, st->ppid);
		pb_set(p, starttime, st->starttime);
		pb_set(p, rss_bytes, proc_rss(st->pid));
		r = add_tids(p);
	}
	if (r < 0) {
		pb_free(p);
		return r;
	}
	return pb_append_msg(n, procs, p);
}

void proc_tree_free(Pram__Process **procs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pb_free(procs[i]);
	free(procs);
}

bool proc_tree_has(Pram__Process *const *procs, size_t n, uint32_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (procs[i]->pid == pid)
			return true;
	return false;
}

bool proc_is_outside(Pram__Process *const *procs, size_t n, uint32_t pid)
{
	return !proc_tree_has(procs, n, pid) && !(n && proc_is_ancestor(procs[0]->pid, pid)) &&
	       proc_exists(pid);
}

static int collect(const struct stat_list *all, uint32_t root, Pram__Process ***procs, size_t *n)
{
	int r = -ESRCH;

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].pid == root)
			r = add_process(&all->v[i], procs, n);
	/* Breadth first: the loop appends to the list that it walks. */
	for (size_t k = 0; !r && k < *n; k++)
		for (size_t i = 0; !r && i < all->n; i++) {
			if (all->v[i].ppid != (*procs)[k]->pid)
				continue;
			r = *n < PROC_TREE_MAX ? add_process(&all->v[i], procs, n) : -E2BIG;
			/* The child has ended since /proc was read. Leave it out. */
			if (r == -ENOENT || r == -ESRCH)
				r = 0;
		}
	return r;
}

int proc_tree(uint32_t root, Pram__Process ***ret, size_t *ret_n)
{
	struct stat_list all = {};
	Pram__Process **procs = NULL;
	size_t n = 0;
	int r = proc_each(read_one, &all);

	if (!r)
		r = collect(&all, root, &procs, &n);
	free(all.v);
	if (r < 0) {
		proc_tree_free(procs, n);
		return r == -ENOENT ? -ESRCH : r;
	}
	*ret = procs;
	*ret_n = n;
	return 0;
}
