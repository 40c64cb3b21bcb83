/* SPDX-License-Identifier: GPL-2.0-only */
/* What the sockets in CRIU's images are bound to: without the address they cannot be restored. */
#ifndef PRAM_INETADDRS_H
#define PRAM_INETADDRS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Appends the own address of each internet socket, connected or not, once, as text; of one
 * of IPv4 in IPv6's clothes the former. -EBADMSG if the image is cut off.
 */
int inetaddrs_image(const uint8_t *image, size_t len, char ***ret, size_t *ret_n);

/* The same of the images in @dir. */
int inetaddrs(int dir, char ***ret, size_t *ret_n);

#endif /* PRAM_INETADDRS_H */
