/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of verbs. */
#ifndef PRAM_CTL_VERBS_H
#define PRAM_CTL_VERBS_H

#include "verb.h"

extern const struct verbs all_verbs;

#endif /* PRAM_CTL_VERBS_H */
