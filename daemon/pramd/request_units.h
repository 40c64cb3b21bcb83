/* SPDX-License-Identifier: GPL-2.0-only */
/* The jobs behind the verbs check and enable. Both rehearse the dumps of the units. */
#ifndef PRAM_PRAMD_REQUEST_UNITS_H
#define PRAM_PRAMD_REQUEST_UNITS_H

struct job;

void job_check(struct job *job);
void job_enable(struct job *job);

#endif /* PRAM_PRAMD_REQUEST_UNITS_H */
