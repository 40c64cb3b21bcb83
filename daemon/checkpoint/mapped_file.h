/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens the file behind a shared mapping. */
#ifndef PRAM_CHECKPOINT_MAPPED_FILE_H
#define PRAM_CHECKPOINT_MAPPED_FILE_H

#include <stdint.h>
#include <sys/stat.h>

/*
 * Opens the memory without a name (anonymous, memfd, SysV) that process @pid has mapped at exactly
 * these addresses. Returns a descriptor or a negative errno. -EINVAL: something else is mapped
 * there. -EAGAIN: a process holds a lease.
 */
int kept_open_mapping(uint32_t pid, uint64_t start, uint64_t end, struct stat *st);

#endif /* PRAM_CHECKPOINT_MAPPED_FILE_H */
