/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Logging for programs; code in lib/ itself never logs. Lines go to standard error. They start
 * with the priority, "<N>", as the journal expects it, unless standard error is a terminal.
 */
#ifndef PRAM_LOG_H
#define PRAM_LOG_H

#include <syslog.h>

#include "macro.h"

void log_line(int priority, const char *fmt, ...) __printf_like(2, 3);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)

#endif /* PRAM_LOG_H */
