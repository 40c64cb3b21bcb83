/* SPDX-License-Identifier: GPL-2.0-only */
/* The reports: outage and sizes of each checkpoint that was restored in this boot. */
#ifndef PRAM_RESTORE_REPORT_H
#define PRAM_RESTORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

struct manager;

/* Loads the reports that an earlier pramd of this boot has saved. */
int report_load(struct manager *m);

/*
 * Adds a report to the journal and to the saved reports. The tree runs again since now; the restore
 * began at @begun_usec, with @file_pages pages of its files in nodes.
 */
void report_add(struct manager *m, const Pram__Manifest *mf, uint64_t file_pages,
		uint64_t begun_usec);

/* True if a systemd unit was restored in this boot. */
bool report_has_unit(const struct manager *m);

#endif /* PRAM_RESTORE_REPORT_H */
