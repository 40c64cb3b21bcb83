/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's side of `status`, which pramctl can tell without the daemon as well. */
#ifndef PRAM_PRAMINFO_H
#define PRAM_PRAMINFO_H

#include "pram.pb-c.h"

/* Why the device cannot be used and what to do, in one line, from pramdev_open()'s error. */
const char *praminfo_problem(int error);

/* From an open device, or, if @dev is a negative errno, from that. NULL without memory. */
Pram__PramInfo *praminfo_new(int dev);

#endif /* PRAM_PRAMINFO_H */
