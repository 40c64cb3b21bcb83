/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one kexec-reboot, and the steps of reboot.c, sorted by file. */
#ifndef PRAM_REBOOT_STATE_H
#define PRAM_REBOOT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/job.h"
#include "core/spawn.h"
#include "core/steps.h"
#include "unit/conf.h"

struct dump_group;
struct kexec;
struct manager;
struct rehearsal;

struct kexec_unit {
	char *name;
	struct kexec *k;
	struct unit_info *info;		/* NULL once the dump has started */
	struct unit_conf conf;
	bool dumped;
	bool ended;		/* has ended by itself while it was marked */
	bool fresh;		/* could not be dumped, and --allow-fresh names it */
};

struct kexec {
	struct steps steps;
	struct job *job;
	struct manager *m;
	Pram__KexecReport *report;	/* of the job's result */
	struct spawn *spawn;
	bool guarded;			/* the firewall is marked, for the connections of trees */
	struct kexec_unit *units;	/* enabled and active */
	size_t n_units;
	struct dump_group *group;
	struct rehearsal *rehearsal;
	unsigned int again;		/* dumps that were tried again */
	size_t touched;			/* trees that have been frozen, or might have been */
	size_t ended;			/* of these the number that was ended: all or none */
	char **dumped;			/* names of the dumped trees, in order */
	size_t n_dumped;
	size_t n_restored;
	unsigned int lost;		/* checkpoints that could not be restored and are kept */
	bool bad_signature;	/* kexec -s failed because of the signature */
	bool loaded;
	int image_mark;			/* the lock of it, or -1 */
};

/* checks.c */
int kexec_check(void *op);
int kexec_check_criu(void *op);
int kexec_check_systemd(void *op);

/* load_kernel.c */
int kexec_load_image(void *op);
int kexec_unload_image(void *op);
int kexec_check_image(void *op);

/* units.c */
int kexec_choose_units(void *op);
int kexec_mark_units(void *op);
int kexec_unmark_fresh_units(void *op);
int kexec_restore_units(void *op);
void kexec_free_units(struct kexec *k);

/* dumps.c */
int kexec_rehearse(void *op);
int kexec_prepare_dumps(void *op);
int kexec_call_off(void *op);
int kexec_end_trees(void *op);

/* trees.c */
int kexec_restore_trees(void *op);
int kexec_tell_what_came_back(void *op);

/* start_kexec.c */
int kexec_start_kexec(void *op);
int kexec_stay(void *op);
int kexec_wait_for_shutdown(void *op);
uint64_t kexec_shutdown_timeout(void *op);
int kexec_check_shutdown(void *op);

/*
 * Runs a program and calls @done with the result. Frees @argv. Returns STEP_WAIT, or a negative
 * errno after it has given the reason.
 */
int kexec_run(struct kexec *k, char **argv, spawn_done_t done);
int kexec_run_for(struct kexec *k, char **argv, uint64_t timeout_usec, spawn_done_t done);

#endif /* PRAM_REBOOT_STATE_H */
