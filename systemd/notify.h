/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's notification protocol, sd_notify(3), for a program that is linked statically: there is no static
 * libsystemd, and the protocol is stable and meant to be implemented like this. To $NOTIFY_SOCKET;
 * without one nothing is sent. 0 or a negative errno.
 */
#ifndef PRAM_NOTIFY_H
#define PRAM_NOTIFY_H

int notify(const char *text);

/* Returns when systemd has processed all that was sent before. */
int notify_barrier(int timeout_ms);

#endif /* PRAM_NOTIFY_H */
