/* SPDX-License-Identifier: GPL-2.0-only */
/* Within kexec*.c: one kexec-reboot being done. */
#ifndef PRAM_REBOOT_STATE_H
#define PRAM_REBOOT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "core/job.h"
#include "core/spawn.h"
#include "unit/conf.h"

struct manager;

struct kexec_unit {
	char *name;
	struct unit_info *info;		/* until it is dumped */
	struct unit_conf conf;
	bool dumped;
	bool fresh;		/* could not be dumped, and may start afresh */
};

struct kexec {
	struct job *job;
	struct manager *m;
	Pram__KexecReport *report;	/* of the job's result */
	struct spawn *spawn;
	sd_event_source *timer;
	struct kexec_unit *units;	/* enabled and active; the last started is the first */
	size_t n_units;
	size_t next_unit;
	job_step_t units_next;		/* after they are restored */
	bool units_tried;
	char **dumped;			/* names, in order */
	size_t n_dumped;
	size_t n_restored;
	unsigned int lost;		/* could not be restored: kept */
	bool loaded;
	char *error;
};

/* Keeps the first reason. */
void kexec_error(struct kexec *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Runs a tool; the answer comes to @done. @argv is consumed. */
void kexec_run(struct kexec *k, char **argv, spawn_done_t done);

void kexec_run_for(struct kexec *k, char **argv, uint64_t timeout_usec, spawn_done_t done);

/* Length of a tool's reason, without the details that may follow. */
int kexec_first_line(const struct spawn_result *result);

/* The kernel holds an image, and it is clear of preserved memory. */
bool kexec_image_loaded(struct kexec *k);

/* Steps of the job: keeps the next tree, or jumps; brings the next one back, or ends. */
void kexec_dump_next(void *userdata);
void kexec_roll_back(void *userdata);

/* Marks the units, so that systemd does nothing about their end; then kexec_dump_next(). */
void kexec_prepare_units(struct kexec *k);

/* Dumps the next unit; false if there is none left. */
bool kexec_dump_unit(struct kexec *k, outcome_t done);

/* What came of it; false if the reboot must not be. */
bool kexec_unit_dumped(struct kexec *k, const struct outcome *outcome);

/* Units that run on, and may, are to be stopped as ever; then @next, a step. */
void kexec_leave_others(struct kexec *k, job_step_t next);

/* Has systemd start what was dumped of them, and be as before; then @next, a step. */
void kexec_restore_units(struct kexec *k, job_step_t next);

void kexec_free_units(struct kexec *k);

#endif /* PRAM_REBOOT_STATE_H */
