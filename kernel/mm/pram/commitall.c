// SPDX-License-Identifier: GPL-2.0-only
/*
 * PRAM_IOC_COMMIT_ALL: commits several memory nodes at one moment, or none.
 *
 * The caller names the nodes; others have the descriptors that fill them. First the call
 * claims each node: until it ends, PRAM_IOC_COMMIT and closing the descriptor wait for it.
 * A close waits as well, rather than leaving the node to this call, so that a process whose
 * dump has failed has its memory back before it is resumed.
 *
 * Lock order: commit_all_mutex, then as in nodefd.c and mem.h. Whoever waits for
 * commit_all_mutex holds no other lock of PRAM.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "mem.h"
#include "nodefd.h"
#include "uarg.h"

#define COMMIT_MAX	65536

/* Held during a call that commits nodes which it has claimed. */
static DEFINE_MUTEX(commit_all_mutex);

/**
 * pram_commit_exclude - keep PRAM_IOC_COMMIT_ALL away from the node of a descriptor
 * @nfd: descriptor of a node under construction
 *
 * Return: true, and no such call will find the node; false if one has claimed it. Then the
 * caller must release its locks, call pram_commit_wait() and try again.
 */
bool pram_commit_exclude(struct pram_nodefd *nfd)
{
	bool ret;

	mutex_lock(&pram_mutex);
	ret = !nfd->claimed;
	if (ret && nfd->h)
		nfd->h->filler = NULL;
	mutex_unlock(&pram_mutex);
	return ret;
}

/* Waits for the PRAM_IOC_COMMIT_ALL under way. Returns -ERESTARTSYS only if @interruptible. */
int pram_commit_wait(bool interruptible)
{
	if (!interruptible)
		mutex_lock(&commit_all_mutex);
	else if (mutex_lock_interruptible(&commit_all_mutex))
		return -ERESTARTSYS;
	mutex_unlock(&commit_all_mutex);
	return 0;
}

/**
 * pram_claims_commit - commit memory nodes at one moment
 * @claim: the nodes. Nobody else can commit or close them.
 * @nr: number of nodes
 *
 * Context: may sleep. Takes mmap_lock, the locks of the nodes' states, and pram_mutex.
 * Return: 0; -EBUSY if the jump into the next kernel has begun. Then no node is READY, but
 * all are KEPT: their processes get copies when they resume, see pram_save_release().
 */
int pram_claims_commit(struct pram_claim *claim, u32 nr)
{
	int err = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		pram_mem_commit(claim[i].h);
		pram_links_seal(claim[i].h);
		cond_resched();
	}
	mutex_lock(&pram_mutex);
	if (pram_sealed)
		err = -EBUSY;
	for (i = 0; !err && i < nr; i++) {
		claim[i].h->filler = NULL;
		claim[i].h->state = PRAM_STATE_READY;
	}
	mutex_unlock(&pram_mutex);
	return err;
}

static int pram_claim(struct pram_claim *claim, const char *name)
{
	struct pram_handle *h;
	int err = 0;

	mutex_lock(&pram_mutex);
	h = pram_node_find_intact(name);
	if (IS_ERR(h))
		err = PTR_ERR(h);
	else if (h->type != PRAM_NODE_MEMORY)
		err = -EPERM;
	else if (pram_sealed)
		err = -EBUSY;
	else if (!h->filler || h->filler->claimed)
		err = -EINVAL;
	if (!err) {
		*claim = (struct pram_claim){ h, h->filler };
		h->filler->claimed = true;
	}
	mutex_unlock(&pram_mutex);
	return err;
}

/* Claims the nodes in the list of names. @ret_nr is the number of those claimed, also on error. */
static int pram_claim_all(struct pram_claim *claim, const struct pram_commit *arg,
			  const char *names, u32 *ret_nr)
{
	const char *end = names + arg->bytes;
	int err;

	for (*ret_nr = 0; *ret_nr < arg->nr; ++*ret_nr) {
		size_t room = end - names, len = strnlen(names, min(room, PRAM_NAME_MAX));

		if (len == PRAM_NAME_MAX)
			return -ENAMETOOLONG;
		if (!len || len == room)
			return -EINVAL;
		err = pram_claim(&claim[*ret_nr], names);
		if (err)
			return err;
		names += len + 1;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return names == end ? 0 : -EINVAL;
}

/* Afterwards a descriptor may be freed at any moment. */
static void pram_unclaim_all(struct pram_claim *claim, u32 nr)
{
	u32 i;

	mutex_lock(&pram_mutex);
	for (i = 0; i < nr; i++)
		claim[i].nfd->claimed = false;
	mutex_unlock(&pram_mutex);
}

/* Takes the nodes away from their descriptors, or gives them back. */
static void pram_set_nodes(struct pram_claim *claim, u32 nr, bool done)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct pram_nodefd *nfd = claim[i].nfd;

		mutex_lock(&nfd->lock);
		nfd->h = done ? NULL : claim[i].h;
		mutex_unlock(&nfd->lock);
	}
}

static int pram_commit_names(struct pram_claim *claim, const struct pram_commit *arg,
			     const char *names)
{
	int err;
	u32 nr;

	if (mutex_lock_killable(&commit_all_mutex))
		return -EINTR;
	err = pram_claim_all(claim, arg, names, &nr);
	if (!err) {
		/* Once a node is READY, others may free it: no descriptor may refer to it then. */
		pram_set_nodes(claim, nr, true);
		err = pram_claims_commit(claim, nr);
		if (err)
			pram_set_nodes(claim, nr, false);
	}
	pram_unclaim_all(claim, nr);
	mutex_unlock(&commit_all_mutex);
	return err;
}

/**
 * pram_commit_all - PRAM_IOC_COMMIT_ALL
 * @uarg: the caller's struct pram_commit
 *
 * Context: may sleep.
 * Return: 0, or -errno, see struct pram_commit. On error nothing has changed.
 */
long pram_commit_all(void __user *uarg)
{
	struct pram_commit arg;
	long err = pram_arg_get(&arg, sizeof(arg), uarg);
	struct pram_claim *claim;
	char *names;

	if (err)
		return err;
	if (arg.flags || arg.reserved || arg.nr > COMMIT_MAX || (!arg.nr && arg.bytes))
		return -EINVAL;
	if (arg.bytes > (u64)arg.nr * PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	if (!arg.nr)
		return 0;
	if (!arg.bytes)
		return -EINVAL;
	names = vmemdup_user(u64_to_user_ptr(arg.names), arg.bytes);
	if (IS_ERR(names))
		return PTR_ERR(names);
	claim = kvcalloc(arg.nr, sizeof(*claim), GFP_KERNEL | __GFP_NOWARN);
	err = claim ? pram_commit_names(claim, &arg, names) : -ENOMEM;
	kvfree(claim);
	kvfree(names);
	return err;
}
