/* SPDX-License-Identifier: GPL-2.0-only */
/* What netlock.h and netlockjson.h have in common. */
#ifndef PRAM_NETLOCKERROR_H
#define PRAM_NETLOCKERROR_H

#define NETLOCK_MAX (8u << 20)	/* bytes of a lock */

/* Why a call failed. */
struct netlock_error {
	char text[192];	/* in our words */
	char nft[192];	/* to be appended in a log: ": " and what nftables printed first; or empty */
};

#endif /* PRAM_NETLOCKERROR_H */
