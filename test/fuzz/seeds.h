/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include <stddef.h>

void seed_write(const char *name, const void *data, size_t size);

void seeds_map(void);
void seeds_struct(void);
void seeds_wire(void);
void seeds_manifest(void);
void seeds_text(void);
void seeds_criu(void);
void seeds_netlock(void);
void seeds_marks(void);
void seeds_proc(void);
void seeds_boot(void);

#endif /* FUZZ_SEEDS_H */
