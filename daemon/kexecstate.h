/* SPDX-License-Identifier: GPL-2.0-only */
/* Within kexec*.c: one kexec-reboot being done. */
#ifndef PRAM_KEXECSTATE_H
#define PRAM_KEXECSTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "job.h"
#include "spawn.h"

struct manager;

struct kexec {
	struct job *job;
	struct manager *m;
	Pram__KexecReport *report;	/* of the job's result */
	struct spawn *spawn;
	sd_event_source *timer;
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

/* Length of a tool's reason, without the details that may follow. */
int kexec_first_line(const struct spawn_result *result);

/* The kernel holds an image, and it is clear of preserved memory. */
bool kexec_image_loaded(struct kexec *k);

/* Steps of the job: keeps the next tree, or jumps; brings the next one back, or ends. */
void kexec_dump_next(void *userdata);
void kexec_roll_back(void *userdata);

#endif /* PRAM_KEXECSTATE_H */
