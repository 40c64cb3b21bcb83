/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's notification protocol, sd_notify(3), for a statically linked program: there is no
 * static libsystemd, and the protocol is stable and documented for reimplementation. Messages go
 * to $NOTIFY_SOCKET. If that is not set, nothing is sent. Returns 0 or a negative errno.
 */
#ifndef PRAM_NOTIFY_H
#define PRAM_NOTIFY_H

int notify(const char *text);

/*
 * Waits until systemd has processed all messages that were sent before. -ETIMEDOUT: it did not do
 * so within @timeout_ms milliseconds.
 */
int notify_barrier(int timeout_ms);

#endif /* PRAM_NOTIFY_H */
