// SPDX-License-Identifier: GPL-2.0-only
/*
 * pram-net-lock: loads the nftables tables that drop the packets of connections that were kept over
 * a kexec, before the first network interface is up. The restore of a service or tree removes its
 * table.
 *
 * pram-net-lock --release: runs when all such services have been started or could not be. Removes
 * the tables of the services that were not restored.
 */
#include <errno.h>
#include <stdlib.h>

#include "io.h"
#include "log.h"
#include "netlock/netlock.h"
#include "nodemanifest.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"

#define NODES_MAX 100000	/* ends the loop even if the kernel has a fault */

/* What nftables printed is a line of its own, after the reason in our words. */
static void log_netlock_error(const char *name, const char *what, const struct netlock_error *e)
{
	log_error("%s: %s: %s", name, what, e->text);
	if (*e->nft)
		log_error("nft: %s", e->nft);
}

static void release(const Pram__Manifest *m)
{
	struct netlock_error e;
	int r;

	/* A tree is restored or removed by a user. Until then its packets are blocked. */
	if (!m->unit)
		return;
	r = netlock_drop(m->lock, &e);
	if (r < 0)
		log_netlock_error(m->name, "its packets stay blocked until its nftables table is deleted",
				  &e);
	else
		log_info("Packets of %s, which was not restored, are no longer blocked", m->name);
}

static void lock(const Pram__Manifest *m)
{
	struct netlock_error e;
	int r = netlock_load(m->lock, &e);

	if (r < 0)
		log_netlock_error(m->name, "its packets cannot be blocked, and its connections may be lost",
				  &e);
	else
		log_info("Packets of %s are blocked until it is restored", m->name);
}

static void look_at_node(int dev, const struct pram_node_info *info, const char *boot_id,
			 void (*action)(const Pram__Manifest *m))
{
	Pram__Manifest *m = nodemanifest_read(dev, info);

	if (!m)
		return;
	if (m->lock && !str_eq(str_or(m->boot_id), boot_id))
		action(m);
	pb_free(m);
}

int main(int argc, char **argv)
{
	bool releases = argc > 1 && str_eq(argv[1], "--release");
	char *boot_id __cleanup(freep) = NULL;
	int dev __cleanup(fd_closep) = pramdev_open(PRAMDEV_PATH);
	struct pram_node_info info = {};

	read_line("/proc/sys/kernel/random/boot_id", &boot_id);
	for (unsigned int i = 0; dev >= 0 && i < NODES_MAX && pramdev_next(dev, &info) > 0; i++)
		look_at_node(dev, &info, str_or(boot_id), releases ? release : lock);
	return 0;
}
