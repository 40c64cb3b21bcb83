/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of verbs. */
#ifndef PRAM_CTL_VERBS_H
#define PRAM_CTL_VERBS_H

#include "verb.h"

extern const struct verb verbs[];
extern const size_t n_verbs;

/* Returns NULL if there is no such verb. */
const struct verb *verb_find(const char *name);

#endif /* PRAM_CTL_VERBS_H */
