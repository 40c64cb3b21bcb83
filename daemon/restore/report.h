/* SPDX-License-Identifier: GPL-2.0-only */
/* How long it took: for each checkpoint that was restored in this boot. */
#ifndef PRAM_RESTORE_REPORT_H
#define PRAM_RESTORE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

struct manager;

/* What an earlier instance of this boot has noted. */
int report_load(struct manager *m);

/*
 * It runs again, now; the restore began at @begun_usec, with @file_pages of its files in nodes.
 * Journal and file.
 */
void report_add(struct manager *m, const Pram__Manifest *mf, uint64_t file_pages,
		uint64_t begun_usec);

/* A unit of systemd's came back in this boot. */
bool report_has_unit(const struct manager *m);

#endif /* PRAM_RESTORE_REPORT_H */
