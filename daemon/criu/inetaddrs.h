/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sockets in CRIU's images are bound to: without the address they cannot be restored. */
#ifndef PRAM_CRIU_INETADDRS_H
#define PRAM_CRIU_INETADDRS_H

#include <stddef.h>

/*
 * Appends the own address of each internet socket in the images directory @dir, connected
 * or not, as text, each address once. An IPv4-mapped IPv6 address is listed as IPv4.
 * -EBADMSG: files.img is not as CRIU 4 writes it.
 */
int inetaddrs(int dir, char ***ret, size_t *ret_n);

#endif /* PRAM_CRIU_INETADDRS_H */
