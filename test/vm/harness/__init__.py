# SPDX-License-Identifier: GPL-2.0-only
"""The VM harness: cases, the disk image, the machine, the verdict."""
