/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors of nodes: common code (nodefd.c), descriptors of nodes under construction
 * (savefd.c, commitall.c) and of nodes open for loading (loadfd.c).
 */
#ifndef _MM_PRAM_NODEFD_H
#define _MM_PRAM_NODEFD_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "internal.h"

struct pram_mem;

/**
 * struct pram_nodefd - state of a descriptor of a node
 * @claimed: saving: PRAM_IOC_COMMIT_ALL is committing the node; protected by pram_mutex
 * @lock: serializes calls on the descriptor
 * @h: the node; NULL after a commit or a completed load
 * @ps: saving: the node's stream
 * @file: saving: the file that was taken, refcounted
 * @cur: loading: cursor of sequential reads
 * @ext: loading: last extent returned by @cur; @ext.nr is 0 if there is none
 * @mem: loading: state of a memory node that is armed, refcounted; @h is NULL then
 */
struct pram_nodefd {
	bool claimed;
	struct mutex lock;	/* protects all fields below */
	struct pram_handle *h;
	struct pram_stream ps;
	struct file *file;
	struct pram_cursor cur;
	struct pram_extent ext;
	struct pram_mem *mem;
};

/**
 * struct pram_claim - a memory node that is being committed
 * @h: the node
 * @nfd: descriptor that has filled it
 */
struct pram_claim {
	struct pram_handle *h;
	struct pram_nodefd *nfd;
};

/* Adds a file to a node, or loads a node into a file. */
typedef int (*pram_nodefd_file_fn)(struct pram_nodefd *nfd, struct file *file,
				   struct pram_file *arg);

/* nodefd.c */
struct pram_nodefd *pram_nodefd_new(void);
void pram_nodefd_free(struct pram_nodefd *nfd);
int pram_nodefd_install(struct pram_nodefd *nfd,
			const struct file_operations *fops, int flags,
			fmode_t mode);
int pram_nodefd_lock(struct pram_nodefd *nfd, u32 type);
int pram_nodefd_file(struct pram_nodefd *nfd, void __user *uarg, pram_nodefd_file_fn call);

/* savefd.c, loadfd.c */
int pram_nodefd_create(const char *name, u32 type);
int pram_nodefd_open(const char *name);

/* commitall.c */
bool pram_commit_exclude(struct pram_nodefd *nfd);
int pram_commit_wait(bool interruptible);
int pram_claims_commit(struct pram_claim *claim, u32 nr);
long pram_commit_all(void __user *uarg);

#endif /* _MM_PRAM_NODEFD_H */
