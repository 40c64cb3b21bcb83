/* SPDX-License-Identifier: GPL-2.0-only */
/* Common definitions of netlock.h and json.h. */
#ifndef PRAM_NETLOCK_ERROR_H
#define PRAM_NETLOCK_ERROR_H

#define NETLOCK_MAX (8u << 20)	/* maximum size of a lock in bytes */

/* Why a call failed. */
struct netlock_error {
	char text[192];	/* for the user */
	char nft[192];	/* for the log: a line of nftables' output, or what it listed; or empty */
};

#endif /* PRAM_NETLOCK_ERROR_H */
