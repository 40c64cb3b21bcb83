/* SPDX-License-Identifier: GPL-2.0-only */
/* The jobs behind the verbs checkpoint, restore, remove and release. */
#ifndef PRAM_PRAMD_REQUEST_JOBS_H
#define PRAM_PRAMD_REQUEST_JOBS_H

struct job;

void job_checkpoint(struct job *job);
void job_restore(struct job *job);
void job_remove(struct job *job);
void job_release(struct job *job);

#endif /* PRAM_PRAMD_REQUEST_JOBS_H */
