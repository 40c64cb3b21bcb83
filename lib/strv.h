/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of strings that end with NULL: the arguments of a program. */
#ifndef PRAM_STRV_H
#define PRAM_STRV_H

#include <stddef.h>

/* For __cleanup(): strv_freep(). NULL is allowed. */
void strv_free(char **v);
void strv_freep(char ***v);

/*
 * Terminates a vector of @n strings with NULL and returns it. If @r < 0, or without memory, frees
 * it and returns NULL.
 */
char **strv_end(char **v, size_t n, int r);

/* A new vector with copies of the arguments, which end with NULL. NULL without memory. */
char **strv_of(const char *first, ...) __attribute__((sentinel));

#endif /* PRAM_STRV_H */
